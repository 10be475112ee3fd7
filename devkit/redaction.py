"""Take secrets out of what is written for others: logs, HAR files, recordings, reports.

Where there is structure it is followed: JSON, JSON in a text of JSON, percent-encoded JSON, base64 of JSON,
lists of {name, value}. Other text is searched for names with values, header lines and known forms.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

MASK = "***"
DEEPEST = 40
_ENDINGS = (
    "token", "token3rd", "secret", "password", "passwd", "signature", "psk", "appkey", "apikey", "secretkey",
    "privatekey", "nwkskey", "appskey", "sessionkey", "connectionkey", "authkey", "authorization",
    "cookie", "cookies", "phonenumber", "mobilephone", "openid", "unionid",
)  # fmt: skip
_VALUES = frozenset({"value", "__playwright_value_"})  # of what {name} or a form's field has; Playwright's
_NAMES = frozenset({"phone", "mobile", "email", "xtoken", "sig", "pwd"})
# What ties an answer to its question, and says nothing about who asks.
_HARMLESS = frozenset({"clienttoken", "pagetoken", "nexttoken"})

_QUOTE = r"""\\{0,20}["']"""
# Names and what opens a value are of bounded length, so that no text takes more than linear time.
_NAME = r"""[\w.\-]{0,60}?(?:token(?:3rd)?|secret|password|passwd|pwd|signature|psk|_?key|
    authorization|open_?id|union_?id|phone_?number|phone|mobile|email|sig)"""
_NAMED = re.compile(
    rf"""(?ix)
    (?<![\w])(?P<name>{_NAME})(?P<close>{_QUOTE}|%22)?\s*(?P<sign>:|=|%3A|%3D)\s*
    (?: (?P<quote>{_QUOTE}|%22)(?P<quoted>.*?)(?:(?P=quote)|\Z)
      | (?P<plain>[^\s"',;&}}\])\\<>%]+(?:%[0-9a-f]{{2}}[^\s"',;&}}<>%]*)*) )
    """,
    re.DOTALL,
)
_COOKIES = re.compile(r"(?im)\b((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)([^\r\n\"']+)")
_SCHEMES = re.compile(r"(?i)\b(bearer|basic|digest)(\s+|%20)([A-Za-z0-9+/=._~\-]{4,})")
_USER_INFO = re.compile(r"(?i)(?<![a-z0-9+.\-])([a-z][a-z0-9+.\-]{0,30}://)[^\s/@\"']{1,500}@")
_JWT = re.compile(r"(?<![\w\-])eyJ[\w\-]{5,}\.[\w\-]{5,}\.[\w\-]*")
_PHONE = re.compile(r"(?<![\w.+])((?:\+?86[ -]?)?1[3-9]\d)\d{4}(\d{4})(?![\w.])")
_ENCODED_JSON = re.compile(r"(?:%7B|%5B)[^\s&\"'<>]*", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name holds a secret; spelling and case do not matter."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain not in _HARMLESS and (plain in _NAMES or plain.endswith(_ENDINGS))


def redacted(value: Any, depth: int = 0) -> Any:
    """Return a copy of JSON data with every secret in it replaced by ***; doing it twice changes nothing."""
    if depth > DEEPEST:
        return MASK if isinstance(value, Mapping | list | tuple | str) else value
    if isinstance(value, Mapping):
        named = value.get("name")
        if (isinstance(named, str) and is_secret_name(named)) or value.get("type") == "password":
            value = {key: _mask(item) if key in _VALUES else item for key, item in value.items()}
        return {
            key: _mask(item) if is_secret_name(str(key)) else redacted(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(item, depth + 1) for item in value]
    return redact(value, depth + 1) if isinstance(value, str) else value


def _mask(value: Any) -> Any:
    """Hide a value, but not that there is none; in a list of {name, value}, as HAR's cookies, the values."""
    if isinstance(value, list | tuple):
        return [_mask(item) for item in value]
    if isinstance(value, Mapping) and "value" in value:
        return {**value, "value": _mask(value["value"])}
    return value if value in (None, "", True, False) else MASK


def redact(text: str, depth: int = 0) -> str:
    """Return text with the values of tokens, keys, signatures, cookies and phone numbers hidden."""
    inner = _as_json(text) if depth <= DEEPEST else None
    if inner is not None:
        clean = redacted(inner, depth + 1)
        return text if clean == inner else json.dumps(clean, ensure_ascii=False, separators=(",", ":"))
    text = _ENCODED_JSON.sub(lambda found: _decoded(found[0], depth), text)
    text = _BASE64.sub(lambda found: _unpacked(found[0], depth), text)
    text = _COOKIES.sub(rf"\1{MASK}", text)
    text = _SCHEMES.sub(rf"\1\2{MASK}", text)
    text = _NAMED.sub(_hidden, text)
    text = _USER_INFO.sub(rf"\1{MASK}@", text)
    text = _JWT.sub(MASK, text)
    return _PHONE.sub(r"\1****\2", text)


def _as_json(text: str) -> Any:
    """Return the object or list that a text is, else None."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str, depth: int) -> str:
    plain = unquote(text)
    clean = redact(plain, depth + 1) if plain != text and depth <= DEEPEST else plain
    return text if clean == plain else quote(clean, safe="*")


def _unpacked(text: str, depth: int) -> str:
    """Look into base64 of JSON, as pushes carry it."""
    if not text.startswith(("ey", "W3", "Ww", "ew", "IH", "Cg")) or depth > DEEPEST:
        return text
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
    if _as_json(plain) is None:
        return text
    clean = redact(plain, depth + 1)
    return text if clean == plain else base64.b64encode(clean.encode()).decode()


def _hidden(found: re.Match[str]) -> str:
    name, value = found["name"], found["quoted"] if found["quote"] else found["plain"]
    if not is_secret_name(name) or value in ("", "null", "None", "true", "false", "undefined"):
        return found[0]
    start, end = found.span("quoted" if found["quote"] else "plain")
    return found[0][: start - found.start()] + MASK + found[0][end - found.start() :]
