"""devkit cloud: the emulator alone, and what its database holds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options

if TYPE_CHECKING:
    from devkit.app import ServedCloud
    from devkit.settings import Settings


@click.group("cloud", short_help="Serve the cloud emulator and manage its data.")
def command() -> None:
    """Serve the cloud emulator by itself, and seed, copy or clear its data."""


@command.command("serve")
@setting_options(
    "product_id", "device_name", "display_name", "model", "host", "db", "mqtt", "mqtt_port", "mqtt_tls_port",
    "mqtt_http_port", "mqtt_https_port",
)  # fmt: skip
@option(
    "port", type=click.IntRange(0, 65535), default=9100, show_default=True, help="Port; 0 takes a free one."
)
@option("bus", default="", help="Redis address that joins several workers on one database.")
@option("allow_host", multiple=True, help="Host name besides loopback that clients may use.")
@option("json", is_flag=True, help="Print one JSON object a line.")
def serve(settings: Settings, port: int, bus: str, allow_host: tuple[str, ...], json: bool) -> None:
    """Serve the emulator at the platform's own paths until Ctrl-C."""
    from devkit.cli.running import run_until_stopped

    code = run_until_stopped(lambda stop: _serve(settings, port, bus, allow_host, as_json=json))
    sys.exit(code)


async def _serve(settings: Settings, port: int, bus: str, hosts: tuple[str, ...], *, as_json: bool) -> None:
    from devkit.app import open_cloud

    async with open_cloud(settings, port=port, bus=bus, hosts=hosts) as cloud:
        _tell_ready(cloud, as_json=as_json)
        await asyncio.Event().wait()


def _tell_ready(cloud: ServedCloud, *, as_json: bool) -> None:
    from devkit.app.exposure import keys_text

    devices = cloud.devices
    if as_json:
        line = {
            "event": "ready", "url": cloud.url, "access_token": cloud.token, "device_id": cloud.device_id,
            "app": asdict(cloud.keys), "secrets": asdict(cloud.secrets),
            "warning": cloud.warning or None,
            "mqtt": devices.url if devices else None, "devices": asdict(devices) if devices else None,
        }  # fmt: skip
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        return
    if cloud.warning:
        click.echo(f"{cloud.warning}\n{keys_text(cloud.keys, cloud.secrets)}")
    click.echo(f"  Cloud    {cloud.url}")
    click.echo(f"  Device   {cloud.device_id}")
    click.echo(f"  Token    {cloud.token}  (of this sandbox alone)")
    if devices:
        from devkit.cli.output import device_lines

        click.echo(device_lines(devices))
    click.echo("  Press Ctrl-C to stop.")


@command.command("seed")
@setting_options("product_id", "device_name", "display_name", "model", "db")
def seed(settings: Settings) -> None:
    """Add the project's product and device to the sandbox; an empty one gets a user and a family first."""
    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import move_in, open_store

    store = open_store(settings)
    with contextlib.closing(store):
        home = move_in(Emulator(store), settings, serving=False)
    click.echo(f"The sandbox has the device {home.device_id}; the access token of its user is {home.token}.")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@setting_options("db")
def export(settings: Settings, file: Path | None) -> None:
    """Write everything that the sandbox holds to FILE, or to the terminal."""
    from devkit.cloud.sandbox import export_all, open_store
    from devkit.private_files import write_private

    with contextlib.closing(open_store(settings)) as store:
        text = export_all(store)
    if file is None:
        click.echo(text)
        return
    write_private(file, text.encode("utf-8"))
    click.echo(f"Wrote {file}.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@setting_options("db")
@option("yes", is_flag=True, help="Do not ask.")
def import_command(settings: Settings, file: Path, yes: bool) -> None:
    """Replace everything that the sandbox holds by an export."""
    from devkit.cloud.sandbox import import_all, open_store
    from devkit.errors import SettingsError

    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8: {error}.") from error
    if not yes:
        click.confirm("Replace everything that the sandbox holds?", abort=True)
    with contextlib.closing(open_store(settings)) as store:
        count = import_all(store, text)
    click.echo(f"Imported {count} rows from {file}.")


@command.command("reset")
@setting_options("product_id", "device_name", "display_name", "model", "db")
@option("yes", is_flag=True, help="Do not ask.")
def reset(settings: Settings, yes: bool) -> None:
    """Empty the sandbox, and seed it again."""
    from devkit.app.exposure import keys_text
    from devkit.cloud import Emulator
    from devkit.cloud.app_keys import PUBLISHED
    from devkit.cloud.sandbox import clear, move_in, open_store

    if not yes:
        click.confirm("Delete everything that the sandbox holds?", abort=True)
    with contextlib.closing(open_store(settings)) as store:
        clear(store)
        home = move_in(Emulator(store), settings, serving=False)
    click.echo(f"The sandbox is new; it has the device {home.device_id}.")
    if home.keys != PUBLISHED:
        click.echo(keys_text(home.keys, home.secrets))
