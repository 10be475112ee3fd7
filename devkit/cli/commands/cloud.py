"""devkit cloud: the emulator alone, and what its database holds."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.cli.team.sandboxes import sandbox
from devkit.cli.team.users import user
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings


@click.group("cloud")
def command() -> None:
    """Serve the cloud emulator by itself, and seed, copy or clear its data."""


command.add_command(user)
command.add_command(sandbox)


@command.command("serve")
@setting_options(
    "product_id", "device_name", "display_name", "model", "host", "db", "sandbox", "mqtt", "mqtt_port",
    "mqtt_tls_port", "mqtt_http_port", "mqtt_https_port",
)  # fmt: skip
@option(
    "port", type=click.IntRange(0, 65535), default=9100, show_default=True, help="Port; 0 takes a free one."
)
@option("bus", default="", help="Redis address; by default the database carries pushes between its workers.")
@option("allow_host", multiple=True, help="Host name besides loopback that clients may use.")
@option("public_url", default="", help="Where clients reach it, such as https://cloud.example.com.")
@option(
    "workers", type=click.IntRange(1, 64), default=1, show_default=True,
    help="Processes that answer at the port; more than one need PostgreSQL.",
)  # fmt: skip
@option(
    "drain", type=click.FloatRange(0, 300), default=10.0, show_default=True,
    help="Seconds that calls may take after SIGTERM.",
)  # fmt: skip
@option(
    "log", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="How log lines look; json also has one for each call.",
)  # fmt: skip
@option("listener", type=int, default=-1, hidden=True)
@option("shared", type=click.Path(path_type=Path), default=None, hidden=True)
@option("json", is_flag=True, help="Print one JSON object a line.")
def serve(
    settings: Settings, json: bool, **options: int | float | str | tuple[str, ...] | Path | None
) -> None:
    """Serve the emulator at the platform's own paths until Ctrl-C."""
    from devkit.cli.running import ENDING_S, run_until_stopped
    from devkit.cli.team.serving import ServeOptions, serve_cloud

    chosen = ServeOptions(**options)  # type: ignore[arg-type]  # click has checked them
    code = run_until_stopped(
        lambda stop: serve_cloud(settings, chosen, stop, as_json=json), ending_s=ENDING_S + 2 * chosen.drain
    )
    sys.exit(code)


@command.command("seed")
@setting_options("product_id", "device_name", "display_name", "model", "db", "sandbox")
def seed(settings: Settings) -> None:
    """Add the project's product and device to the sandbox; an empty one gets a user and a family first."""
    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import move_in, open_store

    store = open_store(settings)
    with contextlib.closing(store):
        home = move_in(Emulator(store), settings, serving=False)
    click.echo(
        _(f"The sandbox has the device {home.device_id}; the access token of its user is {home.token}.")
    )


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@setting_options("db", "sandbox")
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
    click.echo(_(f"Wrote {file}."))


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@setting_options("db", "sandbox")
@option("yes", is_flag=True, help="Do not ask.")
def import_command(settings: Settings, file: Path, yes: bool) -> None:
    """Replace everything that the sandbox holds by an export."""
    from devkit.cloud.sandbox import import_all, open_store
    from devkit.errors import SettingsError

    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(_(f"{file} is not UTF-8: {error}.")) from error
    if not yes:
        click.confirm(_("Replace everything that the sandbox holds?"), abort=True)
    with contextlib.closing(open_store(settings)) as store:
        count = import_all(store, text)
    click.echo(_(f"Imported {count} rows from {file}."))


@command.command("reset")
@setting_options("product_id", "device_name", "display_name", "model", "db", "sandbox")
@option("yes", is_flag=True, help="Do not ask.")
def reset(settings: Settings, yes: bool) -> None:
    """Empty the sandbox, and seed it again."""
    from devkit.app.exposure import keys_text
    from devkit.cloud import Emulator
    from devkit.cloud.app_keys import PUBLISHED
    from devkit.cloud.sandbox import clear, move_in, open_store

    if not yes:
        click.confirm(_("Delete everything that the sandbox holds?"), abort=True)
    with contextlib.closing(open_store(settings)) as store:
        clear(store)
        home = move_in(Emulator(store), settings, serving=False)
    click.echo(_(f"The sandbox is new; it has the device {home.device_id}."))
    if home.keys != PUBLISHED:
        click.echo(keys_text(home.keys, home.secrets))
