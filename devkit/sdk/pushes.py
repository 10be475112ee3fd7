"""Fan the cloud's pushes out to the pages: one subscription per device, however many pages follow it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable

from devkit.transport.base import DirectTransport, Push, Transport

logger = logging.getLogger(__name__)

Listener = Callable[[Push], None]


class PushHub:
    """Subscribe to devices for as long as somebody listens, and pass each push to every listener."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._listeners: dict[Listener, frozenset[str]] = {}
        self._ends: dict[str, Callable[[], None]] = {}
        self._pumps: set[asyncio.Task[None]] = set()

    def listen(self, listener: Listener, device_ids: Iterable[str]) -> None:
        """Pass the pushes of some devices to listener, instead of those of an earlier call."""
        self._listeners[listener] = frozenset(device_ids)
        for device_id in self._wanted() - self._ends.keys():
            self._ends[device_id] = self._begin(device_id)

    def forget(self, listener: Listener) -> None:
        """Stop passing pushes to listener."""
        self._listeners.pop(listener, None)
        for device_id in self._ends.keys() - self._wanted():
            self._ends.pop(device_id)()

    async def aclose(self) -> None:
        """End every subscription."""
        self._listeners.clear()
        for end in self._ends.values():
            end()
        self._ends.clear()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def _wanted(self) -> frozenset[str]:
        return frozenset[str]().union(*self._listeners.values())

    def _begin(self, device_id: str) -> Callable[[], None]:
        """Follow a device from now on, and return what ends it."""
        if isinstance(self._transport, DirectTransport):
            return self._transport.hear((device_id,), self._deliver)
        stream = self._transport.pushes((device_id,))  # subscribes now, not when the task first runs
        pump = asyncio.create_task(self._pump(device_id, stream), name=f"pushes {device_id}")
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)

        def end() -> None:
            pump.cancel()

        return end

    def _deliver(self, push: Push) -> None:
        for listener, wanted in list(self._listeners.items()):
            if push.device_id in wanted:
                listener(push)

    async def _pump(self, device_id: str, stream: AsyncIterator[Push]) -> None:
        try:
            async for push in stream:
                self._deliver(push)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("the pushes of %s ended", device_id)
