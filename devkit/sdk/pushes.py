"""Fan the cloud's pushes out to the pages: one subscription per device, however many pages follow it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable

from devkit.transport.base import Push, Transport

logger = logging.getLogger(__name__)

Listener = Callable[[Push], None]


class PushHub:
    """Subscribe to devices for as long as somebody listens, and pass each push to every listener."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._listeners: dict[Listener, frozenset[str]] = {}
        self._pumps: dict[str, asyncio.Task[None]] = {}

    def listen(self, listener: Listener, device_ids: Iterable[str]) -> None:
        """Pass the pushes of some devices to listener, instead of those of an earlier call."""
        self._listeners[listener] = frozenset(device_ids)
        wanted = frozenset[str]().union(*self._listeners.values())
        for device_id in wanted - self._pumps.keys():
            stream = self._transport.pushes((device_id,))  # subscribes now, not when the task first runs
            self._pumps[device_id] = asyncio.create_task(
                self._pump(device_id, stream), name=f"pushes {device_id}"
            )

    def forget(self, listener: Listener) -> None:
        """Stop passing pushes to listener."""
        self._listeners.pop(listener, None)
        wanted = frozenset[str]().union(*self._listeners.values())
        for device_id in self._pumps.keys() - wanted:
            self._pumps.pop(device_id).cancel()

    async def aclose(self) -> None:
        """End every subscription."""
        pumps = list(self._pumps.values())
        self._pumps.clear()
        self._listeners.clear()
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, device_id: str, stream: AsyncIterator[Push]) -> None:
        try:
            async for push in stream:
                for listener, wanted in list(self._listeners.items()):
                    if device_id in wanted:
                        listener(push)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("the pushes of %s ended", device_id)
