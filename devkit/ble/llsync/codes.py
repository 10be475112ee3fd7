"""Numbers of the LLSync protocol. Source: docs/reference/ble.md sections 2.1 to 2.8."""

from __future__ import annotations

from enum import IntEnum

TAIL = "-65D0-4E20-B56A-E493541BA4E2"
SERVICE = "0000FFE0" + TAIL
INFO, DATA, EVENT, OTA = ("0000FFE1" + TAIL, "0000FFE2" + TAIL, "0000FFE3" + TAIL, "0000FFE4" + TAIL)
ADVERTISED_SERVICE = "FFE0"
COMPANY_ID = b"\xe7\xfe"
SIGNATURE_BYTES = 20
SIGNATURE_LIFE_S = 60


class AdvertisedState(IntEnum):
    """Bits 0 and 1 of the advertising flag."""

    IDLE = 0
    WAITING = 1
    BOUND = 2
    CONNECTED = 3


class ReportKind(IntEnum):
    """First byte of a notification of the device."""

    PROPERTIES = 0x00
    CONTROL_REPLY = 0x01
    GET_STATUS = 0x02
    EVENT = 0x03
    ACTION_REPLY = 0x04
    BIND = 0x05
    CONNECT = 0x06
    UNBIND = 0x07
    DEVICE_INFO = 0x08
    OTA_REPLY = 0x09
    OTA_DATA = 0x0A
    OTA_CHECK = 0x0B
    MTU = 0x0C
    CONFIRM_TIME = 0x0D
    REGISTER = 0x0E


class Info(IntEnum):
    """First byte of a write to FFE1."""

    BIND = 0x00
    CONNECT = 0x01
    BIND_DONE = 0x02
    BIND_FAILED = 0x03
    UNBIND = 0x04
    CONNECT_DONE = 0x05
    CONNECT_FAILED = 0x06
    UNBIND_DONE = 0x07
    UNBIND_FAILED = 0x08
    MTU_RESULT = 0x09
    CONFIRM_ENDED = 0x0A
    REGISTER = 0x0B
    READY = 0x0C
    IOS = 0x0D


FRAMED_INFO = frozenset({Info.BIND, Info.CONNECT, Info.BIND_DONE, Info.UNBIND, Info.REGISTER})


class DataKind(IntEnum):
    """Bits 5 to 7 of the first byte of a write to FFE2."""

    CONTROL = 0
    REPLY = 1
    EVENT_REPLY = 3
    ACTION = 4


REPORT_REPLY_INDEX, STATUS_INDEX = 0, 2


class Ota(IntEnum):
    """First byte of a write to FFE4."""

    REQUEST = 0x00
    DATA = 0x01
    END = 0x02


class OtaRefusal(IntEnum):
    """Why the device takes no firmware."""

    LOW_BATTERY = 0
    WRONG_VERSION = 1


class OtaFailure(IntEnum):
    """Why the device throws received firmware away."""

    CRC = 0
    READ = 1
    FILE = 2


class Tlv(IntEnum):
    """Bits 5 to 7 of the head of a value."""

    BOOL = 0
    INT = 1
    STRING = 2
    FLOAT = 3
    ENUM = 4
    TIMESTAMP = 5
    STRUCT = 6
    ARRAY = 7
