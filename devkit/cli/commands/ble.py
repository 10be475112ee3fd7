"""devkit ble: a real Bluetooth radio by hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from devkit.cli.options import setting_options
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble import FoundDevice, Frame, Peripheral
    from devkit.settings import Settings


@click.group("ble")
def command() -> None:
    """See what a real radio hears, and put a device written in Python on the air."""


@command.command("scan", short_help="List the devices around.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=5, show_default=True, help="How long.")
@click.option("--service", multiple=True, help="Only devices that advertise it, such as FFF0. Repeatable.")
@setting_options("ble")
def scan(settings: Settings, seconds: float, service: tuple[str, ...]) -> None:
    """List the devices that the radio of --ble hears: this computer's own unless it is given."""
    import asyncio

    setting = settings.ble if "ble" in settings.given else "bleak"
    found = asyncio.run(_scan(setting, seconds, service))
    for device in sorted(found, key=lambda item: -item.rssi):
        click.echo(_line(device))
    click.echo(_(f"{len(found)} devices."), err=True)


@command.command("serve", short_help="Put a device written in Python on the air.")
@click.argument("peripheral")
@setting_options("ble", "product_id", "device_name", "model", "db")
def serve(settings: Settings, peripheral: str) -> None:
    """Serve PERIPHERAL, written as file.py:Class or package.module:Class, until Ctrl+C.

    --ble names the controller: bumble:usb:0 and the like.
    """
    from devkit.cli.running import run_until_stopped

    sys.exit(run_until_stopped(lambda stop: _serve(settings, peripheral)))


async def _scan(setting: str, seconds: float, services: tuple[str, ...]) -> list[FoundDevice]:
    import asyncio

    from devkit.ble import DevicesFound, open_central

    central = open_central(setting)
    found: dict[str, FoundDevice] = {}

    def heard(event: object) -> None:
        if isinstance(event, DevicesFound):
            found.update({device.device_id: device for device in event.devices})

    central.subscribe(heard)
    try:
        await central.open()
        await central.start_discovery(services, allow_duplicates=True)
        await asyncio.sleep(seconds)
    finally:
        await central.aclose()
    return list(found.values())


async def _serve(settings: Settings, spec: str) -> None:
    import asyncio

    from devkit.ble import Radio
    from devkit.ble.central.factory import need
    from devkit.ble.stacks.bumble_host import PeripheralHost
    from devkit.errors import SettingsError

    kind, _rest, where = settings.ble.partition(":")
    if kind != "bumble" or not where:
        raise SettingsError(
            _(f'A device cannot be served with ble "{settings.ble}".'),
            _("Add --ble bumble:usb:0, for example."),
        )
    need("bumble", settings.ble)
    radio = Radio()
    radio.on_frame = _show
    try:
        device = radio.add(await _made(settings, spec))
        async with PeripheralHost(device, where):
            click.echo(_(f"{device.name or spec} is on the air as {device.address}. Press Ctrl+C to end."))
            await asyncio.Event().wait()
    finally:
        await radio.aclose()


async def _made(settings: Settings, spec: str) -> Peripheral:
    """Return the device; a standard one gets its product and its keys from the project's cloud."""
    from devkit.ble.llsync import LLSyncPeripheral
    from devkit.phone.peripherals import load_class, make_peripheral
    from devkit.transport import open_transport

    kind = load_class(spec, settings.project)
    if not issubclass(kind, LLSyncPeripheral):
        return kind()
    transport = await open_transport(settings)
    try:
        return await make_peripheral(kind, settings, transport)
    finally:
        await transport.aclose()


def _line(device: FoundDevice) -> str:
    from devkit.ble.uuids import short_uuid

    parts = [device.device_id, f"{device.rssi:4} dBm", device.name or _("(no name)")]
    parts += [short_uuid(uuid) for uuid in device.service_uuids]
    parts += [device.manufacturer_data.hex().upper()] if device.manufacturer_data else []
    return "  ".join(parts)


def _show(frame: Frame) -> None:
    from devkit.ble.uuids import short_uuid

    place = short_uuid(frame.characteristic_id)
    click.echo(f"{frame.kind:6} {place}  {frame.value.hex().upper()}  {frame.words}".rstrip())
