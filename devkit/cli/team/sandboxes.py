"""devkit cloud sandbox: sandboxes by name, such as one for each branch."""

from __future__ import annotations

import json as json_text
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings

name_argument = click.argument("name")
expires_option = option("expires", default="", metavar="TIME", help="When it ends: 14d, 12h or 30m from now.")


@click.group("sandbox", short_help="Sandboxes by name, such as one for each branch.")
def sandbox() -> None:
    """Add, copy, list and remove sandboxes; the project's own is called main."""


@sandbox.command("add")
@name_argument
@setting_options("db")
@expires_option
def add(settings: Settings, name: str, expires: str) -> None:
    """Make the sandbox NAME; one that is there gets the new end."""
    from devkit.cloud.sandboxes import add_sandbox

    new = add_sandbox(settings.replace(sandbox=name), _moment(expires))
    click.echo(_(f"Made the sandbox {name}.") if new else _(f"Kept the sandbox {name}."))


@sandbox.command("copy")
@click.argument("source")
@click.argument("target")
@setting_options("db")
@expires_option
def copy(settings: Settings, source: str, target: str, expires: str) -> None:
    """Make the sandbox TARGET of all that SOURCE holds, but for its tokens and keys."""
    from devkit.cloud.sandboxes import copy_sandbox

    count = copy_sandbox(settings.replace(sandbox=source), settings.replace(sandbox=target), _moment(expires))
    click.echo(_(f"Copied {count} rows from {source} to {target}."))
    click.echo(_(f"Its users need new tokens: devkit cloud user renew NAME --sandbox {target}"))


@sandbox.command("list")
@setting_options("db")
@option("json", is_flag=True, help="Print one JSON object a line.")
def list_command(settings: Settings, json: bool) -> None:
    """List the sandboxes besides main."""
    from devkit.cloud.sandboxes import is_over, sandboxes

    for row in sandboxes(settings):
        if json:
            click.echo(json_text.dumps(dict(row)))
            continue
        end = _(f"ends {_shown(row['expires'])}") if row["expires"] else _("stays")
        end = _("has expired") if is_over(row) else end
        click.echo(_(f"{row['name']:40}  made {_shown(row['created'])}, {end}"))


@sandbox.command("remove")
@name_argument
@setting_options("db")
@option("yes", is_flag=True, help="Do not ask.")
def remove(settings: Settings, name: str, yes: bool) -> None:
    """Remove the sandbox NAME with all it holds."""
    from devkit.cloud.sandboxes import remove_sandbox

    chosen = settings.replace(sandbox=name)
    if not yes:
        click.confirm(_(f"Remove the sandbox {name} with all it holds?"), abort=True)
    remove_sandbox(chosen)
    click.echo(_(f"Removed {name}."))


def _moment(expires: str) -> int:
    from devkit.cloud.sandboxes import read_time

    return read_time(expires, round(time.time() * 1000))


def _shown(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
