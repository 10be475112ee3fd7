"""`devkit preview`: run an already built panel in the simulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.cli.trusting import check_trust, trust_option

if TYPE_CHECKING:
    from devkit.settings import Settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)


@click.command("preview")
@click.option("--js", type=FILE, required=True, help="Script of the panel.")
@click.option("--css", type=FILE, help="Style sheet of the panel.")
@setting_options(
    "model", "product_id", "device_name", "display_name", "gateway", "group", "net_type",
    "port", "host", "open", "lang", "sdk", "transport", "region",
    "ultrafast", "scenario", "peripherals", "ble", "db",
)  # fmt: skip
@trust_option
@option("json", is_flag=True, help="Print one JSON object a line.")
def command(settings: Settings, js: Path, css: Path | None, trust: bool, json: bool) -> None:
    """Run any built panel in the simulator.

    The files, and the thing model, are read again at each page load.
    """
    from devkit.app.run import PanelFiles
    from devkit.cli.running import show_run

    check_trust(settings, trust=trust, builds=False)
    sys.exit(show_run(settings, as_json=json, files=PanelFiles(js, css)))
