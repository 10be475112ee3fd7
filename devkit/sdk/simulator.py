"""The simulator: every page's session, the cloud behind them, the mini program around them, one timeline."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from devkit.clock import Clock
from devkit.errors import DevkitError, SdkMethodError
from devkit.language import _
from devkit.phone.mini_program import MiniProgram
from devkit.phone.music_box import MusicBox
from devkit.phone.speech import SpeechRecognition
from devkit.sdk.link import Link
from devkit.sdk.panel_data import Variant, build_panel_data
from devkit.sdk.session import Session
from devkit.sdk.wire import new_request_id
from devkit.settings import BY_NAME, Settings
from devkit.timeline.kinds import ConsoleLine, LinkChange
from devkit.timeline.timeline import Timeline
from devkit.transport.base import Transport

if TYPE_CHECKING:
    from devkit.ble import BleCentral, Peripheral, Radio
    from devkit.model import ThingModel
    from devkit.phone.bluetooth import Bluetooth, PageBluetooth
    from devkit.phone.scenario import Scenario

logger = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound="Peripheral")
RESUME_SECONDS = 60.0
CLIENT_SCRIPT = Path(__file__).parent / "client" / "dist" / "runtime.js"


class Simulator:
    """Everything that a panel's window.h5PanelSdk talks to.

    timeline.record also takes what a transport's observer reports: pass it as open_transport(observer=...).
    clock is the one of Bluetooth; without it, that of the local transport or the machine.
    """

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        *,
        timeline: Timeline | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.transport = transport
        self.settings = settings
        self.clock = clock
        self.timeline = timeline or Timeline()
        self.read_console: Callable[[ConsoleLine], ConsoleLine] | None = None
        self.mini_program = MiniProgram(self.timeline, self.emit)
        self.asr = SpeechRecognition()
        self.music = MusicBox()
        self.sessions: dict[str, Session] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._scenario: Scenario | None = None

    async def start(self) -> None:
        """Get ready for pages; start the scenario and the peripherals of the settings.

        Errors: SettingsError when the scenario, a peripheral or the phone's Bluetooth cannot be used; what
        was started is closed then.
        """
        try:
            await self._start_parts()
        except BaseException:
            await self.aclose()
            raise

    async def _start_parts(self) -> None:
        if self.settings.ble != BY_NAME["ble"].default:
            self.bluetooth.check()
        if self.settings.peripherals:
            from devkit.phone.peripherals import load_peripherals

            for peripheral in await load_peripherals(self.settings, self.transport):
                self.add_peripheral(peripheral)
        if self.settings.scenario:
            from devkit.phone.scenario import Scenario

            self._scenario = Scenario(self.transport, self.timeline, self.own_device_id())
            await self._scenario.start(self.settings.scenario, self.settings.project)

    @functools.cached_property
    def bluetooth(self) -> Bluetooth:
        """Return the simulator's Bluetooth; the first use imports it."""
        from devkit.phone.bluetooth import Bluetooth

        clock = self.clock or (self.transport.bench.clock if self.transport.bench else None)
        return Bluetooth(self.timeline, self.settings.ble, clock)

    @property
    def radio(self) -> Radio:
        """Return the air of the virtual peripherals."""
        return self.bluetooth.radio

    @property
    def peripherals(self) -> list[Peripheral]:
        """Return the virtual peripherals; none before the first use of Bluetooth."""
        return self.bluetooth.peripherals if self.uses_bluetooth else []

    @property
    def uses_bluetooth(self) -> bool:
        """Tell whether a page, a peripheral or a test has used Bluetooth."""
        return "bluetooth" in vars(self)

    def add_peripheral(self, peripheral: Kind) -> Kind:
        """Put a peripheral on the air and return it.

        Errors: BleError for an address that is malformed or taken.
        """
        return self.radio.add(peripheral)

    def central_for(self, session: Session) -> BleCentral:
        """Return the phone of a session's user.

        Errors: SettingsError for a setting `ble` that cannot be used.
        """
        return self.bluetooth.phone(session.user_id)

    def page_bluetooth(self, session: Session) -> PageBluetooth:
        """Return Bluetooth for a session, which keeps and closes it.

        Errors: as of central_for.
        """
        from devkit.phone.bluetooth import PageBluetooth

        return PageBluetooth(self.bluetooth, session, session.user_id)

    def own_device_id(self) -> str:
        """Return the device of the settings; the transport's first one when no product is named."""
        name = self.settings.device_name
        if self.settings.product_id:
            return f"{self.settings.product_id}/{name}"
        bench = self.transport.bench
        known = list(bench.snapshot()["devices"]) if bench else []
        return next((item for item in known if item.endswith(f"/{name}")), known[0] if known else "")

    async def aclose(self) -> None:
        """End every session; the transport stays open, it belongs to whoever opened it."""
        if self._scenario is not None:
            await self._scenario.aclose()
        for session in list(self.sessions.values()):
            self.drop(session)
        if self.uses_bluetooth:
            await self.bluetooth.aclose()

    def take_model(self, product_id: str, model: ThingModel) -> bool:
        """Give a product of the local cloud another thing model and keep all else; False without it."""
        bench = self.transport.bench
        devices = bench.snapshot()["devices"] if bench else {}
        if bench is None or not any(device.startswith(f"{product_id}/") for device in devices):
            return False
        bench.set_model(product_id, model)
        if self.uses_bluetooth:
            self.bluetooth.take_model(product_id, model)
        return True

    async def cloud(self, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """Perform a cloud action.

        Errors: those of Transport.call.
        """
        answer = await self.transport.call(action, params)
        answer.setdefault("RequestId", new_request_id())
        return answer

    async def panel_data(self, product_id: str, device_name: str, **variant: object) -> dict[str, Any]:
        """Return PANEL_DATA for a device; variant holds fields of panel_data.Variant.

        Errors: DeviceNotFoundError, TransportError.
        """
        wanted = self._variant(variant, product_id)
        return await build_panel_data(self.cloud, product_id, device_name, wanted)

    async def boot(self, product_id: str, device_name: str, **variant: object) -> dict[str, Any]:
        """Open a session for a page and return its part of window.__DEVKIT__.

        Without a device_name it is the page that searches for a Bluetooth device of the product.
        The caller adds url (of the link WebSocket, with its token) or binding. Pushes from now on reach the
        page, even those before it connects.
        Errors: DeviceNotFoundError, TransportError.
        """
        wanted = self._variant(variant, product_id)
        # The session subscribes to the device before its data is read, so that no report falls in between.
        device_id = "" if wanted.group_id or not device_name else f"{product_id}/{device_name}"
        session = self._open_session({"deviceId": device_id}, wanted)
        try:
            data = await build_panel_data(self.cloud, product_id, device_name, wanted)
        except BaseException:
            self.drop(session)
            raise
        session.data = data
        self._expire_later(session)
        visible = data
        if wanted.ultrafast:
            visible = {"deviceId": data["deviceId"], "simplify": True, "isMock": wanted.mock}
        return {
            "session": session.id,
            "panelData": visible,
            "lang": self.settings.lang,
            "ultrafast": wanted.ultrafast,
        }

    async def refreshed(self, data: dict[str, Any], variant: Variant) -> dict[str, Any]:
        """Return PANEL_DATA of the same page as it is now.

        Errors: DeviceNotFoundError, TransportError.
        """
        product_id, _, device_name = str(data.get("deviceId") or "").partition("/")
        product_id = product_id or str((data.get("productInfo") or {}).get("ProductId", ""))
        return await build_panel_data(self.cloud, product_id, device_name, variant)

    async def serve_link(self, link: Link) -> None:
        """Talk to a page until its link closes; the session waits for it to come back for a while."""
        session: Session | None = None
        try:
            async for frame in link:
                if session is not None:
                    session.receive(frame)
                elif frame.get("t") == "hello":
                    session = await self._welcome(link, frame)
                elif frame.get("t") != "bye":
                    logger.warning("the page's first frame must be hello, not %.100r", frame)
        finally:
            if session is not None and session.detach(link):
                self.timeline.record(LinkChange("closed", session.id), session=session.id)
                self._expire_later(session)

    def emit(self, name: str, payload: object = None) -> None:
        """Emit an SDK event in every page."""
        for session in list(self.sessions.values()):
            session.emit(name, *([] if payload is None else [payload]))

    async def update_pages(self) -> None:
        """Tell every page what changed in its device, rooms, user and groups, as a dataUpdate push does.

        Errors: DeviceNotFoundError, TransportError.
        Source: docs/reference/protocol.md section 4.4.
        """
        for session in list(self.sessions.values()):
            await session.update()

    def drop(self, session: Session) -> None:
        """End a session now."""
        if handle := self._expiries.pop(session.id, None):
            handle.cancel()
        if self.sessions.pop(session.id, None) is not None:
            session.close()

    def client_script(self) -> bytes:
        """Return the page-side runtime.

        Errors: DevkitError when it was not built.
        """
        try:
            return CLIENT_SCRIPT.read_bytes()
        except FileNotFoundError as error:
            raise DevkitError(
                _(f"{CLIENT_SCRIPT} is missing."),
                _("In a checkout, build it with: cd devkit/sdk/client && npm ci && npm run build"),
            ) from error

    def _variant(self, given: dict[str, Any], product_id: str) -> Variant:
        """Return what kind of page is wanted; an LLSync peripheral makes its product a standard one."""
        fields = {**given.get("fields", {})}
        if any(
            getattr(item, "product_id", "") == product_id and not getattr(item, "wifi", True)
            for item in self.peripherals
        ):
            fields.setdefault("isStandardBleDevice", True)
        return Variant(**{"ultrafast": self.settings.ultrafast, **given, "fields": fields})

    async def _welcome(self, link: Link, hello: dict[str, Any]) -> Session | None:
        session = self.sessions.get(str(hello.get("session") or ""))
        resumed = session is not None
        if session is None:
            try:
                session = await self._session_of(hello)
            except DevkitError as error:
                await link.send({"t": "refused", "msg": str(error)})
                self.timeline.record(LinkChange("refused", reason=str(error)))
                return None
        if handle := self._expiries.pop(session.id, None):
            handle.cancel()
        since = hello.get("since")
        page = hello.get("page")
        session.page_url = str(page.get("url", "")) if isinstance(page, dict) else ""
        self.timeline.record(LinkChange("open", session.id, page), session=session.id)
        session.attach(link, since if isinstance(since, int) and resumed else 0, resumed=resumed)
        return session

    async def _session_of(self, hello: dict[str, Any]) -> Session:
        """Open a session for a page that outlived its own."""
        context = hello.get("context")
        if not isinstance(context, dict) or not any(
            context.get(name) for name in ("deviceId", "groupId", "productInfo")
        ):
            raise SdkMethodError(
                _(
                    "The page says hello without a session or a device id; "
                    "it must load window.__DEVKIT__ first."
                )
            )
        variant = Variant(
            share=bool(context.get("isShareDevice")),
            group_id=str(context.get("groupId") or ""),
            mock=bool(context.get("isMock")),
            fields={"isStandardBleDevice": bool(context.get("isStandardBleDevice"))},
        )
        return self._open_session(await self.refreshed(context, variant), variant)

    def _open_session(self, data: dict[str, Any], variant: Variant) -> Session:
        session = Session(self, secrets.token_urlsafe(12), data, variant)
        self.sessions[session.id] = session
        return session

    def _expire_later(self, session: Session) -> None:
        if session.id in self.sessions:
            loop = asyncio.get_running_loop()
            self._expiries[session.id] = loop.call_later(RESUME_SECONDS, self.drop, session)
