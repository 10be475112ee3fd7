"""Real devices of a run: the broker beside the emulator, and what firmware needs to find it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from devkit.app.events import DevicesReady
from devkit.errors import SettingsError
from devkit.language import _
from devkit.web.hosts import is_loopback, leads_here

if TYPE_CHECKING:
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.listening import DevicePorts
    from devkit.sdk import Simulator
    from devkit.settings import Settings


async def open_devices(
    stack: contextlib.AsyncExitStack, emulator: Emulator, settings: Settings, device_id: str
) -> DevicesReady:
    """Listen for real devices as the settings say, until the stack ends.

    Errors: ServeError, PortTakenError; ProxyError for all addresses of a machine that has none in a network.
    """
    from devkit.cloud.devices.mqtt.listening import open_device_side
    from devkit.cloud.store.schema import DEVICES
    from devkit.proxy.phone import lan_address

    everywhere = leads_here(settings.host) and not is_loopback(settings.host)
    opening = open_device_side(emulator, device_ports(settings), lan_address() if everywhere else "")
    side = await stack.enter_async_context(opening)
    with emulator.work() as work:
        row = work.tx.get(DEVICES, device_id)
    product_id, _, name = device_id.partition("/")
    secret = row["psk"] if row else ""
    return DevicesReady(
        side.url, side.tls_url, side.files_url, side.https_url, product_id, name, secret, side.tls_notice
    )


def device_ports(settings: Settings) -> DevicePorts:
    """Return where the settings want devices to be listened for."""
    from devkit.cloud.devices.mqtt.listening import DevicePorts

    return DevicePorts(
        settings.host,
        settings.mqtt_port,
        settings.mqtt_tls_port,
        settings.mqtt_http_port,
        settings.mqtt_https_port,
    )


class RealDevices:
    """The broker of a run, which moves along when the run takes another emulator."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()
        self._emulator: Emulator | None = None

    async def follow(self, simulator: Simulator) -> DevicesReady | None:
        """Listen at the emulator of a simulator; None when that is done already, or not asked for.

        Errors: SettingsError without an emulator, and those of open_devices.
        """
        if not self._settings.mqtt:
            return None
        from devkit.transport.local import LocalTransport

        transport = simulator.transport
        if not isinstance(transport, LocalTransport):
            raise SettingsError(
                _("Real devices connect to the emulator alone."), _("Use --mqtt with --transport local.")
            )
        if transport.emulator is self._emulator:
            return None
        await self.aclose()
        self._emulator = transport.emulator
        return await open_devices(self._stack, transport.emulator, self._settings, transport.seed.device_id)

    async def aclose(self) -> None:
        """End every connection."""
        self._emulator = None
        await self._stack.aclose()
