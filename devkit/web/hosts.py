"""Which Host headers are answered: a name that an attacker points at this machine is not (DNS rebinding)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

LOOPBACK_NAMES = frozenset({"localhost"})
_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:/?#@\[\]\s]+)(?::(?P<port>\d{1,5}))?")


def host_of(header: str) -> str | None:
    """Return the host part of a Host header in lower case, or None when it is malformed."""
    match = _HOST.fullmatch(header)
    if match is None:
        return None
    return match["host"].strip("[]").rstrip(".").lower() or None


def is_loopback(host: str) -> bool:
    """Tell whether host is a name or an address of this machine alone."""
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_allowed_host(header: str, extra: Collection[str] = (), *, exposed: bool = False) -> bool:
    """Tell whether a request with this Host header is for us.

    Loopback always is. An exposed server also answers to its addresses, since a rebinding attack needs a
    name, and to the extra names.
    """
    host = host_of(header)
    if host is None:
        return False
    return is_loopback(host) or host in extra or (exposed and _address(host) is not None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
