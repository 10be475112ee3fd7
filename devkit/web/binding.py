"""Bind the server's port, and tell who has it when it is taken."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from devkit.errors import PortTakenError, ServeError
from devkit.language import _

_LISTEN_STATE = "0A"
_NEXT_PORTS = 50
_CONSOLE_OFFSET = 10_000


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Errors: PortTakenError naming the process where it can; ServeError for an address that is not ours.
    """
    try:
        return _bind(host, port)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise ServeError(
                _(f"Port {port} needs rights that you do not have."), _("Use --port 9000.")
            ) from error
        if error.errno != errno.EADDRINUSE:
            reason = error.strerror or str(error)
            raise ServeError(
                _(f"Cannot listen on {host}: {reason}."),
                _("Use --host 127.0.0.1, or an address of this machine."),
            ) from error
        free = _next_free(host, port)
        owner = port_owner(port)
        by = f" by {owner}" if owner else ""
        raise PortTakenError(
            _(f"Port {port} is taken{by}."), _(f"Use --port {free}.") if free else "", port=port, free=free
        ) from error


def bind_console(port: int) -> socket.socket:
    """Return a listening socket on loopback for the console beside a dev server at port.

    Its port is 10,000 above, or below where that is no port, so that a browser remembers the console by its
    address; any free one when that is taken.
    """
    beside = port + _CONSOLE_OFFSET if port + _CONSOLE_OFFSET < 65536 else port - _CONSOLE_OFFSET
    try:
        return _bind("127.0.0.1", beside)
    except OSError:
        return bind("127.0.0.1", 0)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows this option would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
        listener.setblocking(False)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def _next_free(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + _NEXT_PORTS, 65535) + 1):
        try:
            _bind(host, candidate).close()
        except OSError:
            continue
        return candidate
    return 0


def port_owner(port: int) -> str:
    """Return "name (pid N)" of the process that listens on a TCP port; "" where that cannot be read."""
    if not sys.platform.startswith("linux"):
        return ""
    inodes = set(_listening_inodes(port))
    if not inodes:
        return ""
    for folder in Path("/proc").glob("[0-9]*"):
        if inodes & set(_open_files(folder)):
            with contextlib.suppress(OSError):
                return f"{_process_name(folder)} (pid {folder.name})"
    return ""


def _open_files(process: Path) -> Iterator[str]:
    """Yield what the file descriptors point to; none for a process of somebody else."""
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):  # closed since
                yield str(link.readlink())


def _listening_inodes(port: int) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", name).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN_STATE and int(fields[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"


def _process_name(folder: Path) -> str:
    arguments = (folder / "cmdline").read_bytes().split(b"\0")
    words = [os.fsdecode(argument) for argument in arguments[:3] if argument]
    words[:1] = [Path(words[0]).name] if words else []
    return " ".join(words) or (folder / "comm").read_text().strip()


def url_host(host: str) -> str:
    """Return the host that a browser on this machine opens."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104  (read, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
