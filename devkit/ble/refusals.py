"""WeChat's Bluetooth error codes and texts, and how an operation is refused with one.

A refusal reaches the page as {"errCode": 10006, "errMsg": "writeBLECharacteristicValue:fail no connection"}.
Source: docs/reference/ble.md section 0 rule 6; the texts are those of WeChat's table of Bluetooth error
codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from devkit.errors import BleError, GattError
from devkit.language import _


class Code(IntEnum):
    """What went wrong."""

    NOT_INIT = 10000
    NOT_AVAILABLE = 10001
    NO_DEVICE = 10002
    CONNECTION_FAIL = 10003
    NO_SERVICE = 10004
    NO_CHARACTERISTIC = 10005
    NO_CONNECTION = 10006
    NOT_SUPPORTED = 10007
    SYSTEM_ERROR = 10008
    SYSTEM_NOT_SUPPORTED = 10009
    ALREADY_CONNECTED = 10010
    NEED_PIN = 10011
    TIMED_OUT = 10012
    INVALID_DATA = 10013


MESSAGES: Mapping[Code, str] = {
    Code.NOT_INIT: "not init",
    Code.NOT_AVAILABLE: "not available",
    Code.NO_DEVICE: "no device",
    Code.CONNECTION_FAIL: "connection fail",
    Code.NO_SERVICE: "no service",
    Code.NO_CHARACTERISTIC: "no characteristic",
    Code.NO_CONNECTION: "no connection",
    Code.NOT_SUPPORTED: "property not support",
    Code.SYSTEM_ERROR: "system error",
    Code.SYSTEM_NOT_SUPPORTED: "system not support",
    Code.ALREADY_CONNECTED: "already connect",
    Code.NEED_PIN: "need pin",
    Code.TIMED_OUT: "operate time out",
    Code.INVALID_DATA: "invalid data",
}


def refusal(code: Code, detail: str, hint: str = "") -> BleError:
    """Return the error of a refused operation; detail is a sentence for people."""
    return BleError(detail, hint, err_code=int(code))


def failure_text(failure: str, error: Exception) -> str:
    """Return a sentence for people: what failed, and what the system says of it."""
    return f"{failure}{_(': ')}{_(str(error)) or type(error).__name__}{_('.')}"


def wx_failure(api: str, error: BleError) -> dict[str, Any]:
    """Return what a `fail` callback gets.

    errCode and errMsg are WeChat's; `detail` is devkit's own sentence, which panels may ignore.
    """
    try:
        text = MESSAGES[Code(error.err_code)]
    except ValueError:
        text = "system error"
    if isinstance(error, GattError):
        text = f"{text}, status:{error.att_code}"
    return {"errCode": error.err_code, "errMsg": f"{api}:fail {text}", "detail": str(error)}
