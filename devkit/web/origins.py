"""Which origins may do what: the panel site and loopback, never all.

Such a page may read the build, call the emulator, and, with its page's token, open sockets. The control API
asks for its own token, too. Each row of grants is what a page may send to one kind of answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from devkit.web.hosts import REGIONS, is_loopback

PANEL_SITES = frozenset(REGIONS.values())


@dataclass(frozen=True)
class Grant:
    """Methods and request headers that an allowed page may use across origins."""

    methods: str
    headers: str


BUILD = Grant("GET, HEAD", "if-none-match")
EMULATOR = Grant("GET, POST, PUT", "content-type")


def is_allowed_origin(origin: str, host: str = "") -> bool:
    """Tell whether a page of this origin is trusted.

    host: the request's checked Host header; a page that came from there is same-origin.
    """
    if origin in PANEL_SITES:
        return True
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
        return False
    if "@" in parts.netloc:
        return False
    return is_loopback(name) or (bool(host) and parts.netloc.lower() == host.lower())


def cors_headers(origin: str | None) -> Mapping[str, str]:
    """Return the headers that let an allowed page read an answer; {} for the others."""
    if origin is None or not is_allowed_origin(origin):
        return {}
    return {"access-control-allow-origin": origin}


def preflight_headers(origin: str | None, grant: Grant = BUILD) -> Mapping[str, str]:
    """Return the answer to a preflight, with Chromium's question about private networks."""
    allowed = cors_headers(origin)
    if not allowed:
        return {}
    return {
        **allowed,
        "access-control-allow-methods": grant.methods,
        "access-control-allow-headers": grant.headers,
        "access-control-allow-private-network": "true",
        "access-control-max-age": "600",
    }
