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
    from devkit.build import Builder
    from devkit.cli.serving import Stop
    from devkit.devserver.app import DevServer
    from devkit.devserver.panel import BuiltPanel
    from devkit.devserver.report import Reporter


@click.command("dev", short_help="Build, serve and simulate the panel in this folder.")
@setting_options(
    "product_id", "device_name", "model", "entry", "engine", "port", "proxy_port", "proxy", "host", "open",
    "lang", "transport", "region", "sdk", "ultrafast", "scenario", "hot",
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
    options = BuildOptions.from_settings(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        builder = Builder(options, started=start_worker(options), progress=reporter.notice)
        opening = asyncio.create_task(stack.enter_async_context(builder))
        # The worker builds now; what follows imports meanwhile.
        from devkit.cli.serving import simulator_opener, warn_if_exposed
        from devkit.devserver.app import DevServer
        from devkit.devserver.panel import BuiltPanel
        from devkit.devserver.serve import serving
        from devkit.devserver.simulation import Simulation

        panel = BuiltPanel()
        simulation = Simulation(simulator_opener(settings), settings.path("model"))
        stack.push_async_callback(simulation.aclose)
        server = DevServer(settings, panel, simulation)
        await opening
        await stack.enter_async_context(serving(server.app(), listener))
        warn_if_exposed(settings, reporter)
        await simulation.get()
        if keys:
            _listen_to_keys(stack, settings, builder, stop)
        await _follow(builder, server, panel, reporter)


def _listen_to_keys(stack: AsyncExitStack, settings: Settings, builder: Builder, stop: Stop) -> None:
    from devkit.cli.keys import Key, reading_keys
    from devkit.cli.serving import server_url

    table = (
        Key("r", "rebuild", builder.request_rebuild),
        Key("o", "open the console", lambda: click.launch(f"{server_url(settings)}/")),
        Key("q", "quit", stop),
    )
    stack.enter_context(reading_keys(table))


async def _follow(builder: Builder, server: DevServer, panel: BuiltPanel, reporter: Reporter) -> None:
    """Hand each build to the open pages and to the reporter; ends only by cancellation."""
    from devkit.build import Built
    from devkit.cli.serving import server_url
    from devkit.devserver.app import default_product
    from devkit.devserver.report import Ready, Rebuilt

    first = True
    async for event in builder.events():
        if isinstance(event, Built):
            state = panel.built(event.result)
            server.live.built(state, js=event.changed_js, css=event.changed_css)
            result = event.result
            reporter.rebuilt(
                Rebuilt(result.ms, len(result.js), len(result.css), result.engine, first, result.warnings)
            )
        else:
            server.live.failed(panel.failed(event.error))
            reporter.failed(event.error)
        if first:
            first = False
            base = server_url(server.settings)
            product = default_product(await server.simulation.get(), server.settings)
            reporter.ready(Ready(base + server.panel_path(product), f"{base}/", server.control_token))
