"""Which transport a run uses, by the setting of that name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from devkit.settings import Settings
from devkit.timeline.happening import Observer
from devkit.transport.base import Transport


async def _local(settings: Settings, observer: Observer | None) -> Transport:
    from devkit.transport.local import open_local

    return await open_local(settings, observer=observer)


async def _cloud(settings: Settings, observer: Observer | None) -> Transport:
    from devkit.transport.cloud import open_cloud

    return await open_cloud(settings, observer=observer)


TRANSPORTS: Mapping[str, Callable[[Settings, Observer | None], Awaitable[Transport]]] = {
    "local": _local,
    "cloud": _cloud,
}


async def open_transport(settings: Settings, *, observer: Observer | None = None) -> Transport:
    """Open the transport of the settings.

    observer hears of every cloud action (ActionCall), push (Push) and device-side act.
    A recording is played back, or written, when the settings name one.
    Errors: ModelError, SettingsError, TransportError.
    """
    from devkit.transport.recording import Recorder, ReplayTransport

    if "replay" in settings.given:
        return ReplayTransport(settings.path("replay"), observer=observer)
    if "record" in settings.given:
        observer = Recorder(settings.path("record"), observer)
    return await TRANSPORTS[settings.transport](settings, observer)
