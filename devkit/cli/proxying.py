"""The flags of the proxy."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import option
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings


def proxy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags of the proxy; the command gets one `proxy` argument, a ProxyUse, in place of them."""

    @click.option("--launch", is_flag=True, help="Open a browser that uses the proxy and trusts it.")
    @option(
        "debug_port",
        type=click.IntRange(1, 65535),
        default=None,
        metavar="PORT",
        help="Let a debugger attach to the browser of --launch at this port of loopback.",
    )
    @click.option("--phone", is_flag=True, help="Let phones on the local network use the proxy, after a yes.")
    @click.option("--inspect", is_flag=True, help="Open mitmweb on the traffic of the panel.")
    @click.option(
        "--har", type=click.Path(dir_okay=False, path_type=Path), help="Save the traffic, without tokens."
    )
    @click.option("--yes", is_flag=True, help="Answer yes to the question of --phone.")
    @functools.wraps(function)
    def command(
        *args: Any,
        launch: bool,
        debug_port: int | None,
        phone: bool,
        inspect: bool,
        har: Path | None,
        yes: bool,
        **arguments: Any,
    ) -> Any:
        from devkit.app.run import ProxyUse

        if debug_port and not launch:
            raise click.UsageError(_("--debug-port is for the browser of --launch; add that."))
        settings: Settings = arguments["settings"]
        lan_host = _allowed_lan_host(settings, yes=yes) if phone else ""
        use = ProxyUse(launch, lan_host, inspect, har, debug_port or 0)
        if use.asked and not settings.proxy:
            raise click.UsageError(
                _("--launch, --phone, --inspect and --har need the proxy; drop --no-proxy.")
            )
        return function(*args, proxy=use, **arguments)

    return command


def _allowed_lan_host(settings: Settings, *, yes: bool) -> str:
    from devkit.proxy.phone import lan_address

    host = lan_address()
    place = f"{host}:{settings.proxy_port}" if settings.proxy_port else host
    click.echo(
        _(
            f"Every device on your network will reach the proxy at {place}, and through it "
            "this panel and the internet. This machine's own ports, at any of its addresses, and "
            "link-local and cloud metadata addresses stay closed to them."
        ),
        err=True,
    )
    if yes or (sys.stdin.isatty() and click.confirm(_("Go on?"), default=False, err=True)):
        return host
    raise click.UsageError(_("--phone needs your yes; add --yes where nobody can answer."))
