"""Dynamic registration: a device that knows its product's secret asks for its own.

Source: docs/reference/device-side.md section 2, with vectors of both forms in the tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.api.handlers.homes.configs import EVERYONE
from devkit.cloud.api.signing import same, seal_key, sign_registration
from devkit.cloud.api.wire import new_token, to_json
from devkit.cloud.devices.device_keys import LOGGED_IN
from devkit.cloud.seed import add_device
from devkit.cloud.store.schema import CONFIGS, DEVICES, PRODUCTS
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import MqttLink

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator
    from devkit.cloud.store.work import Work

OLD_PATH, NEW_PATH = "/register/dev", "/device/register"
MAX_BODY = 16 * 1024
WINDOW_S = 300
"""How old a request of the new form may be; that of the platform is unverified."""
LONGEST_NAME = 48
CODES = {"body": 1000, "product": 1001, "name": 1002, "signature": 1003, "connected": 1004, "time": 1005}
"""The codes of the old form; the platform's own are unknown, the SDK looks for other than 0 alone."""


class RegistrationRefusedError(Exception):
    """A registration that may not be; cause is a key of CODES."""

    def __init__(self, cause: str, reason: str, device_id: str = "") -> None:
        super().__init__(reason)
        self.cause = cause
        self.reason = reason
        self.device_id = device_id


Register = Callable[["Work", Request, bytes, Mapping[str, JSON]], Mapping[str, JSON]]
Refusal = Callable[[RegistrationRefusedError], Mapping[str, JSON]]


def registration_routes(emulator: Emulator) -> list[BaseRoute]:
    """Return the routes of both forms."""

    async def old(request: Request) -> Response:
        return await _answer(emulator, request, _register_old, _old_refusal)

    async def new(request: Request) -> Response:
        return await _answer(emulator, request, _register_new, _new_refusal)

    return [Route(OLD_PATH, old, methods=["POST"]), Route(NEW_PATH, new, methods=["POST"])]


async def _answer(emulator: Emulator, request: Request, register: Register, refusal: Refusal) -> Response:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    try:
        fields = _object(bytes(body))
        answer = emulator.perform(lambda work: register(work, request, bytes(body), fields))
    except RegistrationRefusedError as error:
        emulator.observe(MqttLink(error.device_id, "refused", _(f"It may not register: {error.reason}")))
        answer = refusal(error)
    # One write with Content-Length: the C SDK splits head and body in the first packet.
    return Response(to_json(answer).encode(), media_type="application/json")


def _object(body: bytes) -> Mapping[str, JSON]:
    try:
        fields = json.loads(body) if len(body) <= MAX_BODY else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise RegistrationRefusedError(
            "body", _(f"the body must be a JSON object of at most {MAX_BODY} bytes.")
        )
    return fields


def _text(fields: Mapping[str, JSON], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RegistrationRefusedError("body", _(f"{name} must be a text, not {value!r:.60}."))
    return value


def _register_old(
    work: Work, request: Request, body: bytes, fields: Mapping[str, JSON]
) -> Mapping[str, JSON]:
    """Register by the form of the C SDK, and of Java's for this platform."""
    product_id, name = _text(fields, "productId"), _text(fields, "deviceName")
    secret = _secret(work, product_id, name)
    nonce, stamp = fields.get("nonce"), fields.get("timestamp")
    numbers = [value for value in (nonce, stamp) if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) != 2:
        raise RegistrationRefusedError(
            "body", _("nonce and timestamp must be numbers."), f"{product_id}/{name}"
        )
    right = sign_registration(
        product_id=product_id, device_name=name, nonce=str(numbers[0]), stamp_s=numbers[1], secret=secret
    )
    _check_signature(str(fields.get("signature")), right, f"{product_id}/{name}")
    length, payload = _register(work, product_id, name, secret)
    return {"code": 0, "message": "success", "len": length, "payload": payload, "requestId": new_token()}


def _register_new(
    work: Work, request: Request, body: bytes, fields: Mapping[str, JSON]
) -> Mapping[str, JSON]:
    """Register by the form of the Python SDK: headers sign the body as it was sent."""
    product_id, name = _text(fields, "ProductId"), _text(fields, "DeviceName")
    device_id = f"{product_id}/{name}"
    secret = _secret(work, product_id, name)
    headers = request.headers
    method = headers.get("x-tc-algorithm", "")
    if method != "hmacsha256":
        raise RegistrationRefusedError(
            "signature", _(f"X-TC-Algorithm is hmacsha256, not {method!r:.40}."), device_id
        )
    stamp = headers.get("x-tc-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(int(stamp[:18]) - work.now_s) > WINDOW_S:
        raise RegistrationRefusedError(
            "time",
            _(f"X-TC-Timestamp {stamp!r:.40} is not within {WINDOW_S} s of now, {work.now_s}."),
            device_id,
        )
    right = sign_new_form(
        secret, headers.get("host", ""), NEW_PATH, stamp, headers.get("x-tc-nonce", ""), body
    )
    _check_signature(headers.get("x-tc-signature", ""), right, device_id)
    length, payload = _register(work, product_id, name, secret)
    return {"Response": {"Len": length, "Payload": payload, "RequestId": new_token()}}


def sign_new_form(secret: str, host: str, path: str, stamp: str, nonce: str, body: bytes) -> str:
    """Return X-TC-Signature: base64 of the HMAC-SHA256 over eight lines."""
    lines = ["POST", host, path, "", "hmacsha256", stamp, nonce, hashlib.sha256(body).hexdigest()]
    digest = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _secret(work: Work, product_id: str, name: str) -> str:
    product = work.tx.get(PRODUCTS, product_id)
    if product is None:
        known = ", ".join(row["product_id"] for row in work.tx.find(PRODUCTS, {}, limit=4))
        raise RegistrationRefusedError("product", _(f"there is no product {product_id!r:.40}, but {known}."))
    if len(name) > LONGEST_NAME or not name.isprintable() or "/" in name:
        raise RegistrationRefusedError(
            "name", _(f"{name!r:.60} is no DeviceName of 1 to {LONGEST_NAME} characters.")
        )
    return str(product["secret"])


def _check_signature(given: str, right: str, device_id: str) -> None:
    if not same(given, right):
        raise RegistrationRefusedError(
            "signature",
            _("the signature does not match: is it made with the product's secret, as text and not decoded?"),
            device_id,
        )


def _register(work: Work, product_id: str, name: str, secret: str) -> tuple[int, str]:
    """Return the length of the answer's text and the text sealed; the device is made when it is not known."""
    device_id = f"{product_id}/{name}"
    if work.tx.get(CONFIGS, EVERYONE, device_id, LOGGED_IN) is not None:
        raise RegistrationRefusedError(
            "connected", _("it has been connected already, and its secret is given once only."), device_id
        )
    if work.tx.get(DEVICES, device_id) is None:
        add_device(work, product_id, name)
    row = work.tx.get(DEVICES, device_id)
    emulator = work.emulator
    work.after(
        lambda: emulator.observe(MqttLink(device_id, "registered", _("It got its secret by registration.")))
    )
    return seal_key(row["psk"] if row else "", secret)


def _old_refusal(error: RegistrationRefusedError) -> Mapping[str, JSON]:
    return {"code": CODES[error.cause], "message": error.reason, "requestId": new_token()}


def _new_refusal(error: RegistrationRefusedError) -> Mapping[str, JSON]:
    code = f"InvalidParameterValue.{error.cause.capitalize()}"
    return {"Response": {"Error": {"Code": code, "Message": error.reason}, "RequestId": new_token()}}
