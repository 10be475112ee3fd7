"""`devkit dev`: watch, build, serve and simulate a panel."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.app.proxy import PanelProxy, ProxyFlags, proxy_options
from devkit.cli.options import option, setting_options
from devkit.settings import Settings

if TYPE_CHECKING:
    from devkit.app.events import Reporter
    from devkit.app.server import PanelServer, Stop
    from devkit.build import Builder
    from devkit.devserver.panel import BuiltPanel


@click.command("dev", short_help="Build, serve and simulate the panel in this folder.")
@setting_options(
    "product_id", "device_name", "model", "entry", "engine", "port", "proxy_port", "proxy", "host", "open",
    "lang", "sdk", "transport", "region", "cloud_url", "record", "replay", "ultrafast", "scenario", "hot",
    "upstream", "live_reload", "browser_path", "peripherals", "ble", "db",
)  # fmt: skip
@proxy_options
@option("record_test", type=click.Path(path_type=Path, dir_okay=False), default=None,
        help="Write what is done in the simulator as a test, when it ends.")  # fmt: skip
@option("json", is_flag=True, help="Print one JSON object a line.")
def command(settings: Settings, flags: ProxyFlags, record_test: Path | None, json: bool) -> None:
    """Build the panel in this folder, show it in the simulator, and follow each save."""
    from devkit.app.server import run_until_stopped
    from devkit.cli.output import make_reporter

    reporter = make_reporter(as_json=json)

    async def start(stop: Stop) -> None:
        await _serve(settings, flags, reporter, stop, keys=not json, record_test=record_test)

    sys.exit(run_until_stopped(start, reporter if json else None))


async def _serve(
    settings: Settings,
    flags: ProxyFlags,
    reporter: Reporter,
    stop: Stop,
    *,
    keys: bool,
    record_test: Path | None = None,
) -> None:
    from devkit.app.prepare import prepare
    from devkit.app.server import bind_port
    from devkit.build import Builder, BuildOptions, start_worker

    settings = await prepare(settings.replace(db=settings.db or "project"), reporter)
    listener, settings = bind_port(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        options = BuildOptions.from_settings(settings)
        builder = Builder(options, started=start_worker(options), progress=reporter.notice)
        opening = asyncio.create_task(stack.enter_async_context(builder))
        await asyncio.sleep(0)  # the worker builds from here on; what follows imports meanwhile
        from devkit.app.server import PanelServer
        from devkit.devserver.panel import BuiltPanel

        panel = BuiltPanel()
        panels = PanelServer(settings, panel, listener, reporter)
        proxy = await stack.enter_async_context(PanelProxy(panels, panel, flags))
        await opening
        await stack.enter_async_context(panels)
        if record_test is not None:
            from devkit.testing.tools.recording import Recorder

            panels.server.recording = True
            await stack.enter_async_context(Recorder(panels.simulation, record_test))
        if keys:
            panels.listen_to_keys(stop, builder.request_rebuild)
        await _follow(builder, panels, panel, proxy, reporter)


async def _follow(
    builder: Builder, panels: PanelServer, panel: BuiltPanel, proxy: PanelProxy, reporter: Reporter
) -> None:
    """Hand each build to the open pages and to the reporter; ends only by cancellation."""
    from devkit.app.events import Rebuilt
    from devkit.build import Built

    live = panels.server.live
    first = True
    async for event in builder.events():
        if isinstance(event, Built):
            result = event.result
            live.built(panel.built(result), js=event.changed_js, css=event.changed_css)
            sizes = len(result.js), len(result.css)
            reporter.rebuilt(Rebuilt(result.ms, *sizes, result.engine, first, result.warnings))
            proxy.notify(changed_js=event.changed_js, changed_css=event.changed_css)
            changed = {"js": event.changed_js, "css": event.changed_css}
            panels.record("build", {**changed, "bytes": sizes[0], "css_bytes": sizes[1], "ms": result.ms})
        else:
            live.failed(panel.failed(event.error))
            reporter.failed(event.error)
            panels.record("build-error", {"message": str(event.error)})
        if first:
            first = False
            await panels.announce(await proxy.ready())
            await proxy.open()
