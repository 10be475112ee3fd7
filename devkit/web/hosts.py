"""Which hosts are what: the panel's two, the platform's, this machine; and which Host headers pass."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

SCRIPT_HOST = "developing.script"
STYLE_HOST = "developing.style"
PANEL_HOSTS = (SCRIPT_HOST, STYLE_HOST)
SCRIPT_URL = f"https://{SCRIPT_HOST}/developing.js"
STYLE_URL = f"https://{STYLE_HOST}/developing.css"

CLOUD_HOST = "iot.cloud.tencent.com"
ASKED_HOST = "x-devkit-asked-host"
"""The header in which the proxy tells the dev server at which host a page of the platform was asked for."""
PANEL_SITE = f"https://{CLOUD_HOST}"
REGIONS = {"mainland": PANEL_SITE, "overseas": "https://oversea.iotcloud.tencentiotcloud.com"}
"""Source: docs/reference/app-api.yaml common.transport.urls; that overseas panels live at the API's host, and
its websocket too, is unverified."""

_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:/?#@\[\]\s]+)(?::(?P<port>\d{1,5}))?")


def host_of(header: str) -> str | None:
    """Return the host part of a Host header in lower case, or None when it is malformed."""
    match = _HOST.fullmatch(header)
    if match is None:
        return None
    return match["host"].strip("[]").rstrip(".").lower() or None


def is_loopback(host: str) -> bool:
    """Tell whether host, a name or an address, is this machine alone: nobody else can serve or reach it."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped is not None and mapped.is_loopback


def leads_here(host: str) -> bool:
    """Tell whether a connection to host ends on this machine: loopback, and the address 0.0.0.0 or ::."""
    address = _address(host.strip("[]"))
    mapped = getattr(address, "ipv4_mapped", None) or address
    return is_loopback(host) or (mapped is not None and mapped.is_unspecified)


def is_allowed_host(header: str, extra: Collection[str] = (), *, exposed: bool = False) -> bool:
    """Tell whether a request with this Host header is for us.

    Loopback always is; a name that an attacker points at this machine is not (DNS rebinding). An exposed
    server also answers to its addresses, since a rebinding attack needs a name, and to the extra names.
    """
    host = host_of(header)
    if host is None:
        return False
    return host in extra or is_loopback(host) or (exposed and _address(host) is not None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
