"""`devkit dev`: watch, build, serve and simulate a panel."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.build import Builder
    from devkit.cli.serving import PanelServer, Stop
    from devkit.devserver.panel import BuiltPanel
    from devkit.devserver.report import Reporter
    from devkit.proxy import Proxy


@click.command("dev", short_help="Build, serve and simulate the panel in this folder.")
@setting_options(
    "product_id", "device_name", "model", "entry", "engine", "port", "proxy_port", "proxy", "host", "open",
    "lang", "transport", "region", "ultrafast", "scenario", "hot",
)  # fmt: skip
@option("json", is_flag=True, help="Print one JSON object a line.")
def command(settings: Settings, json: bool) -> None:
    """Build the panel in this folder, show it in the simulator, and follow each save."""
    from devkit.cli.output import make_reporter
    from devkit.cli.serving import run_until_stopped

    reporter = make_reporter(as_json=json)

    async def start(stop: Stop) -> None:
        await _serve(settings, reporter, stop, keys=not json)

    sys.exit(run_until_stopped(start))


async def _serve(settings: Settings, reporter: Reporter, stop: Stop, *, keys: bool) -> None:
    from devkit.build import Builder, BuildOptions, start_worker
    from devkit.cli.serving import bind_port

    listener, settings = bind_port(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        options = BuildOptions.from_settings(settings)
        builder = Builder(options, started=start_worker(options), progress=reporter.notice)
        opening = asyncio.create_task(stack.enter_async_context(builder))
        await asyncio.sleep(0)  # the worker builds from here on; what follows imports meanwhile
        from devkit.cli.serving import PanelServer
        from devkit.devserver.panel import BuiltPanel

        panel = BuiltPanel()
        panels = PanelServer(settings, panel, listener, reporter)
        await opening
        await stack.enter_async_context(panels)
        if keys:
            panels.listen_to_keys(stop, builder.request_rebuild)
        await _follow(builder, panels, panel, reporter)


async def _follow(builder: Builder, panels: PanelServer, panel: BuiltPanel, reporter: Reporter) -> None:
    """Hand each build to the open pages and to the reporter; ends only by cancellation."""
    from devkit.build import Built
    from devkit.devserver.report import Rebuilt

    live = panels.server.live
    proxy: Proxy | None = None
    first = True
    try:
        async for event in builder.events():
            if isinstance(event, Built):
                result = event.result
                live.built(panel.built(result), js=event.changed_js, css=event.changed_css)
                sizes = len(result.js), len(result.css)
                reporter.rebuilt(Rebuilt(result.ms, *sizes, result.engine, first, result.warnings))
                if proxy:
                    proxy.notify(changed_js=event.changed_js, changed_css=event.changed_css)
            else:
                live.failed(panel.failed(event.error))
                reporter.failed(event.error)
            if first:
                first = False
                proxy = await _start_proxy(panels, panel, reporter)
                await panels.announce(proxy.url if proxy else "")
    finally:
        if proxy:
            await proxy.aclose()


async def _start_proxy(panels: PanelServer, panel: BuiltPanel, reporter: Reporter) -> Proxy | None:
    """Start the proxy; the panel runs without it when it cannot start."""
    settings = panels.settings
    if not settings.proxy:
        return None
    from devkit.errors import ProxyError
    from devkit.proxy import ProxyOptions, start_proxy

    async def files() -> Mapping[str, bytes]:
        state = await panel.panel()
        if state.error and not state.files:
            raise state.error
        return {name: file.body for name, file in state.files.items()}

    options = ProxyOptions(port=settings.proxy_port, dev_url=panels.url, mirror=settings.mirror)
    try:
        return await start_proxy(files, options)
    except ProxyError as error:
        reporter.failed(error)
        reporter.notice("The panel runs without the proxy.")
        return None
