"""Logs that devices upload over HTTP; each line is an entry of the timeline.

Source: docs/reference/device-side.md section 4, Log; the body is that of
https://github.com/tencentyun/iot-device-java TXMqttLogImpl.java and of Espressif's esp_qcloud_log_iothub.c.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.api.signing import same
from devkit.cloud.store.schema import DEVICES
from devkit.language import _
from devkit.timeline.kinds import MqttLink

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

PATH = "/cgi-bin/report-log"
MOST_BYTES = 64 * 1024
MOST_LINES = 200
SIGNATURE, CONTROL, PRODUCT, NAME, STAMP = 40, 4, 10, 48, 10
HEAD = SIGNATURE + CONTROL + PRODUCT + NAME + STAMP


def log_routes(emulator: Emulator) -> list[BaseRoute]:
    """Return the route that takes logs."""

    async def take(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                break
        device_id, problem = _read(emulator, bytes(body))
        if problem:
            emulator.observe(MqttLink(device_id, "refused", _(f"Its log is not taken: {problem}")))
            return JSONResponse({"Retcode": -1, "Msg": problem})
        for line in _lines(bytes(body[HEAD:])):
            emulator.observe(MqttLink(device_id, "log", line))
        return JSONResponse({"Retcode": 0, "Msg": "success"})

    return [Route(PATH, take, methods=["POST"])]


def sign_log(secret: str, signed: bytes) -> str:
    """Return the signature of a log, in hex; the device's secret is used as text, not decoded."""
    return hmac.new(secret.encode(), signed, hashlib.sha1).hexdigest()


def log_head(product_id: str, device_name: str, stamp_s: int) -> str:
    """Return what stands before the lines: how the device proves itself, its names filled up, the time."""
    return f"P###{product_id:#<{PRODUCT}}{device_name:#<{NAME}}{stamp_s:0{STAMP}}"


def _read(emulator: Emulator, body: bytes) -> tuple[str, str]:
    """Return whose log it is, and what is wrong with it."""
    if not HEAD <= len(body) <= MOST_BYTES:
        return "", _(f"it has {len(body)} bytes; {HEAD} to {MOST_BYTES} are taken.")
    start = SIGNATURE + CONTROL
    names = body[start : start + PRODUCT + NAME].decode("ascii", "replace")
    device_id = f"{names[:PRODUCT].rstrip('#')}/{names[PRODUCT:].rstrip('#')}"
    with emulator.work() as work:
        row = work.tx.get(DEVICES, device_id)
    if row is None:
        return "", _(f"there is no device {device_id!r:.80}.")
    right = sign_log(row["psk"], body[SIGNATURE:])
    if not same(body[:SIGNATURE].decode("ascii", "replace").lower(), right):
        return device_id, _(
            "the signature does not match: it is made with DeviceSecret as text, not decoded."
        )
    return device_id, ""


def _lines(data: bytes) -> list[str]:
    lines = [line.strip("\r\f #") for line in data.decode("utf-8", "replace").split("\n")]
    return [line for line in lines if line][:MOST_LINES]
