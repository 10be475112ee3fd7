"""`devkit preview`: run an already built panel in the simulator."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.settings import Settings

if TYPE_CHECKING:
    from devkit.app.events import Reporter
    from devkit.app.server import Stop

FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)


@click.command("preview", short_help="Run an already built panel in the simulator.")
@click.option("--js", type=FILE, required=True, help="Script of the panel.")
@click.option("--css", type=FILE, help="Style sheet of the panel.")
@setting_options(
    "model", "product_id", "device_name", "port", "host", "open", "lang", "sdk", "transport", "region",
    "ultrafast", "scenario", "peripherals", "ble", "db",
)  # fmt: skip
@option("json", is_flag=True, help="Print one JSON object a line.")
def command(settings: Settings, js: Path, css: Path | None, json: bool) -> None:
    """Run any built panel in the simulator.

    The files, and the thing model, are read again at each page load.
    """
    from devkit.app.server import run_until_stopped
    from devkit.cli.output import make_reporter

    reporter = make_reporter(as_json=json)

    async def start(stop: Stop) -> None:
        await _serve(settings, js, css, reporter, stop, keys=not json)

    sys.exit(run_until_stopped(start, reporter if json else None))


async def _serve(
    settings: Settings, js: Path, css: Path | None, reporter: Reporter, stop: Stop, *, keys: bool
) -> None:
    from devkit.app.prepare import prepare
    from devkit.app.server import PanelServer, bind_port
    from devkit.devserver.panel import FilePanel

    settings = await prepare(settings, reporter)
    listener, settings = bind_port(settings)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        panels = await stack.enter_async_context(
            PanelServer(settings, FilePanel(js, css), listener, reporter)
        )
        if keys:
            panels.listen_to_keys(stop)
        await panels.announce()
        await stop.wait()
