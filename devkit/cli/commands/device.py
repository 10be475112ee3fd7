"""devkit device: real firmware at the emulator."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from devkit.cli.options import setting_options

if TYPE_CHECKING:
    from devkit.cli.firmware_guide import Target
    from devkit.settings import Settings

KINDS = ("c", "arduino", "java", "python")


@click.group("device", short_help="Point real firmware at the emulator.")
def command() -> None:
    """Real firmware as the device of the panel; see also `devkit dev --mqtt`."""


@command.command("guide", short_help="Print what firmware needs to find the emulator.")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@setting_options(
    "product_id", "device_name", "display_name", "model", "db", "host", "mqtt_port", "mqtt_tls_port",
    "mqtt_http_port",
)  # fmt: skip
def guide(settings: Settings, kind: str | None) -> None:
    """Print names, macros and keys for a kind of SDK, or for all; they hold the secrets of the sandbox."""
    from devkit.cli.firmware_guide import GUIDES

    target = _target(settings)
    click.echo("\n\n".join(GUIDES[name](target) for name in ([kind] if kind else KINDS)))


def _target(settings: Settings) -> Target:
    """Return what the sandbox of the settings has for firmware; an empty one is seeded first."""
    from devkit.cli.firmware_guide import Target, username
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.login import password
    from devkit.cloud.sandbox import move_in, open_store
    from devkit.cloud.store.schema import DEVICES, PRODUCTS

    with contextlib.closing(open_store(settings)) as store:
        emulator = Emulator(store)
        device_id = move_in(emulator, settings).device_id
        with emulator.work() as work:
            row = work.tx.get(DEVICES, device_id)
            product = work.tx.get(PRODUCTS, device_id.partition("/")[0])
    product_id, _, name = device_id.partition("/")
    secret = row["psk"] if row else ""
    return Target(
        address=_address(settings),
        port=settings.mqtt_port or 1883,
        tls_port=settings.mqtt_tls_port or 8883,
        http_port=settings.mqtt_http_port,
        product_id=product_id,
        device_name=name,
        secret=secret,
        product_secret=product["secret"] if product else "",
        signed=password(secret, username(product_id + name)),
    )


def _address(settings: Settings) -> str:
    """Return how a board calls this machine: --host, or its address in the local network when it has one."""
    from devkit.errors import ProxyError
    from devkit.proxy.phone import lan_address
    from devkit.web.hosts import leads_here

    if not leads_here(settings.host):
        return settings.host
    try:
        return lan_address()
    except ProxyError:
        return "127.0.0.1"
