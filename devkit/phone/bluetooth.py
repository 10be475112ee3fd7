"""Bluetooth of the simulator: the air, one phone for each user, and the bridge of each page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from devkit.ble import BleCentral, Frame, Peripheral, Radio, open_central
from devkit.ble.central.bridge import BleBridge
from devkit.clock import Clock
from devkit.errors import BleError
from devkit.timeline.happening import Happening
from devkit.timeline.kinds import AirFrame, BleCall, BleChange, BleFound
from devkit.timeline.timeline import Timeline

if TYPE_CHECKING:
    from devkit.model import ThingModel

logger = logging.getLogger(__name__)
Kind = TypeVar("Kind", bound=Peripheral)
CONNECT, STATE_CHANGE = "createBLEConnection", "onBLEConnectionStateChange"
FOUND, VALUE = "onBluetoothDeviceFound", "onBLECharacteristicValueChange"


class Bluetooth:
    """Peripherals and phones of one simulator; what they send is on the timeline.

    radio is an air that others share, which is neither recorded nor closed here; without it there is one of
    its own.
    """

    def __init__(
        self, timeline: Timeline, setting: str, clock: Clock | None = None, *, radio: Radio | None = None
    ) -> None:
        self.timeline = timeline
        self.radio = radio or Radio(clock)
        self._shares_radio = radio is not None
        if radio is None:
            self.radio.on_frame = self.record_frame
        self._setting = setting
        self._phones: dict[str, BleCentral] = {}
        self._pages: set[PageBluetooth] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def peripherals(self) -> list[Peripheral]:
        """Return the peripherals on the air."""
        return list(self.radio.peripherals.values())

    @property
    def phones(self) -> dict[str, BleCentral]:
        """Return {user id: phone} of the phones in use."""
        return self._phones

    def phone(self, user_id: str) -> BleCentral:
        """Return a user's phone.

        Errors: SettingsError for a setting `ble` that cannot be used.
        """
        if user_id not in self._phones:
            self._phones[user_id] = open_central(self._setting, self.radio)
        return self._phones[user_id]

    def check(self) -> None:
        """See that phones can be had.

        Errors: SettingsError for a setting `ble` that cannot be used.
        """
        open_central(self._setting, self.radio)

    def take_model(self, product_id: str, model: ThingModel) -> None:
        """Give the standard devices of a product another thing model; values that it has, too, stay."""
        from devkit.ble.llsync import LLSyncPeripheral

        for device in self.peripherals:
            if isinstance(device, LLSyncPeripheral) and device.product_id == product_id:
                defaults = {item.id: item.define.default() for item in model.properties}
                kept = {name: value for name, value in device.values.items() if name in defaults}
                device.model, device.values = model, {**defaults, **kept}

    def joined(self, page: PageBluetooth) -> None:
        """Note that a page uses its phone."""
        self._pages.add(page)

    def left(self, page: PageBluetooth) -> None:
        """End what a page did with its phone; the last page of a phone also ends its search."""
        self._pages.discard(page)
        task = asyncio.get_running_loop().create_task(self._tidy(page))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until the pages that have left are tidied up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """Close every phone, then take the peripherals off an air of its own."""
        await self.settled()
        for phone in self._phones.values():
            await phone.aclose()
        if not self._shares_radio:
            await self.radio.aclose()

    async def _tidy(self, page: PageBluetooth) -> None:
        with contextlib.suppress(BleError):
            if not any(other.central is page.central for other in self._pages):
                await page.central.close()
        for device_id in page.connected:
            with contextlib.suppress(BleError):
                await page.central.disconnect(device_id)

    def record_frame(self, frame: Frame) -> None:
        """Put a value on the air onto the timeline."""
        place = frame.address, frame.kind, frame.service_id, frame.characteristic_id
        self.timeline.record(AirFrame(*place, frame.value.hex().upper(), frame.words))


class PageSession(Protocol):
    """The session of a page, as its Bluetooth needs it."""

    id: str

    def post(self, kind: str, data: object) -> None:
        """Send the page an event."""


class PageBluetooth:
    """One page's Bluetooth: its messages, and the pushes for it.

    What a page has connected is disconnected when it goes away, as a closed page of the mini program does.
    """

    def __init__(self, bluetooth: Bluetooth, session: PageSession, user_id: str) -> None:
        self.central = bluetooth.phone(user_id)
        self._bluetooth = bluetooth
        self._session = session
        self.connected: set[str] = set()
        self._heard: set[str] = set()
        self.bridge = BleBridge(self.central, self._push)
        bluetooth.joined(self)

    async def handle(self, action: str, payload: object) -> dict[str, Any]:
        """Answer a message of the page; a failure of wx is an answer too.

        Errors: KeyError for a message that is not for the bridge.
        """
        await self._bluetooth.settled()
        started = time.perf_counter()
        answer = await self.bridge.handle(action, payload)
        asked = payload if isinstance(payload, dict) else {}
        api = str(asked.get("api") or action)
        if api == CONNECT and not answer.get("code"):
            self.connected.add(str((asked.get("params") or {}).get("deviceId")))
        ms = round((time.perf_counter() - started) * 1000, 2)
        self._record(BleCall(api, asked.get("params"), answer, self._session.id, ms))
        return answer

    def close(self) -> None:
        """Send the page nothing more, and end the connections that it made."""
        self.bridge.close()
        self._bluetooth.left(self)

    def _push(self, action: str, payload: dict[str, Any]) -> None:
        self._session.post("ble", {"push": action, "d": payload})
        if action == FOUND:
            new = [item for item in payload["devices"] if item["deviceId"] not in self._heard]
            self._heard.update(item["deviceId"] for item in new)
            if new:
                self._record(BleFound(new, self._session.id))
        elif action != VALUE:
            if action == STATE_CHANGE and not payload["connected"]:
                self.connected.discard(payload["deviceId"])
            self._record(BleChange(action, payload, self._session.id))

    def _record(self, what: Happening) -> None:
        self._bluetooth.timeline.record(what, session=self._session.id)
