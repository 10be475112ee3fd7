"""PostgreSQL and Redis for tests: private servers on Unix sockets, from the Debian packages."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devkit.cloud.store.schema import TABLES


def _program(name: str) -> str:
    """Return a server program; Debian keeps PostgreSQL's outside PATH.

    It is a failure, not a reason to skip, when one is missing.
    """
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if not found:
        raise RuntimeError(f"{name} is missing: apt-get install postgresql redis-server")
    return found


def _other_user(folder: Path) -> dict[str, Any]:
    """Return how to start a process as somebody else than root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody")
    return {"user": "nobody", "group": "nogroup"}


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL server while the block lasts; yields its URL."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = _other_user(folder)
        data = folder / "data"
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": name,
            **user,
        }
        subprocess.run(
            [_program("initdb"), "-D", data, "-U", "devkit", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            **quiet,
        )
        options = ["-D", data, "-k", name, "-c", "listen_addresses=", "-c", "fsync=off"]
        server = subprocess.Popen([_program("postgres"), *options], **quiet)
        try:
            _wait(lambda: (folder / ".s.PGSQL.5432").exists(), server)
            url = f"postgresql://devkit@/postgres?host={name}"
            _wait(lambda: _accepts(url), server)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # SIGTERM would wait for clients
            server.wait(20)


def _accepts(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server while the block lasts; yields its URL."""
    folder = tempfile.TemporaryDirectory(prefix="redis-", ignore_cleanup_errors=True)
    with folder as name, redis_in(Path(name)) as url:
        yield url


@contextlib.contextmanager
def redis_in(folder: Path) -> Iterator[str]:
    """Run a Redis server that keeps nothing, and end it by force."""
    socket = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([_program("redis-server"), *options], stdout=subprocess.DEVNULL)
    try:
        _wait(socket.exists, server)
        yield f"unix://{socket}"
    finally:
        server.kill()
        server.wait(20)
        socket.unlink(missing_ok=True)


def _wait(ready: Any, server: subprocess.Popen[bytes], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{server.args} did not start")
        time.sleep(0.02)


def empty(url: str) -> None:
    """Delete the rows of every table."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("; ".join(f'DELETE FROM "{table}"' for table in TABLES))
