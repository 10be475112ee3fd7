"""`devkit mcp`: the running panel as tools for coding agents."""

from __future__ import annotations

import importlib.util
import sys
from json import dumps
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.cli.trusting import check_trust, trust_option
from devkit.errors import SettingsError
from devkit.language import _, marked

if TYPE_CHECKING:
    from devkit.cli.running import Stop
    from devkit.settings import Settings


@click.command("mcp")
@click.option("--http", is_flag=True, help="Serve over HTTP with a token, in place of stdio.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="PORT",
              show_default=marked("a free one"), help="Port of --http.")  # fmt: skip
@option("json", is_flag=True, help="Print URL and token of --http as one JSON object.")
@option("allow_cloud", is_flag=True, help="Agree to all that the agent does on the real cloud.")
@setting_options(
    "product_id", "device_name", "model", "gateway", "group", "net_type", "entry", "engine", "lang", "sdk",
    "transport", "region", "cloud_url", "scenario", "browser_path", "peripherals", "db",
)  # fmt: skip
@trust_option
def command(settings: Settings, http: bool, port: int, json: bool, allow_cloud: bool, trust: bool) -> None:
    """Serve the panel in this folder to an agent over the Model Context Protocol.

    The tools work on the `devkit dev` that runs here; without one, they start a run of their own.
    """
    from devkit.cli.running import run_until_stopped
    from devkit.extras import install_command

    if importlib.util.find_spec("mcp") is None:
        raise SettingsError(
            _("devkit mcp needs the package mcp, which this environment does not have."),
            _(f"Install it with: {install_command('mcp')}"),
        )
    check_trust(settings, trust=trust, tests=True)
    from devkit.mcp.serve import serve_http, serve_stdio

    def ready(url: str, token: str) -> None:
        if json:
            click.echo(dumps({"event": "ready", "url": url, "token": token}))
        else:
            click.echo(_(f"MCP server: {url}\nEach request needs: Authorization: Bearer {token}"))

    async def start(stop: Stop) -> None:
        if http:
            await serve_http(settings, port=port, allow_cloud=allow_cloud, ready=ready)
        else:
            await serve_stdio(settings, allow_cloud=allow_cloud)

    sys.exit(run_until_stopped(start))
