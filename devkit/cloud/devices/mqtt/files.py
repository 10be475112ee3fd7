"""Files of devices: what they upload, and what they are offered, at addresses that nobody guesses.

Source: https://github.com/TencentCloud/tencentcloud-iot-sdk-embedded-c resource_mqtt_sample, for `$resource`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.devices.images import Image
from devkit.cloud.http.downloads import ranged
from devkit.errors import SettingsError
from devkit.language import _
from devkit.model.firmware import md5_of

PATH = "/device-files"
MOST_BYTES = 16 * 1024 * 1024
MOST_KEPT = 64
LONGEST_NAME = 128
Key = TypeVar("Key")
Value = TypeVar("Value")


class Expected(NamedTuple):
    """A file that a device may upload; size is -1 and md5 "" where it did not tell."""

    device_id: str
    name: str
    size: int
    md5: str


class DeviceFiles:
    """The files of all devices, in memory; uploaded holds {(device id, name): bytes}, the newest of them."""

    def __init__(self) -> None:
        self.uploaded: dict[tuple[str, str], bytes] = {}
        self._expected: dict[str, Expected] = {}
        self._offered: dict[str, bytes] = {}

    def expect(self, device_id: str, name: str, size: int = -1, md5: str = "") -> str:
        """Return the path at which a device may put a file.

        Errors: SettingsError for a name or a size that is not possible.
        """
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise SettingsError(_(f"A file's name has 1 to {LONGEST_NAME} characters, not {name!r:.60}."))
        if not -1 <= size <= MOST_BYTES:
            raise SettingsError(_(f"A file has 0 to {MOST_BYTES} bytes (16 MiB), not {size}."))
        token = _keep(self._expected, secrets.token_urlsafe(16), Expected(device_id, name, size, md5.lower()))
        return f"{PATH}/{token}"

    def offer(self, name: str, data: bytes) -> tuple[str, str]:
        """Return the path and the MD5 of a file that a device is to fetch.

        Errors: SettingsError.
        """
        if len(data) > MOST_BYTES or not 0 < len(name) <= LONGEST_NAME:
            raise SettingsError(_(f"The file {name!r:.60} has {len(data)} bytes; {MOST_BYTES} are possible."))
        return f"{PATH}/{_keep(self._offered, secrets.token_urlsafe(16), data)}", md5_of(data)

    def routes(self) -> list[BaseRoute]:
        """Return the routes of uploads and downloads."""

        async def put(request: Request) -> Response:
            expected = self._expected.get(request.path_params["token"])
            if expected is None:
                return _problem(403, _("The address is not one that was handed out."))
            data = bytearray()
            async for chunk in request.stream():
                data += chunk
                if len(data) > MOST_BYTES:
                    return _problem(400, _(f"A file may have {MOST_BYTES} bytes."))
            problem = _why_not(expected, bytes(data), request.headers.get("content-md5", ""))
            if problem:
                return _problem(400, problem)
            _keep(self.uploaded, (expected.device_id, expected.name), bytes(data))
            return Response(headers={"etag": f'"{md5_of(bytes(data))}"'})

        async def get(request: Request) -> Response:
            data = self._offered.get(request.path_params["token"])
            if data is None:
                return _problem(404, _("There is no such file."))
            return ranged(Image(data, md5_of(data)), request.headers.get("range", ""))

        return [Route(f"{PATH}/{{token}}", put, methods=["PUT"]), Route(f"{PATH}/{{token}}", get)]


def _keep(kept: dict[Key, Value], key: Key, value: Value) -> Key:
    """Keep something, and forget the oldest beyond MOST_KEPT."""
    kept.pop(key, None)
    while len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]
    kept[key] = value
    return key


def _why_not(expected: Expected, data: bytes, content_md5: str) -> str:
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    if expected.size not in (-1, len(data)):
        return _(f"The file must have {expected.size} bytes, not {len(data)}.")
    if expected.md5 and expected.md5 != digest.hex():
        return _(f"The file's MD5 is {digest.hex()}, not {expected.md5}, which was announced.")
    if content_md5 and content_md5 != base64.b64encode(digest).decode():
        return _("Content-MD5 is not that of the body; it is the base64 of 16 bytes.")
    return ""


def _problem(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, media_type="text/plain")
