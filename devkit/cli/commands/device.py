"""devkit device: devices over MQTT, real ones and virtual ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.language import _

if TYPE_CHECKING:
    from devkit.firmware.fleet import Fleet, FleetTally
    from devkit.firmware.guide import Target
    from devkit.settings import Settings

KINDS = ("c", "arduino", "java", "python")
PROGRESS_S = 2.0
WHOSE = ("product_id", "device_name", "model", "db", "mqtt_port")


@click.group("device")
def command() -> None:
    """Point real firmware at the emulator, or be a device over MQTT; see also `devkit dev --mqtt`."""


@command.command("run", short_help="Be a device over MQTT, played by a Python class.")
@click.argument("kind", metavar="[CLASS]", default="")
@option("server", default="", help="HOST[:PORT] of the broker (default: the emulator of this machine).")
@option("cloud", is_flag=True, help="Connect to the platform itself, as the device of a triple.")
@setting_options(*WHOSE, "gateway")
def run(settings: Settings, kind: str, server: str, *, cloud: bool) -> None:
    """Play the device by CLASS, written as file.py:Class or module:Class, until Ctrl-C.

    It is the class that --scenario takes. Without one the device does what it is told. The variables
    DEVICE_HOST, DEVICE_PORT, DEVICE_PRODUCT_ID, DEVICE_NAME and DEVICE_SECRET say where and who; without them
    it is the project's device at the emulator.
    """
    from devkit.cli.running import run_until_stopped

    sys.exit(run_until_stopped(lambda stop: _run(settings, kind, server, cloud=cloud)))


async def _run(settings: Settings, kind: str, server: str, *, cloud: bool) -> None:
    from devkit.firmware.identity import find_identity, find_server
    from devkit.firmware.parts import device_parts
    from devkit.firmware.running import DeviceRun

    place = find_server(server, settings, os.environ, cloud=cloud)
    identity = find_identity(settings, os.environ, cloud=cloud)
    await DeviceRun(place, identity, device_parts(settings, identity.device_id, kind), click.echo).run()


@command.command("fleet", short_help="Put many devices on the emulator, and measure.")
@option("count", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="How many devices.")
@option(
    "rate", type=click.FloatRange(0.001, 1000), default=1, show_default=True, help="Reports a second of each."
)
@option("seconds", type=click.FloatRange(0), default=30, show_default=True, help="How long they report.")
@option("server", default="", help="HOST[:PORT] of the broker (default: the emulator of this machine).")
@option(
    "triples",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Lines ProductId,DeviceName,DeviceSecret; without them the sandbox gets new devices meanwhile.",
)
@setting_options(*WHOSE)
def fleet(
    settings: Settings, count: int, rate: float, seconds: float, server: str, triples: Path | None
) -> None:
    """Connect many devices, let them report, and tell how many answers came and how soon.

    Exit code 1 when a device could not connect or a report had no answer within 5 s.
    """
    from devkit.cli.running import run_until_stopped

    good: list[bool] = []
    code = run_until_stopped(lambda stop: _fleet(settings, count, rate, seconds, server, triples, good))
    sys.exit(code or (0 if good else 1))


async def _fleet(
    settings: Settings,
    count: int,
    rate: float,
    seconds: float,
    server: str,
    triples: Path | None,
    good: list[bool],
) -> None:
    import asyncio

    from devkit.firmware.fleet import Fleet, dismiss_fleet, read_triples, settle_fleet
    from devkit.firmware.identity import find_server
    from devkit.model.project import project_model
    from devkit.web.open_files import make_room

    place = find_server(server, settings, {}, cloud=False)
    make_room(count)
    identities = read_triples(triples, count) if triples else settle_fleet(settings, count)
    try:
        fleet = Fleet(place, identities, project_model(settings), rate)
        telling = asyncio.ensure_future(_tell_progress(fleet))
        try:
            await fleet.connect()
            await fleet.report(seconds)
        finally:
            telling.cancel()
            click.echo(fleet_text(fleet.tally))
            await fleet.aclose()
        if fleet.tally.good:
            good.append(True)
    finally:
        if not triples:
            dismiss_fleet(settings, identities)


async def _tell_progress(fleet: Fleet) -> None:
    import asyncio

    while True:
        await asyncio.sleep(PROGRESS_S)
        tally = fleet.tally
        click.echo(
            _(f"{fleet.online} of {tally.count} connected, {tally.reports} reports, {tally.lost} lost"),
            err=True,
        )


def fleet_text(tally: FleetTally) -> str:
    """Return the summary of a fleet."""
    lines = [
        _(f"connected  {tally.connected} of {tally.count}"),
        _(f"reports    {tally.reports}, lost {tally.lost}")
        + (_(f", left out while offline {tally.late}") if tally.late else ""),
        _(f"answers    p50 {tally.percentile(0.5):.1f} ms, p95 {tally.percentile(0.95):.1f} ms"),
    ]
    if tally.failed:
        device_id, reason = next(iter(tally.failed.items()))
        lines.append(_(f"refused    {len(tally.failed)}, the first is {device_id}: {reason}"))
    return "\n".join(lines)


@command.command("guide", short_help="Print what firmware needs to find the emulator.")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@option(
    "certificates",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write a certificate of the device, its key, and the authority's certificate into this folder.",
)
@option("qr", is_flag=True, help="Print address and triple as a code to scan.")
@setting_options(
    "product_id", "device_name", "display_name", "model", "db", "host", "mqtt_port", "mqtt_tls_port",
    "mqtt_http_port", "mqtt_https_port",
)  # fmt: skip
def guide(settings: Settings, kind: str | None, certificates: Path | None, *, qr: bool) -> None:
    """Print names, macros and keys for a kind of SDK, or for all; they hold the secrets of the sandbox."""
    from devkit.firmware.guide import GUIDES, reach

    target = _target(settings)
    if certificates:
        for file in _write_certificates(certificates, target.client_id):
            click.echo(_(f"Wrote {file}."))
        return
    if qr:
        from devkit.proxy.phone import qr_code

        click.echo(f"{reach(target)}\n{qr_code(target.url)}{target.url}")
        return
    told = [reach(target), *(GUIDES[name](target) for name in ([kind] if kind else KINDS))]
    click.echo("\n\n".join(told))


def _write_certificates(folder: Path, client_id: str) -> list[Path]:
    """Write what firmware with a certificate needs, named as the platform's console names it."""
    from devkit.cloud.devices.authority import DeviceAuthority
    from devkit.private_files import write_private

    authority = DeviceAuthority()
    pair = authority.for_device(client_id)
    files = {
        f"{client_id}_cert.crt": pair.certificate,
        f"{client_id}_private.key": pair.key,
        "devices-ca.crt": authority.pem,
    }
    for name, data in files.items():
        write_private(folder / name, data, parents=True)
    return [folder / name for name in files]


