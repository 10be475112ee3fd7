"""devkit cloud user: who may use a team's sandbox, each with a token of his own."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from devkit.cli.options import option, setting_options
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.store.work import Work
    from devkit.settings import Settings

T = TypeVar("T")
MOST = 1_000_000
name_argument = click.argument("name")
json_option = option("json", is_flag=True, help="Print one JSON object a line.")


@click.group("user", short_help="Users of a sandbox, with tokens and quotas.")
def user() -> None:
    """Add, list and remove users of a team's sandbox, each with a token of his own."""


@user.command("add")
@name_argument
@setting_options("product_id", "device_name", "display_name", "model", "db", "sandbox")
@option(
    "calls",
    type=click.IntRange(0, MOST),
    default=0,
    show_default=True,
    help="Calls a second; 0 is any number.",
)
@option(
    "sockets", type=click.IntRange(0, 65536), default=0, show_default=True,
    help="Push sockets at a time; 0 is any number.",
)  # fmt: skip
@option("admin", is_flag=True, help="Make the user an administrator of the sandbox's family.")
@json_option
def add(settings: Settings, name: str, calls: int, sockets: int, admin: bool, json: bool) -> None:
    """Add the user NAME to the sandbox and its family, and print a token, once."""
    from devkit.cloud.accounts import NewAccount, add_account

    new = NewAccount(name, calls, sockets, admin)
    token = _work(settings, lambda work, family_id: add_account(work, new, family_id), seed=True)
    _show_token(name, token, as_json=json)


@user.command("renew")
@name_argument
@setting_options("db", "sandbox")
@json_option
def renew(settings: Settings, name: str, json: bool) -> None:
    """Give the user NAME a new token; those before end."""
    from devkit.cloud.accounts import renew_token

    _show_token(name, _work(settings, lambda work, _: renew_token(work, name)), as_json=json)


@user.command("list")
@setting_options("db", "sandbox")
@json_option
def list_command(settings: Settings, json: bool) -> None:
    """List the users, with their quotas."""
    from devkit.cloud.accounts import accounts

    for row in _work(settings, lambda work, _: accounts(work)):
        if json:
            click.echo(json_text.dumps(dict(row)))
            continue
        calls = _(f"{row['calls_s']} calls/s") if row["calls_s"] else _("any calls")
        sockets = _(f"{row['sockets']} sockets") if row["sockets"] else _("any sockets")
        since = datetime.fromtimestamp(row["created"] / 1000, UTC).date()
        click.echo(_(f"{row['name']:32}  {row['user_id']}  {calls}, {sockets}, since {since}"))


@user.command("remove")
@name_argument
@setting_options("db", "sandbox")
@option("yes", is_flag=True, help="Do not ask.")
def remove(settings: Settings, name: str, yes: bool) -> None:
    """Remove the user NAME with all that is his; his token ends."""
    from devkit.cloud.accounts import remove_account

    if not yes:
        click.confirm(_(f"Remove {name} with all that is theirs?"), abort=True)
    _work(settings, lambda work, _: remove_account(work, name))
    click.echo(_(f"Removed {name}."))


def _show_token(name: str, token: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text.dumps({"event": "user", "name": name, "token": token}))
        return
    click.echo(_(f"The access token of {name}, which is not shown again:\n{token}"))


def _work(settings: Settings, work_on: Callable[[Work, str], T], *, seed: bool = False) -> T:
    """Do something in the sandbox, given the id of its family; seed: an empty one is seeded first."""
    import contextlib

    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import home_family, move_in, open_store

    with contextlib.closing(open_store(settings)) as store:
        emulator = Emulator(store)
        with emulator.work() as work:
            family_id = home_family(work)
        if seed and not family_id:
            family_id = move_in(emulator, settings, serving=False).family_id
        return emulator.perform(lambda work: work_on(work, family_id))
