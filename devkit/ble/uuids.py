"""UUIDs of services and characteristics, in the one spelling that WeChat uses: 128 bits, upper case."""

from __future__ import annotations

import re

from devkit.language import _

BASE = "0000{}-0000-1000-8000-00805F9B34FB"
FULL = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
SHORT = re.compile(r"[0-9A-F]{4}")
LONG_SHORT = re.compile(r"[0-9A-F]{8}")


def full_uuid(text: str) -> str:
    """Return the 128-bit form of "FFF0", "0000FFF0" or a whole UUID, in upper case.

    Errors: ValueError naming the text.
    """
    word = text.strip().upper()
    if SHORT.fullmatch(word):
        return BASE.format(word)
    if LONG_SHORT.fullmatch(word):
        return word + BASE[6:]
    if FULL.fullmatch(word):
        return word
    raise ValueError(
        _(f'"{text}" is not a UUID. Write four hex digits such as FFF0, or all 32 with their dashes.')
    )


def short_uuid(text: str) -> str:
    """Return the four hex digits of a Bluetooth SIG UUID, and any other UUID whole; for people to read."""
    word = full_uuid(text)
    return word[4:8] if word == BASE.format(word[4:8]) else word
