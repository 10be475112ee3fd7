"""The user's own folder, and files that no other user of the machine can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def config_dir() -> Path:
    """Return the user's folder of devkit's keys and answers; DEVKIT_CONFIG_DIR moves it."""
    given = os.environ.get("DEVKIT_CONFIG_DIR")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_config_dir("devkit", appauthor=False))


def write_private(file: Path, data: bytes, *, parents: bool = False) -> None:
    """Write data in one step, with mode 0600, so that no other user can read it, not even for a moment.

    parents: make the missing folders above it, for this user alone.
    Errors: OSError; the old file then stays.
    """
    if parents:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
