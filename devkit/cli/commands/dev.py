"""`devkit dev`: watch, build, serve and simulate a panel."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import named_panel, option, panel_argument, setting_options
from devkit.cli.proxying import proxy_options
from devkit.cli.trusting import check_trust, trust_option
from devkit.settings import load_settings

if TYPE_CHECKING:
    from devkit.app.run import ProxyUse
    from devkit.settings import Settings


@click.command("dev")
@setting_options(
    "product_id", "device_name", "model", "gateway", "group", "net_type", "entry",
    "engine", "port", "proxy_port", "proxy", "host", "open",
    "lang", "sdk", "transport", "region", "cloud_url", "record", "replay", "ultrafast", "scenario", "hot",
    "upstream", "live_reload", "debug", "eruda", "browser_path", "peripherals", "ble", "db", "sandbox",
    "mqtt", "mqtt_port", "mqtt_tls_port", "mqtt_http_port", "mqtt_https_port",
)  # fmt: skip
@panel_argument
@proxy_options
@trust_option
@option("record_test", type=click.Path(path_type=Path, dir_okay=False), default=None,
        help="Write what is done in the simulator as a test, when it ends.")  # fmt: skip
@option("json", is_flag=True, help="Print one JSON object a line.")
def command(settings: Settings, proxy: ProxyUse, record_test: Path | None, trust: bool, json: bool) -> None:
    """Build the panel in this folder, show it in the simulator, and follow each save.

    PANEL is a name of [panels] in devkit.toml, where a repository has many; the first one when not given.
    """
    from devkit.cli.running import show_run

    check_trust(settings, trust=trust)
    names = load_settings(Path.cwd()).panels.expand(Path.cwd()) if settings.panel else ()

    def chosen(name: str) -> Settings:
        panel = named_panel(name)
        check_trust(panel, trust=trust)
        return panel.replace(db=panel.db or "project")

    panels = {name: partial(chosen, name) for name in names}
    settings = settings.replace(db=settings.db or "project")
    sys.exit(show_run(settings, as_json=json, proxy=proxy, record_test=record_test, panels=panels))
