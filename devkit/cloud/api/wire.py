"""Small conversions between rows and the platform's wire forms."""

from __future__ import annotations

import base64
import json
import random
import secrets
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from devkit.language import _

JSON = Any
CHINA = timezone(timedelta(hours=8))


def new_id(prefix: str = "") -> str:
    """Return an identifier such as f_5d3c…: 32 hex digits after the prefix."""
    return prefix + secrets.token_hex(16)


def new_token(prefix: str = "") -> str:
    """Return what tells one message from others: 16 hex digits after the prefix. No secret."""
    return f"{prefix}{_random.getrandbits(64):016x}"


_random = random.Random()  # noqa: S311  quicker than asking the system each time


def to_json(value: JSON) -> str:
    """Return a compact JSON text as the platform writes it."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode_payload(value: JSON) -> str:
    """Return the payload of a push: base64 of JSON, "" for none."""
    return "" if value is None else base64.b64encode(to_json(value).encode()).decode()


def china_time(milliseconds: int) -> str:
    """Return ISO 8601 with +08:00, as pushes and share lists carry it."""
    return datetime.fromtimestamp(milliseconds // 1000, CHINA).isoformat()


def utc_time(milliseconds: int) -> str:
    """Return ISO 8601 in UTC with milliseconds, as messages carry it."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def encode_cursor(kind: str, *parts: int) -> str:
    """Return an opaque Context."""
    return base64.b64encode(":".join([kind, *map(str, parts)]).encode()).decode()


def decode_cursor(kind: str, text: str) -> list[int]:
    """Return the numbers of a Context.

    Errors: ValueError when it is not one of this kind.
    """
    found, *parts = base64.b64decode(text, validate=True).decode().split(":")
    if found != kind:
        raise ValueError(_(f"a {found} cursor is no {kind} cursor"))
    return [int(part) for part in parts]
