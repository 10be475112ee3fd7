"""Which origins may read the build and open sockets: the panel site and loopback, never all."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from devkit.web.hosts import is_loopback

PANEL_SITES = frozenset({"https://iot.cloud.tencent.com", "https://oversea.iotcloud.tencentiotcloud.com"})
"""Source: the platform's H5 panel guide, "Development guide" (panel URLs of the mainland); that the overseas
panel site is its API host is unverified."""


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


def preflight_headers(origin: str | None) -> Mapping[str, str]:
    """Return the answer to a preflight, with Chromium's question about private networks."""
    allowed = cors_headers(origin)
    if not allowed:
        return {}
    return {
        **allowed,
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "if-none-match",
        "access-control-allow-private-network": "true",
        "access-control-max-age": "600",
    }
