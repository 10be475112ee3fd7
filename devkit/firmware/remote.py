"""A virtual device whose cloud is at the other end of a connection.

The class that plays a device in the sandbox plays it here: what it reports is published, and what the cloud
says reaches its on_ methods.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.cloud.devices.device import OTA_STEP_MS, REBOOT_MS, VirtualDevice
from devkit.errors import FirmwareError, TransportError
from devkit.json_types import JSON
from devkit.language import _
from devkit.model.firmware import check_md5

if TYPE_CHECKING:
    from devkit.firmware.running import DeviceRun
    from devkit.model import ThingModel

PROPERTY, EVENT, OTA = "$thing/up/property", "$thing/up/event", "$ota/report"
FAILED = -5
CHUNK = 64 * 1024
DOWNLOAD_SECONDS = 30.0
ATTEMPTS = 3
_STATUS = {403: -3, 404: -2}


def remote_kind(kind: type[Any]) -> type[RemoteDevice]:
    """Return a class as it works over a connection: its own methods first, then those of RemoteDevice."""
    if issubclass(RemoteDevice, kind):
        return RemoteDevice
    return type(kind.__name__, (kind, RemoteDevice), {"__module__": kind.__module__})


class RemoteDevice(VirtualDevice):
    """A device of a DeviceRun. version is that of its firmware."""

    version = "1.0.0"

    def __init__(self, run: DeviceRun, device_id: str) -> None:
        super().__init__(run, device_id)  # type: ignore[arg-type]  # what it is used for is all below
        self._run = run
        self._values: dict[str, JSON] = run.model_of(device_id).defaults()
        self.offer: Mapping[str, JSON] = {}

    @property
    def model(self) -> ThingModel:
        """Return the thing model of the product."""
        return self._run.model_of(self.id)

    @property
    def properties(self) -> dict[str, JSON]:
        """Return the current values, {property id: value}."""
        return dict(self._values)

    @property
    def online(self) -> bool:
        """Tell whether the device is connected."""
        return self._run.is_online(self.id)

    def adopt(self, values: Mapping[str, JSON]) -> None:
        """Take over values that the cloud has, as a device does that kept them over a restart."""
        known = {prop.id for prop in self.model.properties}
        self._values.update({name: value for name, value in values.items() if name in known})

    async def report(self, values: Mapping[str, JSON]) -> None:
        """Report property values, and wait for the answer; offline they are kept, and reported afterwards.

        Errors: PropertyValueError; TransportError when the cloud does not take them.
        """
        checked = self.model.validate(values, write=False)
        self._values.update(checked)
        if not self.online:
            self._run.postpone(self.id, checked)
            return
        try:
            answer = await self._run.ask(self.id, PROPERTY, {"method": "report", "params": checked})
        except TransportError:
            if self._run.is_online(self.id):
                raise
            self._run.postpone(self.id, checked)
            return
        _look(answer, "report")

    async def post_event(self, event_id: str, params: Mapping[str, JSON] | None = None) -> None:
        """Post an event of the thing model.

        Errors: PropertyValueError; TransportError when the cloud does not take it.
        """
        checked = self.model.validate_event(event_id, params or {})
        event = {"method": "event_post", "eventId": event_id, "type": self.model.event(event_id).type}
        answer = await self._run.ask(self.id, EVENT, {**event, "timestamp": 0, "params": checked})
        _look(answer, _(f"event {event_id}"))

    async def move(self, longitude: float, latitude: float) -> None:
        """Tell where the device is now, in degrees.

        Source: docs/reference/device-side.md section 4, report_info.
        """
        place: JSON = {"lat": str(latitude), "lon": str(longitude)}
        await self._run.ask(self.id, PROPERTY, {"method": "report_info", "params": place})

    async def set_online(self, *, online: bool) -> None:
        """Connect or disconnect; a sub-device tells its gateway."""
        await self._run.set_online(self.id, online=online)

    async def download_firmware(self, version: str, url: str) -> bytes:
        """Fetch a firmware in pieces, report how far it is, go on after a cut, and check its MD5.

        Errors: FirmwareError -1 without an answer, -2 none there, -3 not allowed, -4 another MD5.
        """
        import httpx

        size = self.offer.get("file_size")
        whole = size if isinstance(size, int) else 0
        data = bytearray()
        await self.report_ota("downloading", percent=0)
        for attempt in range(ATTEMPTS):
            try:
                await self._fetch(url, data, whole)
                break
            except httpx.HTTPError as error:
                if attempt == ATTEMPTS - 1:
                    raise FirmwareError(-1, _(f"{url.partition('?')[0]} was not read: {error}")) from error
        await self.report_ota("downloading", percent=100)
        if whole and len(data) != whole:
            raise FirmwareError(-4, _(f"it has {len(data)} bytes, and {whole} are announced"))
        check_md5(bytes(data), str(self.offer.get("md5sum") or ""))
        return bytes(data)

    async def _fetch(self, url: str, data: bytearray, whole: int) -> None:
        import httpx

        # The end is one too far, as that of the C SDK.
        # Source: docs/reference/device-side.md section 4, OTA.
        wanted = {"Range": f"bytes={len(data)}-{whole}"} if whole else {}
        told = 0
        async with (
            httpx.AsyncClient(timeout=DOWNLOAD_SECONDS, trust_env=False) as client,
            client.stream("GET", url, headers=wanted) as answer,
        ):
            if answer.status_code >= 400:
                raise FirmwareError(_STATUS.get(answer.status_code, -1), f"HTTP {answer.status_code}")
            if answer.status_code == 200:
                data.clear()
            async for piece in answer.aiter_bytes(CHUNK):
                data += piece
                percent = min(len(data) * 100 // whole, 99) if whole else 0
                if percent >= told + 25:
                    told = percent
                    await self.report_ota("downloading", percent=percent)

    async def install_firmware(self, version: str, data: bytes) -> None:
        """Burn a firmware and restart with it: done is told before the restart, the new version after it."""
        await self.report_ota("burning", percent=100)
        await self.sleep(OTA_STEP_MS / 1000)
        await self.report_ota("done", percent=100)
        self.version = version
        await self.set_online(online=False)
        await self.sleep(REBOOT_MS / 1000)
        await self.set_online(online=True)

    async def report_ota(self, state: str, *, percent: int = 0, message: str = "", code: int = 0) -> None:
        """Report the progress of an upgrade: downloading, burning, updating, done or fail."""
        progress: JSON = {
            "state": state,
            "percent": str(percent),
            "result_code": str(code or (FAILED if state == "fail" else 0)),
            "result_msg": message,
        }
        report: JSON = {"progress": progress, "version": str(self.offer.get("version") or self.version)}
        self._run.say(self.id, OTA, {"type": "report_progress", "report": report})

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _look(answer: Mapping[str, JSON], what: str) -> None:
    if answer.get("code"):
        status = answer.get("status") or _("no reason")
        raise TransportError(_(f"The cloud does not take the {what}: code {answer['code']}, {status}."))
