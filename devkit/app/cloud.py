"""The emulator alone, served at the platform's own paths."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.app.exposure import cloud_warning

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from devkit.app.events import DevicesReady
    from devkit.cloud import Emulator
    from devkit.cloud.app_keys import AppKeys
    from devkit.cloud.device_secrets import DeviceSecrets
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
    """What a server has from the process that started it, if any, and how it ends.

    listener: a socket that listens already, in place of a port. shared: folder in which workers of one port
    count together. drain_s: how long calls may go on at the end.
    """

    listener: socket.socket | None = None
    shared: Path | None = None
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

    port: 0 takes a free one. bus: address of the Redis that joins several workers on one database. hosts:
    names besides loopback that clients may use.
    Errors: SettingsError, ModelError, ServeError, PortTakenError.
    """
    from devkit.app.devices import open_devices
    from devkit.cloud import Emulator
    from devkit.cloud.http.metrics import find_metrics
    from devkit.cloud.http.server import served
    from devkit.cloud.quotas import Quotas
    from devkit.cloud.sandbox import move_in, open_store
    from devkit.model.project import log_flaws, project_model

    metrics = find_metrics()
    observer = metrics.observe if metrics else None
    quotas = Quotas(shared=part.shared / "quotas" if part.shared else None)
    emulator = Emulator(open_store(settings), bus=bus, observer=observer, quotas=quotas)
    try:
        home = move_in(emulator, settings)
        log_flaws(project_model(settings))
        await emulator.start()
        async with contextlib.AsyncExitStack() as stack:
            serving = served(
                emulator, host=settings.host, port=port, hosts=(*hosts, settings.host),
                listener=part.listener, drain_s=part.drain_s, metrics=metrics,
            )  # fmt: skip
            url = await stack.enter_async_context(serving)
            devices = await open_devices(stack, emulator, settings, home.device_id) if settings.mqtt else None
            warning = cloud_warning(settings.host, url)
            yield ServedCloud(
                url, home.token, home.device_id, emulator, home.keys, home.secrets, warning, devices
            )
    finally:
        await emulator.aclose()
