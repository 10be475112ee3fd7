"""Large files cross the link in parts, so that other messages get through meanwhile."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from devkit.errors import SdkMethodError
from devkit.language import _
from devkit.sdk.methods.arguments import Members

if TYPE_CHECKING:
    from devkit.sdk.session import Session

PART_BYTES = 512 * 1024
MOST_KEPT = 4

_numbers = itertools.count(1)
_kept: WeakKeyDictionary[Session, dict[int, bytes]] = WeakKeyDictionary()


def in_parts(session: Session, data: bytes) -> object:
    """Return a file as the page takes it: bytes, or {parts, size} of one that is fetched by devkit.part."""
    if len(data) <= PART_BYTES:
        return data
    files = _kept.setdefault(session, {})
    while len(files) >= MOST_KEPT:
        del files[next(iter(files))]
    number = next(_numbers)
    files[number] = data
    return {"parts": number, "size": len(data)}


async def part(session: Session, number: int, start: int) -> object:
    """Return the bytes of a file from a place on; the last part ends it.

    Errors: SdkMethodError for a file that is not kept any more.
    """
    files = _kept.get(session, {})
    data = files.get(number)
    if data is None or not isinstance(start, int) or not 0 <= start < len(data):
        raise SdkMethodError(
            _(f"Part {start!r} of file {number!r} is not there any more."), code="devkit.FileGone"
        )
    if start + PART_BYTES >= len(data):
        del files[number]
    return data[start : start + PART_BYTES]


METHODS: Members = {"devkit.part": part}
