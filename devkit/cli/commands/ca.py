"""`devkit ca`: show, trust and forget the local certificate authority."""

from __future__ import annotations

import json as json_module
import shlex
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import option
from devkit.language import _

if TYPE_CHECKING:
    from devkit.proxy.authority import Authority
    from devkit.proxy.trust import Command, TrustStore

STORES = ("all", "nss", "system")
yes_option = click.option("--yes", "-y", is_flag=True, help="Run the commands without asking.")
store_option = click.option(
    "--store", type=click.Choice(STORES), default="all", show_default=True, help="Which trust stores."
)


@click.group("ca")
def command() -> None:
    """Manage the certificate authority that lets browsers trust the proxy.

    It can sign for developing.script and developing.style alone; a second one, for iot.cloud.tencent.com, is
    made when local-cloud mode needs it.
    """


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(as_json: bool) -> None:
    """Show each authority: its hosts, its life, and which stores trust it."""
    from devkit.proxy import trust

    found = [_described(authority, trust.stores()) for authority in _stored(trust.known_names()) if authority]
    if as_json:
        click.echo(json_module.dumps({"authorities": found}))
        return
    if not found:
        click.echo(_("No certificate authority yet. `devkit ca install` makes one."))
    for item in found:
        click.echo(_(f"{item['label']}  (until {item['expires'][:10]})"))
        click.echo(_(f"  signs for   {', '.join(item['hosts'])} and nothing else"))
        click.echo(_(f"  file        {item['file']}"))
        click.echo(f"  SHA-256     {item['fingerprint']}")
        for store in item["stores"]:
            mark = {True: _("trusted"), False: _("not trusted"), None: _("unknown: its tool is missing")}
            click.echo(f"  {store['title']}: {mark[store['trusted']]}")


@command.command("install")
@option("local_cloud", is_flag=True, help="Trust the authority of local-cloud mode too.")
@click.option("--rotate", is_flag=True, help="Make new keys first; old ones lose their trust.")
@store_option
@yes_option
def install(local_cloud: bool, rotate: bool, store: str, yes: bool) -> None:
    """Make the authority if there is none, and trust it after a yes."""
    from devkit.proxy import trust
    from devkit.proxy.authority import HOSTS

    names = ["panel", *(["local-cloud"] if local_cloud else [])]
    usable = _usable(store)
    removing: list[Command] = []
    for name in names:
        removing += _old_commands(name, usable, rotate=rotate)
    if removing and not _confirmed(_("Take the old authority out of the stores:"), removing, yes):
        sys.exit(1)
    trust.run(removing)
    authorities = [_fresh(name, HOSTS[name], rotate=rotate) for name in names]
    commands: list[Command] = []
    for authority in authorities:
        trust.certificate_file(authority)
    for item in usable:
        commands += trust.install_commands(item, authorities)
    if not commands:
        click.echo(_("Already trusted; nothing to do."))
        return
    hosts = ", ".join(host for authority in authorities for host in authority.hosts)
    if not _confirmed(_(f"To trust certificates for {hosts}, and no other host:"), commands, yes):
        sys.exit(1)
    trust.run(commands)
    click.echo(_("Trusted. Restart open browsers."))
    click.echo(_("WeChat DevTools: Settings, Proxy, set manually to 127.0.0.1, port 8899."))


@command.command("uninstall")
@store_option
@yes_option
def uninstall(store: str, yes: bool) -> None:
    """Take the authorities out of the trust stores and delete their keys, after a yes."""
    from devkit.proxy import trust

    found = [authority for authority in _stored(trust.known_names()) if authority]
    commands: list[Command] = []
    for authority in found:
        trust.certificate_file(authority)
    here = [item for item in trust.stores() if store in ("all", item.name) and item.usable]
    for item in _usable(store) if found else here:
        commands += trust.uninstall_commands(item, found)
        commands += trust.orphan_commands(item, found)
    files = [file for item in found for file in (item.file, item.file.with_suffix(".crt"))]
    deletions = files if store == "all" else []
    if not commands and not deletions:
        click.echo(_("No certificate authority is trusted; nothing to do."))
        return
    shown = [*commands, *(("rm", str(file)) for file in deletions)]
    if not _confirmed(_("To forget the certificate authorities:"), shown, yes):
        sys.exit(1)
    trust.run(commands)
    for file in deletions:
        file.unlink(missing_ok=True)
    click.echo(_("Gone."))


def _described(authority: Authority, stores: Iterable[TrustStore]) -> dict[str, Any]:
    from devkit.proxy import trust

    return {
        "name": authority.name,
        "label": authority.label,
        "hosts": list(authority.hosts),
        "file": str(authority.file),
        "fingerprint": authority.fingerprint,
        "expires": authority.expires.isoformat(),
        "stores": [
            {
                "name": item.name,
                "title": item.title,
                "trusted": trust.is_trusted(item, authority) if item.usable or item.admin else None,
            }
            for item in stores
        ],
    }


def _stored(names: Iterable[str]) -> list[Authority | None]:
    from devkit.proxy.authority import load_authority

    return [load_authority(name) for name in names]


def _fresh(name: str, hosts: tuple[str, ...], *, rotate: bool) -> Authority:
    from devkit.proxy.authority import RENEW_BEFORE, create_authority, ensure_authority

    if rotate:
        return create_authority(name, hosts)
    authority = ensure_authority(name, hosts)
    return create_authority(name, hosts) if authority.expired(margin=RENEW_BEFORE) else authority


def _old_commands(name: str, stores: Iterable[TrustStore], *, rotate: bool) -> list[Command]:
    """Return what takes an authority that is about to be replaced out of the stores."""
    from devkit.errors import ProxyError
    from devkit.proxy import trust
    from devkit.proxy.authority import RENEW_BEFORE, load_authority

    try:
        old = load_authority(name)
    except ProxyError:
        if not rotate:
            raise
        return []
    if old is None or not (rotate or old.expired(margin=RENEW_BEFORE)):
        return []
    trust.certificate_file(old)
    return [command for store in stores for command in trust.uninstall_commands(store, [old])]


def _usable(name: str) -> list[TrustStore]:
    from devkit.errors import ProxyError
    from devkit.proxy import trust

    wanted = [store for store in trust.stores() if name in ("all", store.name)]
    missing = [store for store in wanted if not store.usable]
    for store in missing:
        click.echo(_(f"Left out: {store.title}. It needs {store.tool}: install {store.package}."), err=True)
    usable = [store for store in wanted if store.usable]
    if not usable:
        raise ProxyError(
            _("No trust store on this machine can be changed."), _("Install the tool named above.")
        )
    return usable


def _confirmed(title: str, commands: Iterable[Command], yes: bool) -> bool:
    click.echo(title)
    for command in commands:
        click.echo(f"  {shlex.join(command)}")
    if yes:
        return True
    if not sys.stdin.isatty():
        click.echo(_("Nothing was changed. Add --yes to run these commands."), err=True)
        return False
    return click.confirm(_("Run them?"), default=False)
