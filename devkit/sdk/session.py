"""One page's side of the SDK in Python: its calls, its events, and what it knows of its device."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any

from devkit.errors import SdkMethodError
from devkit.language import _
from devkit.phone.mini_program import AWAY
from devkit.sdk.link import Link, Outbox
from devkit.sdk.methods.registry import METHODS
from devkit.sdk.panel_data import Variant
from devkit.sdk.wire import error_to_wire, pack, unpack
from devkit.subscriptions import Subscription
from devkit.timeline.happening import UNSET
from devkit.timeline.kinds import ConsoleLine, SdkCall, read_note
from devkit.transport.base import Push

if TYPE_CHECKING:
    from devkit.phone.bluetooth import PageBluetooth
    from devkit.sdk.simulator import Simulator

logger = logging.getLogger(__name__)

UPDATED = (
    "belongGroups",
    "groupInfo",
    "deviceDisplayName",
    "groupName",
    "userInfo",
    "roomList",
    "deviceInfo",
)
PAGE_GONE = "devkit.PageGone"


class Session:
    """A page, from its boot until it has been away for too long.

    data is the PANEL_DATA that the page got; methods read the device, family and product from it.
    """

    def __init__(self, simulator: Simulator, session_id: str, data: dict[str, Any], variant: Variant) -> None:
        self.simulator = simulator
        self.id = session_id
        self.data = data
        self.variant = variant
        self.page_url = ""
        self._outbox = Outbox(self._spawn)
        self._asks: dict[int, asyncio.Future[Any]] = {}
        self._ask_ids = itertools.count(1)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._subscription: Subscription[Any] | None = None
        self._subscribers: list[Callable[[str, Any], None]] = []
        self._ble: PageBluetooth | None = None
        if self.device_id:
            self.subscribe_devices([self.device_id])

    @property
    def device_id(self) -> str:
        """Return "productId/deviceName" of the panel's device; "" for a group's panel."""
        return str(self.data.get("deviceId") or "")

    @property
    def product_id(self) -> str:
        """Return the product of the panel."""
        product = self.data.get("productInfo") or {}
        return self.device_id.partition("/")[0] or str(product.get("ProductId", ""))

    @property
    def device_name(self) -> str:
        """Return the device's name within its product."""
        return self.device_id.partition("/")[2]

    @property
    def user_id(self) -> str:
        """Return the user whose phone shows the page."""
        return str((self.data.get("userInfo") or {}).get("UserID", ""))

    @property
    def group_id(self) -> str:
        """Return the group whose panel this is, "" for a device's panel."""
        return str((self.data.get("groupInfo") or {}).get("GroupId") or "")

    @property
    def ble(self) -> PageBluetooth:
        """Return the page's Bluetooth, on its user's phone.

        Errors: SettingsError for a setting `ble` that cannot be used.
        """
        if self._ble is None:
            self._ble = self.simulator.page_bluetooth(self)
        return self._ble

    @property
    def attached(self) -> bool:
        """Tell whether the page is connected now."""
        return self._outbox.attached

    async def cloud(self, action: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform a cloud action for the page.

        Errors: those of Transport.call.
        """
        return await self.simulator.cloud(action, params or {})

    async def mini_program_call(
        self, api: str, params: dict[str, Any], *, panel: str = ""
    ) -> dict[str, Any] | None:
        """Ask the mini program for something; a way out of the panel covers its page.

        From the page that searches for a device, the way to that device's panel is taken in the simulator.
        Returns what wx.miniProgram's success callback gets, None after a failure.
        Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 callMpApi, which swallows failures; pageHide at a
        navigation is unverified.
        """
        mini_program = self.simulator.mini_program
        answer = mini_program.record(api, params)
        if ":fail" in answer["errMsg"]:
            return None
        if api in AWAY:
            target = {"panel": panel} if panel and not self.device_id and not self.group_id else {}
            self.post("navigation", {"api": api, "url": params.get("url", ""), "params": params, **target})
            self.emit("pageHide")
        return answer

    async def read_data(self) -> dict[str, Any]:
        """Read PANEL_DATA anew and return it.

        Errors: DeviceNotFoundError, TransportError.
        """
        self.data = await self.simulator.refreshed(self.data, self.variant)
        return self.data

    async def update(self) -> None:
        """Read the page's data anew and send what may have changed beside the device's properties.

        Errors: DeviceNotFoundError, TransportError.
        """
        await self.read_data()
        self.post("update", {name: self.data.get(name) for name in UPDATED})

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something for the page beside its calls; a page that goes away in between ends it quietly."""

        async def guarded() -> None:
            try:
                await work
            except SdkMethodError as error:
                logger.info("work for the page ended: %s", error)

        self._spawn(guarded())

    def subscribe_devices(self, device_ids: Collection[str]) -> None:
        """Pass the page the pushes of these devices and of no others.

        Source: docs/reference/protocol.md section 3: appDevSdk.subscribeDevices replaces the list.
        """
        earlier = self._subscription
        self._subscription = self.simulator.transport.subscribe(device_ids, self._on_push)
        if earlier is not None:  # only now, so that no device is left in between
            earlier.close()

    def subscribed(self, device_id: str) -> bool:
        """Tell whether the page gets pushes of a device."""
        return self._subscription is not None and device_id in self._subscription.topics

    def subscribe(self, subscriber: Callable[[str, Any], None]) -> Callable[[], None]:
        """Call subscriber with the kind and data of every event of the page; return what ends it."""
        self._subscribers.append(subscriber)
        return functools.partial(self._subscribers.remove, subscriber)

    def emit(self, name: str, *args: object) -> None:
        """Emit an SDK event in the page."""
        self.post("emit", {"n": name, "a": pack(list(args))})

    def post(self, kind: str, data: object) -> None:
        """Send the page an event of the link protocol; a page that is away gets it when it comes back."""
        self._outbox.event(kind, data)
        for subscriber in self._subscribers:
            subscriber(kind, data)

    async def ask(self, member: str, *args: object) -> Any:
        """Call a function of the page (a component, say) and return its result.

        Errors: SdkMethodError when the page is not there, or goes away before it answered.
        """
        if not self.attached:
            raise SdkMethodError(_(f"{member} needs the page, which is not connected."), code=PAGE_GONE)
        ask_id = next(self._ask_ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asks[ask_id] = future
        try:
            self._outbox.frame({"t": "ask", "id": ask_id, "m": member, "a": pack(list(args))})
            return await future
        finally:
            self._asks.pop(ask_id, None)

    def attach(self, link: Link, since: int, *, resumed: bool) -> None:
        """Talk to the page through link from now on; since is the last event that it saw."""
        self._outbox.attach(link, since, session=self.id, resumed=resumed)

    def detach(self, link: Link) -> bool:
        """The link closed: calls that wait for the page fail; False when another link is in use already."""
        if not self._outbox.detach(link):
            return False
        for future in self._asks.values():
            if not future.done():
                future.set_exception(SdkMethodError(_("The page went away."), code=PAGE_GONE))
        return True

    def close(self) -> None:
        """Forget the page: end its calls and its subscriptions."""
        if self._subscription is not None:
            self._subscription.close()
        if self._ble is not None:
            self._ble.close()
        for task in self._tasks:
            task.cancel()

    def receive(self, frame: dict[str, Any]) -> None:
        """Act on a frame of the page."""
        handler = _FRAMES.get(str(frame.get("t")))
        if handler is None:
            logger.warning("unknown frame from the page: %.200r", frame)
            return
        handler(self, frame)

    def _on_call(self, frame: dict[str, Any]) -> None:
        self._spawn(self._call(frame))

    def _on_answer(self, frame: dict[str, Any]) -> None:
        number = frame.get("id")
        future = self._asks.get(number) if isinstance(number, int) else None
        if future is None or future.done():
            return
        if "e" in frame:
            future.set_exception(SdkMethodError(str(frame["e"]), code="devkit.PageFailed"))
            return
        try:
            future.set_result(unpack(frame.get("v")))
        except SdkMethodError as error:
            future.set_exception(error)

    def _on_note(self, frame: dict[str, Any]) -> None:
        note = read_note(str(frame.get("k", "note")), frame.get("d"))
        if isinstance(note, ConsoleLine) and self.simulator.read_console is not None:
            note = self.simulator.read_console(note)
        self.simulator.timeline.record(note, session=self.id)

    def _on_ack(self, frame: dict[str, Any]) -> None:
        number = frame.get("n")
        if isinstance(number, int):
            self._outbox.acknowledge(number)

    def _on_bye(self, frame: dict[str, Any]) -> None:
        self.simulator.drop(self)

    async def _call(self, frame: dict[str, Any]) -> None:
        started = time.perf_counter()
        member = str(frame.get("m"))
        args = frame.get("a")
        result, rejection = UNSET, None
        try:
            value = await self._perform(member, args)
            answer = {"t": "ok", "id": frame.get("id"), "v": pack(value)}
            result = value
        except asyncio.CancelledError:
            raise
        except Exception as error:
            rejection = error_to_wire(error)
            answer = {"t": "err", "id": frame.get("id"), "e": pack(rejection)}
        self._outbox.frame(answer)
        if not member.startswith("devkit."):
            ms = round((time.perf_counter() - started) * 1000, 2)
            call = SdkCall(member, args, result, rejection, ms)
            self.simulator.timeline.record(call, session=self.id)

    async def _perform(self, member: str, args: object) -> object:
        method = METHODS.get(member)
        if method is None:
            raise SdkMethodError(
                _(f"{member} is not in this SDK yet."),
                code="devkit.NotImplemented",
            )
        values = unpack(args)
        return await method(self, *(values if isinstance(values, list) else []))

    def _on_push(self, push: Push) -> None:
        self.post("push", [push.device_id, push.type, push.sub_type, push.time, push.payload])

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a page could not be answered", exc_info=error)


_FRAMES: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    "call": Session._on_call,
    "answer": Session._on_answer,
    "note": Session._on_note,
    "ack": Session._on_ack,
    "bye": Session._on_bye,
}
