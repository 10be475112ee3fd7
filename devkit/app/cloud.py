"""The emulator alone, served at the platform's own paths."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.app.exposure import cloud_warning

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from starlette.types import ASGIApp

    from devkit.app.events import DevicesReady
    from devkit.cloud import Emulator
    from devkit.cloud.app_keys import AppKeys
    from devkit.cloud.device_secrets import DeviceSecrets
    from devkit.cloud.seed import Seed
    from devkit.settings import Settings


@dataclass(frozen=True)
class ServedCloud:
    """An emulator that clients reach at url.

    token is the access token of its user, keys are for applications. warning says what the server exposes,
    "" for nothing; devices: with --mqtt.
    """

    url: str
    token: str
    device_id: str
    emulator: Emulator
    keys: AppKeys
    secrets: DeviceSecrets
    warning: str = ""
    devices: DevicesReady | None = None


@dataclass(frozen=True)
class ServerPart:
    """What a server has from the process that started it, if any; how it is reached, and how it ends.

    listener: a socket that listens already, in place of a port. shared: folder in which workers of one port
    count together. public_url: where clients reach it, in addresses that it hands out. drain_s: how long
    calls may go on at the end.
    """

    listener: socket.socket | None = None
    shared: Path | None = None
    public_url: str = ""
    drain_s: float = 0.0


@contextlib.asynccontextmanager
async def open_cloud(
    settings: Settings,
    *,
    port: int = 0,
    bus: str = "",
    hosts: Sequence[str] = (),
    part: ServerPart = ServerPart(),
) -> AsyncIterator[ServedCloud]:
    """Serve the emulator of the settings, with the project's product and device in it.

    The server of main also has the other sandboxes, at /sandbox/NAME.

    port: 0 takes a free one. bus: address of a Redis that carries pushes between workers in place of their
    database. hosts: names besides loopback that clients may use.
    Errors: SettingsError, ModelError, ServeError, PortTakenError.
    """
    from devkit.app.devices import open_devices
    from devkit.cloud.http.hosting import Hosting
    from devkit.cloud.http.server import served
    from devkit.cloud.sandboxes import named
    from devkit.model.project import log_flaws, project_model

    emulators = _Emulators(bus, part.shared)
    emulator, home = emulators.open(settings)
    try:
        log_flaws(project_model(settings))
        await emulator.start()
        async with contextlib.AsyncExitStack() as stack:
            hosting = None if named(settings) else Hosting(emulator, settings, emulators.host)
            serving = served(
                emulator, host=settings.host, port=port, hosts=(*hosts, settings.host), hosting=hosting,
                listener=part.listener, public_url=part.public_url, drain_s=part.drain_s,
                metrics=emulators.metrics,
            )  # fmt: skip
            url = await stack.enter_async_context(serving)
            devices = await open_devices(stack, emulator, settings, home.device_id) if settings.mqtt else None
            warning = cloud_warning(settings.host, url)
            yield ServedCloud(
                url, home.token, home.device_id, emulator, home.keys, home.secrets, warning, devices
            )
    finally:
        await emulator.aclose()


class _Emulators:
    """Makes the emulators of one server, one for each sandbox."""

    def __init__(self, bus: str, shared: Path | None) -> None:
        from devkit.cloud.http.metrics import find_metrics
        from devkit.cloud.quotas import SharedCounters

        self._bus = bus
        self._counters = SharedCounters(shared / "quotas") if shared else None
        self.metrics = find_metrics()

    def open(self, settings: Settings) -> tuple[Emulator, Seed]:
        """Return the emulator of a sandbox with its home; not started.

        Errors: SettingsError, ModelError.
        """
        from devkit.cloud import Emulator
        from devkit.cloud.emulator import DATABASE
        from devkit.cloud.quotas import Quotas
        from devkit.cloud.sandbox import move_in, open_store
        from devkit.cloud.sandboxes import named

        name = named(settings)
        store = open_store(settings)
        try:
            emulator = Emulator(
                store,
                bus=self._bus or (DATABASE if store.waits else ""),
                observer=self.metrics.observe if self.metrics else None,
                quotas=Quotas(self._counters, name),
                sandbox=name,
            )
            return emulator, move_in(emulator, settings)
        except BaseException:
            store.close()
            raise

    async def host(self, settings: Settings) -> tuple[Emulator, ASGIApp]:
        """Start the emulator of another sandbox than the server's own, and return it with its application.

        Errors: SettingsError, ModelError, TransportError.
        """
        from devkit.cloud.http.server import driven, plain_app

        emulator, _ = await asyncio.to_thread(self.open, settings)
        try:
            await emulator.start()
        except BaseException:
            await emulator.aclose()
            raise
        return emulator, driven(emulator.store, plain_app(emulator, self.metrics))
