"""What clients on the local network reach through the proxy: other machines, never this one.

A name is resolved once: the addresses that are checked here are those that are connected to, so that a name
which answers differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from devkit.errors import ProxyError
from devkit.language import _
from devkit.web.hosts import is_loopback, leads_here

METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
"""Where Alibaba Cloud, Azure and AWS tell a machine its secrets, besides the link-local 169.254.169.254.

Source: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata,
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""


def is_closed(host: str) -> bool:
    """Tell whether an address or name is closed by itself, without asking a name server.

    Closed are loopback, every address of this machine, link-local and metadata addresses, and multicast.
    """
    if leads_here(host):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return is_loopback(host)
    address = getattr(address, "ipv4_mapped", None) or address
    special = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_loopback
    return special or address in METADATA or _is_ours(str(address))


def _is_ours(address: str) -> bool:
    """Tell whether an interface of this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


async def open_addresses(host: str, port: int) -> list[str]:
    """Resolve host and return its addresses.

    Errors: ProxyError when one of them is closed, or there is none.
    """
    closed = ProxyError(_(f"{host} is not open to other machines."))
    if is_closed(host):
        raise closed
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProxyError(_(f"{host}:{port} cannot be reached: {error}.")) from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    if any(map(is_closed, addresses)):
        raise closed
    return addresses