def _target(settings: Settings) -> Target:
    """Return what the sandbox of the settings has for firmware."""
    from devkit.cloud.devices.mqtt.login import password
    from devkit.cloud.sandbox import find_keys
    from devkit.firmware.guide import Target, username

    device_id, secret, product_secret = find_keys(settings)
    product_id, _, name = device_id.partition("/")
    address, lan = _addresses(settings)
    return Target(
        address=address,
        lan=lan,
        port=settings.mqtt_port or 1883,
        tls_port=settings.mqtt_tls_port or 8883,
        http_port=settings.mqtt_http_port,
        https_port=settings.mqtt_https_port,
        product_id=product_id,
        device_name=name,
        secret=secret,
        product_secret=product_secret,
        signed=password(secret, username(product_id + name)),
    )


def _addresses(settings: Settings) -> tuple[str, str]:
    """Return how firmware calls this machine, and what boards would need when that is loopback."""
    from devkit.errors import ProxyError
    from devkit.proxy.phone import lan_address
    from devkit.web.hosts import is_loopback, leads_here

    if not leads_here(settings.host):
        return settings.host, ""
    try:
        lan = lan_address()
    except ProxyError:
        lan = _("<address of this machine>")
    return (settings.host, lan) if is_loopback(settings.host) else (lan, "")
