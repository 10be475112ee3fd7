"""Values of a thing model as LLSync carries them: type and index in one byte, then the value.

Numbers are big endian but floats, which are little endian. The index is the place in the thing model's list.
Source: docs/reference/ble.md section 2.3.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from devkit.ble.llsync.codes import Tlv
from devkit.ble.llsync.frames import malformed
from devkit.errors import BleError
from devkit.language import _
from devkit.model import Field
from devkit.model.defines import ArrayDefine, Define, StructDefine

TYPES = {
    "bool": Tlv.BOOL,
    "int": Tlv.INT,
    "string": Tlv.STRING,
    "float": Tlv.FLOAT,
    "enum": Tlv.ENUM,
    "timestamp": Tlv.TIMESTAMP,
    "struct": Tlv.STRUCT,
    "array": Tlv.ARRAY,
}
SIZES = {Tlv.BOOL: 1, Tlv.INT: 4, Tlv.FLOAT: 4, Tlv.ENUM: 2, Tlv.TIMESTAMP: 4}
INDEX_BITS, INDEX_MASK = 5, 0x1F
Defines = Sequence[tuple[str, Define]]


def defines_of(fields: Sequence[Field]) -> Defines:
    """Return ids and types of properties, parameters, inputs or outputs, in the thing model's order."""
    return [(item.id, item.define) for item in fields]


def encode(values: Mapping[str, Any], defines: Defines) -> bytes:
    """Return the TLVs of values, in the order of the thing model.

    Errors: BleError for an id that is not in the thing model, or a value that the protocol cannot carry.
    """
    unknown = set(values) - {name for name, _ in defines}
    if unknown:
        names = ", ".join(name for name, _define in defines) or _("nothing")
        raise malformed(_(f"{sorted(unknown)[0]} is not in the thing model, which has {names}."))
    parts = []
    for index, (name, define) in enumerate(defines):
        if name in values:
            try:
                parts.append(_head(name, index, define) + _encode(define, values[name]))
            except (struct.error, OverflowError, TypeError, ValueError) as error:
                raise malformed(_(f"{name} cannot be {values[name]!r}: {error}.")) from None
    return b"".join(parts)


def decode(data: bytes, defines: Defines) -> dict[str, Any]:
    """Return the values of TLVs.

    Errors: BleError 10013 for an unknown index, a wrong type, or data that ends inside a value.
    """
    values: dict[str, Any] = {}
    place = 0
    while place < len(data):
        head = data[place]
        index = head & INDEX_MASK
        if index >= len(defines):
            raise malformed(_(f"Index {index} is not in the thing model, which has {len(defines)} entries."))
        name, define = defines[index]
        wanted = _type(name, define)
        if head >> INDEX_BITS != wanted:
            raise malformed(
                _(f"{name} is {define.type}, but the frame holds {Tlv(head >> INDEX_BITS).name.lower()}.")
            )
        value, place = _decode(name, define, data, place + 1)
        values[name] = value
    return values


def _type(name: str, define: Define) -> Tlv:
    if define.type not in TYPES:
        raise malformed(_(f"{name} is a {define.type}, which LLSync cannot carry."))
    return TYPES[define.type]


def _head(name: str, index: int, define: Define) -> bytes:
    if index > INDEX_MASK:
        raise malformed(_(f"{name} is entry {index} of the thing model; LLSync reaches {INDEX_MASK}."))
    return bytes([_type(name, define) << INDEX_BITS | index])


def _encode(define: Define, value: Any) -> bytes:
    """Return a value without its head."""
    match define.type:
        case "bool":
            return bytes([int(value)])
        case "int":
            return struct.pack(">i", value)
        case "timestamp":
            return struct.pack(">I", value)
        case "enum":
            return struct.pack(">H", int(value))
        case "float":
            if not math.isfinite(value):
                raise ValueError(_("not a finite number"))
            return struct.pack("<f", value)
        case "string":
            return _with_length(str(value).encode())
    if isinstance(define, StructDefine):
        return _with_length(encode(value, list(define.fields.items())))
    if isinstance(define, ArrayDefine):
        return _with_length(b"".join(_encode(define.item, item) for item in value))
    raise malformed(_(f"LLSync cannot carry a {define.type}."))


def _with_length(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _decode(name: str, define: Define, data: bytes, place: int) -> tuple[Any, int]:
    """Return the value at place, and the place after it."""
    kind = _type(name, define)
    if kind in SIZES:
        return _number(kind, _take(name, data, place, SIZES[kind])), place + SIZES[kind]
    length = int.from_bytes(_take(name, data, place, 2), "big")
    body = _take(name, data, place + 2, length)
    end = place + 2 + length
    if isinstance(define, StructDefine):
        return decode(body, list(define.fields.items())), end
    if isinstance(define, ArrayDefine):
        items, inner = [], 0
        while inner < len(body):
            item, inner = _decode(name, define.item, body, inner)
            items.append(item)
        return items, end
    return _text(body), end


def _number(kind: Tlv, data: bytes) -> int | float:
    if kind is Tlv.FLOAT:
        number: float = struct.unpack("<f", data)[0]
        if not math.isfinite(number):
            raise malformed(_(f"A float of the frame is no number ({data.hex()})."))
        return number
    return int.from_bytes(data, "big", signed=kind is Tlv.INT)


def _text(data: bytes) -> str:
    """Read UTF-8, or Latin-1 where it is none: the npm adapter writes one byte a letter."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _take(name: str, data: bytes, place: int, size: int) -> bytes:
    taken = data[place : place + size]
    if len(taken) < size:
        raise malformed(_(f"The frame ends inside {name}: {size} bytes are needed, {len(taken)} are there."))
    return taken


def try_decode(data: bytes, defines: Defines) -> dict[str, Any] | str:
    """Return the values, or the reason why there are none; for logs."""
    try:
        return decode(data, defines)
    except BleError as error:
        return error.message
