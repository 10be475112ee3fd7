"""Frames of LLSync: the length word, cutting long messages into slices, and putting slices together.

The length word is u16, big endian: 2 bits for the place of the slice, 1 flag, 13 bits for the length of what
follows. Source: docs/reference/ble.md section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from devkit.ble.refusals import Code, refusal
from devkit.errors import BleError
from devkit.language import _

LENGTH_MASK = 0x1FFF
FLAG = 0x2000
SLICE_SHIFT = 14
WORD_BYTES = 2
LARGEST_MESSAGE = 4096


class PiecePlace(IntEnum):
    """Where a slice stands in its message."""

    WHOLE = 0
    FIRST = 1
    MIDDLE = 2
    LAST = 3


def malformed(detail: str) -> BleError:
    """Return the error of a frame that cannot be read."""
    return refusal(Code.INVALID_DATA, detail)


@dataclass(frozen=True)
class Piece:
    """One slice, read."""

    place: PiecePlace
    flag: bool
    data: bytes


def length_word(length: int, place: PiecePlace = PiecePlace.WHOLE, *, flag: bool = False) -> bytes:
    """Return the two bytes before the data."""
    if not 0 <= length <= LENGTH_MASK:
        raise malformed(_(f"A slice of {length} bytes does not fit the 13 bits of its length."))
    return (place << SLICE_SHIFT | (FLAG if flag else 0) | length).to_bytes(2, "big")


def read_piece(data: bytes) -> Piece:
    """Read length word and data.

    Errors: BleError 10013 when the length is not that of the data.
    """
    if len(data) < 2:
        raise malformed(_(f"The frame ends inside its length word ({data.hex() or _('no bytes')})."))
    word = int.from_bytes(data[:2], "big")
    length = word & LENGTH_MASK
    if length != len(data) - 2:
        raise malformed(_(f"The frame says {length} bytes and has {len(data) - 2} ({data.hex()})."))
    return Piece(PiecePlace(word >> SLICE_SHIFT), bool(word & FLAG), data[2:])


def cut(kind: int | bytes, data: bytes, room: int, *, repeated: int = 0, flag: bool = False) -> list[bytes]:
    """Return the frames of a message, each of at most room bytes.

    kind: what stands before each length word, one byte or more. repeated: that many bytes at the front of
    data go into each slice (the index of an event, say), and count in its length.
    """
    front = bytes([kind]) if isinstance(kind, int) else kind
    if len(front) + WORD_BYTES + len(data) <= room:
        return [front + length_word(len(data), flag=flag) + data]
    head, rest = data[:repeated], data[repeated:]
    step = room - len(front) - WORD_BYTES - len(head)
    if step < 1:
        raise malformed(_(f"{room} bytes leave no room for data."))
    chunks = [rest[start : start + step] for start in range(0, len(rest), step)]
    frames = []
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        place = PiecePlace.LAST if last else PiecePlace.MIDDLE if number else PiecePlace.FIRST
        frames.append(front + length_word(len(head) + len(chunk), place, flag=flag) + head + chunk)
    return frames


class Assembler:
    """Puts the slices of one characteristic together; a wrong slice throws the message away."""

    def __init__(self) -> None:
        self._head: bytes | None = None
        self._data = bytearray()

    def feed(self, head: bytes, body: bytes, *, repeated: int = 0) -> bytes | None:
        """Take a slice; return the whole message when it is complete.

        head: what stands before the length word and is the same in each slice. repeated: as of cut.
        Errors: BleError 10013 for a slice out of order, of another message, or with a wrong length.
        """
        try:
            piece = read_piece(body)
            self._check(head, piece)
        except BleError:
            self.reset()
            raise
        if piece.place in (PiecePlace.WHOLE, PiecePlace.FIRST):
            self._data = bytearray()
        later = piece.place in (PiecePlace.MIDDLE, PiecePlace.LAST)
        self._data += piece.data[repeated:] if later else piece.data
        self._head = head
        if piece.place in (PiecePlace.FIRST, PiecePlace.MIDDLE):
            return None
        message = bytes(self._data)
        self.reset()
        return message

    def reset(self) -> None:
        """Forget an unfinished message."""
        self._head = None
        self._data = bytearray()

    def _check(self, head: bytes, piece: Piece) -> None:
        if piece.place in (PiecePlace.WHOLE, PiecePlace.FIRST):
            return
        if self._head is None:
            raise malformed(_(f"A {piece.place.name.lower()} slice came without a first one."))
        if self._head != head:
            raise malformed(_(f"A slice of {head.hex()} came inside a message of {self._head.hex()}."))
        if len(self._data) + len(piece.data) > LARGEST_MESSAGE:
            raise malformed(_(f"A message of more than {LARGEST_MESSAGE} bytes is not taken."))
