"""What a firmware file is: how large it may be, and its MD5."""

from __future__ import annotations

import hashlib

from devkit.errors import FirmwareError
from devkit.language import _

MOST_BYTES = 16 * 1024 * 1024


def md5_of(data: bytes) -> str:
    """Return the MD5 of bytes in hex."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def check_md5(data: bytes, announced: str) -> None:
    """Compare a file with the announced MD5; "" is none.

    Errors: FirmwareError -4.
    """
    found = md5_of(data)
    if announced and found != announced.lower():
        raise FirmwareError(-4, _(f"announced is {announced}, the file has {found}"))
