"""What the console does besides the control API: the air by hand, firmware files and upgrades."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from devkit.devserver.control import PREFIX, read_object
from devkit.errors import BleError, ServeError
from devkit.language import _
from devkit.model.firmware import MOST_BYTES
from devkit.timeline.kinds import HandAct
from devkit.transport.acts import ACTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.devserver.control import ControlApi
    from devkit.phone.air_map import RadioMap
    from devkit.sdk import Simulator

DEVICE = "{product_id}/{device_name}"


class ConsoleActs:
    """The routes, each behind the control token."""

    def __init__(self, control: ControlApi, simulator: Callable[[], Awaitable[Simulator]]) -> None:
        self._control = control
        self._simulator = simulator
        self._maps: tuple[Simulator, RadioMap] | None = None

    def routes(self) -> list[Route]:
        """Return the routes."""
        guarded = self._control.guarded
        return [
            Route(f"{PREFIX}/radio", guarded(self._describe), methods=["GET"]),
            Route(f"{PREFIX}/radio/{{address}}/{{act}}", guarded(self._radio), methods=["POST"]),
            Route(f"{PREFIX}/firmware/{DEVICE}", guarded(self._firmware), methods=["POST"]),
            Route(f"{PREFIX}/upgrade/{DEVICE}", guarded(self._upgrade), methods=["POST"]),
        ]

    def radio_map(self, simulator: Simulator) -> RadioMap | None:
        """Return the map of a simulator's air; None as long as nobody uses Bluetooth."""
        if not getattr(simulator, "uses_bluetooth", False):
            return None
        if self._maps is None or self._maps[0] is not simulator:
            from devkit.phone.air_map import RadioMap

            self._maps = (simulator, RadioMap(simulator.radio))
        return self._maps[1]

    async def _describe(self, request: Request) -> Response:
        """Tell what is on the air, {address: peripheral}."""
        radio = self.radio_map(await self._simulator())
        return JSONResponse(radio.describe() if radio else {})

    async def _radio(self, request: Request) -> Response:
        """Act on a peripheral: devkit.phone.air_map.ACTS."""
        simulator = await self._simulator()
        radio = self.radio_map(simulator)
        if radio is None:
            raise BleError(_("There are no peripherals."), _("Add one with --peripheral file.py:Class."))
        address, act = request.path_params["address"], request.path_params["act"]
        fields = await read_object(request)
        answer = await radio.act(address, act, fields)
        simulator.timeline.record(HandAct(address, act, {**fields, **answer}))
        return JSONResponse(answer)

    async def _firmware(self, request: Request) -> Response:
        """Publish the file that is the body; version, description and md5 are in the query."""
        simulator = await self._simulator()
        bench = simulator.transport.bench
        if bench is None:
            raise ServeError(_("Firmware of a real product is published in the platform's console."))
        query = request.query_params
        await ACTS["firmware"].perform(
            bench,
            _device(request),
            {
                "version": query.get("version", ""),
                "description": query.get("description", ""),
                "md5": query.get("md5", ""),
                "data": await _file(request),
            },
        )
        return JSONResponse({})

    async def _upgrade(self, request: Request) -> Response:
        """Confirm the upgrade, as the user does."""
        simulator = await self._simulator()
        await simulator.cloud("AppPublishFirmwareUpdateMessage", {"DeviceId": _device(request)})
        return JSONResponse({})


def _device(request: Request) -> str:
    places: dict[str, Any] = request.path_params
    return f"{places['product_id']}/{places['device_name']}"


async def _file(request: Request) -> bytes:
    """Return the body of a request.

    Errors: ServeError when it is larger than a firmware can be; the rest is read and forgotten.
    """
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MOST_BYTES:
            body += chunk
    if size > MOST_BYTES:
        raise ServeError(_(f"The firmware has {size} bytes; at most {MOST_BYTES} (16 MiB) are possible."))
    return bytes(body)
