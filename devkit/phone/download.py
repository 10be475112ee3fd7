"""Fetching firmware: from the emulator at hand, or over HTTP in pieces that go on after a cut."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING

from devkit.errors import FirmwareError
from devkit.language import _
from devkit.model.firmware import MOST_BYTES

if TYPE_CHECKING:
    import httpx

    from devkit.transport.base import Transport

SILENCE_SECONDS = 15
"""How long a server may send nothing; a download as a whole may take as long as it needs."""
ATTEMPTS = 5
DATA_HEAD = "data:"

Progress = Callable[[int, int], None]
_CODES = {403: -3, 404: -2, 408: -1, 410: -2, 504: -1}


async def fetch_firmware(transport: Transport, url: str, progress: Progress | None = None) -> bytes:
    """Return what a firmware address leads to.

    progress(received, total) is called as bytes arrive; total is 0 when the server does not tell.
    Errors: FirmwareError -1 (silence), -2 (not there), -3 (refused) or -5 (anything else).
    """
    report = progress or _no_progress
    bench = transport.bench
    data = bench.read_firmware(url) if bench else None
    if data is None:
        data = _inline(url) if url.startswith(DATA_HEAD) else await _Download(url, report).run()
    report(len(data), len(data))
    return data


def _inline(url: str) -> bytes:
    """Return the content of a data: address."""
    head, _rest, content = url.partition(",")
    try:
        if head.endswith(";base64"):
            return base64.b64decode(content, validate=True)
    except binascii.Error:
        pass
    raise FirmwareError(-2, _(f"{url[:60]} holds no base64 data"))


class _Download:
    """One file over HTTP; after a cut it asks for the rest of the same file."""

    def __init__(self, url: str, progress: Progress) -> None:
        self._url = url
        self._progress = progress
        self._data = bytearray()
        self._etag = ""
        self._total = 0

    async def run(self) -> bytes:
        import httpx

        async with httpx.AsyncClient(timeout=SILENCE_SECONDS, follow_redirects=True) as client:
            for attempt in range(1, ATTEMPTS + 1):
                before = len(self._data)
                try:
                    await self._read(client)
                except httpx.TimeoutException as error:
                    raise FirmwareError(-1, _(f"{self._url} is silent for {SILENCE_SECONDS} s")) from error
                except (httpx.TransportError, httpx.InvalidURL) as error:
                    if attempt == ATTEMPTS or len(self._data) == before:
                        raise FirmwareError(-5, _(f"{self._url} cannot be fetched: {error}")) from error
                else:
                    break
        return bytes(self._data)

    async def _read(self, client: httpx.AsyncClient) -> None:
        headers = {"accept-encoding": "identity"}
        if self._data and self._etag:
            headers |= {"range": f"bytes={len(self._data)}-", "if-range": self._etag}
        async with client.stream("GET", self._url, headers=headers) as answer:
            status = answer.status_code
            if status not in (200, 206):
                raise FirmwareError(_CODES.get(status, -5), f"{self._url} answers {status}")
            if status == 200:
                self._data.clear()
            self._etag = answer.headers.get("etag", "")
            self._total = len(self._data) + int(answer.headers.get("content-length") or 0)
            async for piece in answer.aiter_raw():
                self._data += piece
                if len(self._data) > MOST_BYTES:
                    raise FirmwareError(-5, _(f"{self._url} has more than {MOST_BYTES} bytes (16 MiB)"))
                self._progress(len(self._data), self._total)


def _no_progress(received: int, total: int) -> None:
    """Tell nobody."""
