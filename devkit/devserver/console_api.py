"""The console's own part of the control API: a socket that tells everything, and the mini program."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from devkit.devserver.console_acts import ConsoleActs
from devkit.devserver.control import PREFIX, ControlApi, read_object, same_secret
from devkit.errors import DevkitError, ServeError
from devkit.language import _
from devkit.web.origins import is_allowed_origin

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

    from devkit.devserver.simulator import SimulatorSource
    from devkit.phone.air_map import RadioMap
    from devkit.phone.mini_program import MiniProgram
    from devkit.sdk import Simulator
    from devkit.timeline.timeline import Entry

RadioView = Callable[["Simulator"], "RadioMap | None"]
Views = Mapping[str, Callable[[], Any]]
"""{name: what a console is told under it when it changes}."""

SHOWN = ("online", "real", "played_by", "link", "properties", "firmware")
BATCH_SECONDS = 0.05
"""How long news are collected before they are sent; a console draws at most that often."""
STATE_SECONDS = 1.0
"""How often the state is looked at when the timeline is quiet: a fault may be set without an entry."""
MAX_BATCH = 3000

MINI_PROGRAM_ACTS: Mapping[str, Callable[[MiniProgram], None]] = {
    "pageShow": lambda mini_program: mini_program.show_page(),
    "pageHide": lambda mini_program: mini_program.hide_page(),
    "appShow": lambda mini_program: mini_program.show_app(),
    "appHide": lambda mini_program: mini_program.hide_app(),
}


class ConsoleFeed:
    """What one console was told already, and the news since."""

    def __init__(
        self,
        simulator: Simulator,
        since: int,
        radio: RadioView = lambda simulator: None,
        views: Views = MappingProxyType({}),
    ) -> None:
        self._simulator = simulator
        self._radio = radio
        self._views = views
        self._peripherals: dict[str, Any] = {}
        self._last = min(since, simulator.timeline.seq)
        self._sent: dict[str, Any] = {}
        self._models: dict[str, Any] = {}

    def news(self) -> dict[str, Any]:
        """Return what changed since the last call; {} when nothing did.

        entries are those of the timeline, missed counts older ones that are not kept any more; models,
        devices and fault hold what differs from what was told; real tells that the device is not simulated;
        radio holds the peripherals that changed by address, null for those that left; the views tell of the
        rest, once there is something.
        """
        seen = {name: view() for name, view in self._views.items()}
        told = {name: value for name, value in seen.items() if value or name in self._sent}
        changed = {name: value for name, value in told.items() if self._differs(name, value)}
        return {**self._entries(), **self._state(), **self._air(), **changed}

    async def wait(self) -> None:
        """Wait for the timeline, or until the state may have changed without it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STATE_SECONDS):
                entries = cast("AsyncGenerator[Entry]", self._simulator.timeline.follow(self._last))
                async with contextlib.aclosing(entries):
                    await anext(entries)

    def _entries(self) -> dict[str, Any]:
        entries = self._simulator.timeline.since(self._last)
        if not entries:
            return {}
        kept = entries[-MAX_BATCH:]
        missed = kept[0].seq - self._last - 1
        self._last = kept[-1].seq
        return {"entries": [entry.to_json() for entry in kept], "missed": missed}

    def _state(self) -> dict[str, Any]:
        bench = self._simulator.transport.bench
        if bench is None:
            return {"real": True} if self._differs("real", True) else {}
        snapshot = bench.snapshot()
        changed: dict[str, Any] = {}
        devices = {}
        for device_id, device in snapshot["devices"].items():
            seen = {name: device[name] for name in SHOWN if name in device}
            if self._differs(device_id, seen):
                devices[device_id] = seen
            if self._models.get(device_id) != device["model"]:
                self._models[device_id] = device["model"]
                changed["models"] = self._models
        if devices:
            changed["devices"] = devices
        if self._differs("fault", snapshot["fault"]):
            changed["fault"] = snapshot["fault"]
        return changed

    def _air(self) -> dict[str, Any]:
        radio = self._radio(self._simulator)
        if radio is None:
            return {}
        seen: dict[str, Any] = radio.describe()
        gone = {address: None for address in self._peripherals if address not in seen}
        changed = {address: item for address, item in seen.items() if self._peripherals.get(address) != item}
        self._peripherals = seen
        return {"radio": {**gone, **changed}} if gone or changed else {}

    def _differs(self, name: str, value: Any) -> bool:
        if name in self._sent and self._sent[name] == value:
            return False
        self._sent[name] = value
        return True


class ConsoleApi:
    """Routes under /__devkit/api that the console needs beside the control API's."""

    def __init__(
        self,
        token: str,
        simulation: SimulatorSource,
        control: ControlApi,
        views: Views = MappingProxyType({}),
    ) -> None:
        self._token = token
        self._views = views
        self._simulation = simulation
        self._control = control
        self._acts = ConsoleActs(control, self._simulator)

    def routes(self) -> list[Route | WebSocketRoute]:
        """Return the routes."""
        return [
            WebSocketRoute(f"{PREFIX}/live", self._live),
            Route(f"{PREFIX}/mini-program", self._control.guarded(self._mini_program), methods=["POST"]),
            *self._acts.routes(),
        ]

    async def _live(self, socket: WebSocket) -> None:
        origin = socket.headers.get("origin", "")
        token = socket.query_params.get("token", "")
        if not is_allowed_origin(origin, socket.headers["host"]) or not same_secret(token, self._token):
            await socket.close(1008, _("An allowed Origin and the control token are needed."))
            return
        await socket.accept()
        since = socket.query_params.get("since", "0")
        feeding = asyncio.create_task(self._feed(socket, int(since) if since.isdecimal() else 0))
        closing = asyncio.create_task(_until_closed(socket))
        try:
            await asyncio.wait({feeding, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feeding, closing):
                task.cancel()
            await asyncio.gather(feeding, closing, return_exceptions=True)

    async def _feed(self, socket: WebSocket, since: int) -> None:
        simulator: Simulator | None = None
        feed: ConsoleFeed | None = None
        while True:
            try:
                current = await self._simulator()
            except DevkitError as error:
                await _send(socket, {"problem": str(error)})
                await asyncio.sleep(STATE_SECONDS)
                continue
            if feed is None or current is not simulator:
                if feed is not None or since > current.timeline.seq:
                    await _send(socket, {"reset": True})
                    since = 0
                simulator = current
                feed = ConsoleFeed(current, since, self._acts.radio_map, self._views)
            news = feed.news()
            if news:
                await _send(socket, news)
                await asyncio.sleep(BATCH_SECONDS)
            else:
                await feed.wait()

    async def _simulator(self) -> Simulator:
        """Return the running simulator: looking at it must not open another, only a page load does."""
        return self._simulation.current or await self._simulation.get()

    async def _mini_program(self, request: Request) -> Response:
        from starlette.responses import JSONResponse

        event = (await read_object(request)).get("event")
        act = MINI_PROGRAM_ACTS.get(event) if isinstance(event, str) else None
        if act is None:
            raise ServeError(_(f"event must be one of {', '.join(MINI_PROGRAM_ACTS)}, not {event!r}."))
        act((await self._simulator()).mini_program)
        return JSONResponse({})


async def _until_closed(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass


async def _send(socket: WebSocket, message: Mapping[str, Any]) -> None:
    await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=str))
