"""LLSync frames in words, for the timeline. Anything can be handed in; what cannot be read says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from devkit.ble.llsync import codes
from devkit.ble.llsync.codes import DataKind, Info, Ota, ReportKind
from devkit.ble.llsync.frames import PiecePlace, read_piece
from devkit.ble.llsync.ota import ALLOW, DONE
from devkit.ble.llsync.tlv import defines_of, try_decode
from devkit.errors import BleError
from devkit.language import _, marked
from devkit.model import Action, Event, ThingModel

INFO_WORDS = {
    Info.BIND: marked("bind"),
    Info.CONNECT: marked("connect"),
    Info.BIND_DONE: marked("bound"),
    Info.BIND_FAILED: marked("binding failed"),
    Info.UNBIND: marked("unbind"),
    Info.CONNECT_DONE: marked("signature is right"),
    Info.CONNECT_FAILED: marked("connecting failed"),
    Info.UNBIND_DONE: marked("unbound"),
    Info.UNBIND_FAILED: marked("unbinding failed"),
    Info.MTU_RESULT: marked("result of the MTU exchange"),
    Info.CONFIRM_ENDED: marked("confirmation ended"),
    Info.REGISTER: marked("registration"),
    Info.READY: marked("app is ready"),
    Info.IOS: marked("app runs on iOS"),
}
REPORT_WORDS = {
    ReportKind.PROPERTIES: marked("report"),
    ReportKind.CONTROL_REPLY: marked("answer to control"),
    ReportKind.GET_STATUS: marked("asks for status"),
    ReportKind.EVENT: marked("event"),
    ReportKind.ACTION_REPLY: marked("answer to action"),
    ReportKind.BIND: marked("signature for binding"),
    ReportKind.CONNECT: marked("signature for connecting"),
    ReportKind.UNBIND: marked("signature for unbinding"),
    ReportKind.DEVICE_INFO: marked("device info"),
    ReportKind.OTA_REPLY: marked("answer to OTA request"),
    ReportKind.OTA_DATA: marked("OTA packets received"),
    ReportKind.OTA_CHECK: marked("OTA check"),
    ReportKind.MTU: "MTU",
    ReportKind.CONFIRM_TIME: marked("waits for confirmation"),
    ReportKind.REGISTER: marked("registration"),
}

PLACES = {
    PiecePlace.FIRST: marked("first"),
    PiecePlace.MIDDLE: marked("middle"),
    PiecePlace.LAST: marked("last"),
}


def frame_words(model: ThingModel, characteristic_id: str, value: bytes, *, written: bool) -> str:
    """Return a frame in words; `written` ones come from the app, the others from the device.

    A slice of a longer message is named as such: its values cannot be read alone.
    """
    if not value:
        return _("empty")
    if not written:
        return _report(model, value) if characteristic_id == codes.EVENT else ""
    readers = {codes.INFO: _info, codes.DATA: _data, codes.OTA: _ota}
    reader = readers.get(characteristic_id)
    return reader(model, value) if reader else ""


def _info(model: ThingModel, value: bytes) -> str:
    del model
    try:
        kind = Info(value[0])
    except ValueError:
        return _(f"unknown note {value[0]:02X}")
    words = _(INFO_WORDS[kind])
    if kind in codes.FRAMED_INFO:
        return _pieced(words, value[1:], lambda data: words)
    if kind == Info.BIND_FAILED:
        return f"{words}: {value[1:].decode('utf-8', 'replace')}"
    return words


def _data(model: ThingModel, value: bytes) -> str:
    number, index = value[0] >> 5, value[0] & 0x1F
    result = _(f"code {value[1]}") if len(value) > 1 else _("no code")
    if number == DataKind.CONTROL:
        fields = defines_of(model.properties)
        return _pieced(_("control"), value[1:], lambda data: _(f"control {_show(try_decode(data, fields))}"))
    if number == DataKind.REPLY and index == codes.STATUS_INDEX:
        if value[1:2] != b"\0":
            return _(f"status, {result}")
        fields = defines_of(model.properties)
        return _pieced(_("status"), value[2:], lambda data: _(f"status {_show(try_decode(data, fields))}"))
    if number == DataKind.REPLY:
        return _(f"answer to report, {result}")
    if number == DataKind.EVENT_REPLY:
        return _(f"answer to event {_id(model.events, index)}, {result}")
    if number == DataKind.ACTION:
        name = _id(model.actions, index)
        fields = defines_of(model.actions[index].input) if index < len(model.actions) else []
        return _pieced(
            _(f"action {name}"), value[1:], lambda data: _(f"action {name} {_show(try_decode(data, fields))}")
        )
    return _(f"unknown data {value[0]:02X}")


def _ota(model: ThingModel, value: bytes) -> str:
    del model
    if value[0] == Ota.REQUEST:
        return _pieced(_("OTA request"), value[1:], _ota_request)
    if value[0] == Ota.DATA:
        number = f" {value[2]}" if len(value) > 2 else ""
        return _(f"OTA packet{number}, {max(0, len(value) - 3)} bytes")
    return _("OTA end") if value[0] == Ota.END else _(f"unknown OTA message {value[0]:02X}")


def _ota_request(data: bytes) -> str:
    version = data[9:].decode("utf-8", "replace")
    return _(f"OTA request, {int.from_bytes(data[:4], 'big')} bytes, version {version or _('unknown')}")


def _report(model: ThingModel, value: bytes) -> str:
    try:
        kind = ReportKind(value[0])
    except ValueError:
        return _(f"unknown report {value[0]:02X}")
    words = _(REPORT_WORDS[kind])
    if kind == ReportKind.GET_STATUS:
        return words
    return _pieced(words, value[1:], lambda data: f"{words}{_report_detail(model, kind, data)}")


def _report_detail(model: ThingModel, kind: ReportKind, data: bytes) -> str:
    if kind == ReportKind.PROPERTIES:
        return f" {_show(try_decode(data, defines_of(model.properties)))}"
    if not data:
        return ""
    if kind == ReportKind.EVENT:
        fields = defines_of(model.events[data[0]].params) if data[0] < len(model.events) else []
        return f" {_id(model.events, data[0])} {_show(try_decode(data[1:], fields))}"
    if kind == ReportKind.ACTION_REPLY and len(data) > 1:
        fields = defines_of(model.actions[data[1]].output) if data[1] < len(model.actions) else []
        shown = _show(try_decode(data[2:], fields))
        return _(f" {_id(model.actions, data[1])}, code {data[0]} {shown}")
    if kind == ReportKind.CONTROL_REPLY:
        return _(f", code {data[0]}")
    if kind == ReportKind.DEVICE_INFO and len(data) > 3:
        mtu = int.from_bytes(data[1:3], "big") & 0x1FFF
        version = data[4:].decode("utf-8", "replace")
        return _(f", LLSync {data[0]}, MTU {mtu}, firmware {version}")
    if kind == ReportKind.OTA_REPLY:
        return _(", accepted") if data[0] & ALLOW else _(", refused")
    if kind == ReportKind.OTA_DATA and len(data) > 4:
        return _(f": {data[0]}, {int.from_bytes(data[1:5], 'big')} bytes in all")
    if kind == ReportKind.OTA_CHECK:
        return _(": good") if data[0] & DONE else _(f": failed, code {data[0]}")
    return ""


def _pieced(words: str, body: bytes, whole: Callable[[bytes], str]) -> str:
    """Read the length word; name a slice, and hand the data of a whole message on."""
    try:
        piece = read_piece(body)
    except BleError as error:
        return _(f"{words}, broken: {error.message}")
    if piece.place is not PiecePlace.WHOLE:
        return _(f"{words}, {_(PLACES[piece.place])} slice, {len(piece.data)} bytes")
    text = whole(piece.data)
    return _(f"{text}, rejected") if piece.flag else text


def _show(values: Mapping[str, object] | str) -> str:
    return values if isinstance(values, str) else json.dumps(values, ensure_ascii=False)


def _id(items: Sequence[Event | Action], index: int) -> str:
    return items[index].id if index < len(items) else _(f"{index} (not in the thing model)")
