"""What `--phone` needs: this machine's address on the local network, and a code to scan."""

from __future__ import annotations

import io
import ipaddress
import socket

from devkit.errors import ProxyError
from devkit.language import _
from devkit.web.hosts import is_loopback


def lan_address() -> str:
    """Return the IPv4 address by which the local network reaches this machine; sends nothing.

    Errors: ProxyError when it has none.
    """
    address = _outgoing_address()
    if not address or is_loopback(address) or ipaddress.IPv4Address(address).is_global:
        raise ProxyError(
            _("This machine has no address on a local network."),
            _("Join the phone's Wi-Fi first."),
        )
    return address


def _outgoing_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def qr_code(url: str) -> str:
    """Return url as a code for dark and light terminals."""
    import segno

    out = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(out, compact=True)
    return out.getvalue()
