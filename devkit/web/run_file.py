"""Where programs of the same user find a project's run: .devkit/dev.json."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from devkit.private_files import write_private
from devkit.web.hosts import is_loopback

RUN_FILE = ".devkit/dev.json"


@contextlib.contextmanager
def run_file(project: Path, url: str, token: str) -> Iterator[None]:
    """Tell where the project's run is reached while the block runs, to this user alone.

    A project that cannot be written to has none.
    """
    file = project / RUN_FILE
    told = json.dumps({"url": url, "control_token": token}).encode()
    with contextlib.suppress(OSError):
        write_private(file, told, parents=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if file.read_bytes() == told:  # not that of a run which began later
                file.unlink()


def read_run_file(project: Path) -> tuple[str, str] | None:
    """Return (url, control token) of the project's run; None where nothing tells.

    A file that others could have written, such as one that came with a checkout, is not read.
    """
    file = project / RUN_FILE
    try:
        status = file.lstat()
        if os.name == "posix" and (status.st_mode & 0o177 or status.st_uid != os.getuid()):
            return None
        told = json.loads(file.read_text("utf-8"))
        url, token = told["url"], told["control_token"]
        return (url, token) if is_loopback(urlsplit(url).hostname or "") else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
