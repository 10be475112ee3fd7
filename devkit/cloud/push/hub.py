"""Pushes: what the platform tells its subscribers about devices, in order and without loss."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from devkit.cloud.api.wire import china_time, encode_payload, to_json

JSON = Any


@dataclass(frozen=True)
class DeviceChange:
    """One push; the payload is not encoded yet.

    time is unix ms.
    Source: docs/reference/app-api.yaml websocket.push.
    """

    device_id: str
    type: str
    sub_type: str
    time: int
    payload: JSON = None
    topic: str = ""

    @functools.cached_property
    def frame(self) -> str:
        """Return the wire frame; encoded once, however many clients get it."""
        params = {
            "Time": china_time(self.time),
            "Type": self.type,
            "SubType": self.sub_type,
            "Topic": self.topic,
            "Payload": encode_payload(self.payload),
            "Seq": self.time,
            "DeviceId": self.device_id,
        }
        return to_json({"action": "DeviceChange", "params": params, "push": True})


class Subscription:
    """The pushes of some devices, kept until they are read."""

    def __init__(self, hub: PushHub, device_ids: Collection[str]) -> None:
        self._hub = hub
        self.device_ids = frozenset(device_ids)
        self._waiting: deque[DeviceChange] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def backlog(self) -> int:
        """Return how many pushes wait to be read."""
        return len(self._waiting)

    def offer(self, push: DeviceChange) -> None:
        """Add a push."""
        self._waiting.append(push)
        self._arrived.set()

    def inherit(self, other: Subscription) -> None:
        """Take what another has not read yet, of the devices that both follow."""
        for push in other._waiting:
            if push.device_id in self.device_ids:
                self.offer(push)

    def close(self) -> None:
        """End the iteration once everything that waits is read."""
        self._closed = True
        self._arrived.set()
        self._hub.unsubscribe(self)

    def __aiter__(self) -> AsyncIterator[DeviceChange]:
        return self

    async def __anext__(self) -> DeviceChange:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


class Ear:
    """A function that hears the pushes of some devices as they are published."""

    def __init__(
        self, hub: PushHub, device_ids: Collection[str], offer: Callable[[DeviceChange], None]
    ) -> None:
        self._hub = hub
        self.device_ids = frozenset(device_ids)
        self.offer = offer

    def close(self) -> None:
        """Hear no more."""
        self._hub.unsubscribe(self)


class PushHub:
    """Hand every push to the subscriptions of its device."""

    def __init__(self) -> None:
        self._by_device: dict[str, dict[Subscription | Ear, None]] = {}
        self._listeners: list[Callable[[DeviceChange], None]] = []

    def subscribe(self, device_ids: Collection[str]) -> Subscription:
        """Collect the pushes of some devices from now on."""
        subscription = Subscription(self, device_ids)
        self._add(subscription)
        return subscription

    def hear(self, device_ids: Collection[str], listener: Callable[[DeviceChange], None]) -> Ear:
        """Call a function with the pushes of some devices from now on, at the moment of each."""
        ear = Ear(self, device_ids, listener)
        self._add(ear)
        return ear

    def _add(self, subscription: Subscription | Ear) -> None:
        for device_id in subscription.device_ids:
            self._by_device.setdefault(device_id, {})[subscription] = None

    def unsubscribe(self, subscription: Subscription | Ear) -> None:
        """Stop collecting."""
        for device_id in subscription.device_ids:
            readers = self._by_device.get(device_id, {})
            readers.pop(subscription, None)
            if not readers:
                self._by_device.pop(device_id, None)

    def listen(self, listener: Callable[[DeviceChange], None]) -> None:
        """Call a function with every push of every device."""
        self._listeners.append(listener)

    def publish(self, push: DeviceChange) -> None:
        """Hand out a push."""
        for listener in self._listeners:
            listener(push)
        for subscription in tuple(self._by_device.get(push.device_id, ())):
            subscription.offer(push)

    def close(self) -> None:
        """End every subscription."""
        for readers in list(self._by_device.values()):
            for subscription in list(readers):
                subscription.close()


def report_payload(values: Mapping[str, JSON], time: int, token: str) -> dict[str, JSON]:
    """Return the message of a device that reports properties."""
    return {"method": "report", "clientToken": token, "timestamp": time, "params": dict(values)}


def control_payload(values: Mapping[str, JSON], token: str) -> dict[str, JSON]:
    """Return the message that tells a device to change properties."""
    return {"method": "control", "clientToken": token, "params": dict(values)}
