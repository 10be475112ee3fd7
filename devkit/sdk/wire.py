"""What crosses a link: JSON with markers for bytes, and errors as the real SDK rejects them."""

from __future__ import annotations

import base64
import json
import logging
import secrets
from typing import Any

from devkit.errors import (
    BleError,
    CloudApiError,
    DeviceNotFoundError,
    DevkitError,
    FirmwareError,
    PropertyValueError,
    SdkMethodError,
    TransportError,
)
from devkit.language import _

logger = logging.getLogger(__name__)

BYTES_MARK = "$bytes"
DEEPEST = 200
PROTOCOL_VERSION = 1


class RejectWith(Exception):  # noqa: N818 - a value for the page, not an error of ours
    """Reject the page's promise with exactly this value; the real SDK rejects with texts and objects."""

    def __init__(self, value: object) -> None:
        super().__init__(str(value))
        self.value = value


def pack(value: object) -> object:
    """Return value with every bytes object as {"$bytes": base64}."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {BYTES_MARK: base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [pack(item) for item in value]
    return value


def unpack(value: object, depth: int = 0) -> object:
    """Return value with every {"$bytes": base64} as bytes.

    Errors: SdkMethodError when the text is not base64, or the value is nested too deeply.
    """
    if depth > DEEPEST:
        raise SdkMethodError(_(f"A value from the page is nested more than {DEEPEST} levels deep."))
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(BYTES_MARK), str):
            try:
                return base64.b64decode(value[BYTES_MARK], validate=True)
            except ValueError as error:  # binascii.Error, and what it says of text that is not ASCII
                raise SdkMethodError(_(f"Bytes from the page are not base64: {error}.")) from error
        return {key: unpack(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [unpack(item, depth + 1) for item in value]
    return value


def to_text(frame: object) -> str:
    """Return a frame as compact JSON."""
    return _ENCODER.encode(frame)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | bytes) -> dict[str, Any] | None:
    """Return the frame in text, None when it is none."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def new_request_id() -> str:
    """Return a RequestId such as the real SDK makes: nine letters, digits and signs."""
    return secrets.token_urlsafe(7)[:9]


def error_to_wire(error: BaseException, request_id: str = "") -> object:
    """Return what the page's promise rejects with.

    Source: docs/reference/protocol.md section 2, the table of rejections; codes starting with "devkit." are
    this tool's own.
    """
    if isinstance(error, RejectWith):
        return error.value
    if isinstance(error, CloudApiError):
        reqid = error.request_id or request_id
        return {
            **({"detail": error.detail} if error.detail else {}),
            "code": error.code,
            "msg": error.message,
            **({"reqId": reqid} if reqid else {}),
        }
    if isinstance(error, TransportError):
        logger.info("cloud not reached: %s", error)
        return {"code": error.status, "msg": error.reason}
    if isinstance(error, SdkMethodError | FirmwareError):
        return {"code": error.code, "msg": error.message}
    if isinstance(error, BleError):
        return {"code": error.err_code, "errCode": error.err_code, "msg": error.message}
    for kind, code in _CODES:
        if isinstance(error, kind):
            return {"code": code, "msg": str(error)}
    logger.error("unexpected error in an SDK call", exc_info=error)
    return {"code": "INTERNAL_ERROR", "msg": f"{type(error).__name__}: {error}"}


_CODES: tuple[tuple[type[DevkitError], str], ...] = (
    (DeviceNotFoundError, "InvalidParameterValue.DeviceNotFound"),
    (PropertyValueError, "InvalidParameterValue"),
    (DevkitError, "devkit.Failed"),
)
