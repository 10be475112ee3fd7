"""Downloads of firmware over HTTP, with byte ranges and the error documents of the platform's storage."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.devices.images import PATH, Image
from devkit.errors import FirmwareError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from devkit.cloud.emulator import Emulator

RANGE = re.compile(r"bytes=(\d{1,12})?-(\d{1,12})?")
STALL_SECONDS = 120
"""How long a download that is to time out is held, at most."""
_XML = '<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>{code}</Code><Message>{text}</Message></Error>\n'
_ANSWERS = {-2: (404, "NoSuchKey"), -3: (403, "AccessDenied")}


def download_routes(emulator: Emulator) -> list[BaseRoute]:
    """Return the route of the emulator's firmware files."""

    async def download(request: Request) -> Response:
        query = request.query_params
        path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        try:
            image = emulator.firmware.open(path, query.get("sign", ""), query.get("t", ""))
        except FirmwareError as error:
            return await _failure(request, error)
        faults = emulator.faults
        cut, faults.cut_downloads = faults.cut_downloads > 0, max(faults.cut_downloads - 1, 0)
        kind = _CutResponse if cut else Response
        return ranged(image, request.headers.get("range", ""), request.headers.get("if-range", ""), kind)

    return [Route(PATH + "/{place:path}", download, methods=["GET"])]


async def _failure(request: Request, error: FirmwareError) -> Response:
    if error.code == -1:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STALL_SECONDS):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return Response(status_code=504)
    status, code = _ANSWERS[error.code]
    text = "Request has expired" if error.code == -3 else "The specified key does not exist."
    return Response(_XML.format(code=code, text=text), status, media_type="application/xml")


class _CutResponse(Response):
    """A download whose connection breaks after the first half."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        # Ending here without the rest has the server close the connection.


def ranged(image: Image, wanted: str, condition: str = "", kind: type[Response] = Response) -> Response:
    """Return the whole image, or the range that was asked for of this very image.

    Source: RFC 9110, 14.2 and 13.1.5; several ranges at once are answered with the whole.
    """
    headers = {"accept-ranges": "bytes", "etag": f'"{image.etag}"', "cache-control": "no-store"}
    size = len(image.data)
    match = RANGE.fullmatch(wanted) if not condition or condition == headers["etag"] else None
    if match is None or (match[1] is None and match[2] is None):
        return kind(image.data, 200, headers, media_type="application/octet-stream")
    if match[1] is None:
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(size - 1, int(match[2]) if match[2] else size - 1)
    if first >= size or last < first:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return kind(image.data[first : last + 1], 206, headers, media_type="application/octet-stream")
