"""Which projects this user trusts to run code of their own on this computer."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

from devkit.errors import SettingsError
from devkit.language import _
from devkit.private_files import config_dir, write_private

VARIABLE = "DEVKIT_TRUST"
_NO = {"", "0", "false", "no", "off"}


def says_yes(variable: str) -> bool:
    """Tell whether a variable of the environment says yes."""
    return os.environ.get(variable, "").lower() not in _NO


def runs_freely(project: Path) -> bool:
    """Tell whether a project may use this computer as its own: trusted, also for this run alone, or in CI."""
    return says_yes(VARIABLE) or says_yes("CI") or is_trusted(project)


def is_trusted(project: Path) -> bool:
    """Tell whether this user has said that the project's code may run."""
    return str(project.resolve()) in _read()


def trust(project: Path) -> None:
    """Remember that the code of the project in this folder may run.

    Errors: SettingsError when the user's folder cannot be written.
    """
    known = _read()
    known[str(project.resolve())] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        write_private(trust_file(), json.dumps({"projects": known}, indent=1).encode(), parents=True)
    except OSError as error:
        raise SettingsError(
            _(f"{trust_file()} cannot be written: {error.strerror}."),
            _(
                "Set DEVKIT_CONFIG_DIR to a folder that you may write to, "
                "or DEVKIT_TRUST=1 for this run alone."
            ),
        ) from error


def trust_file() -> Path:
    """Return the file of the trusted projects."""
    return config_dir() / "trusted.json"


def _read() -> dict[str, str]:
    """Return {path: time}; a file that cannot be read trusts nothing."""
    try:
        known = json.loads(trust_file().read_text("utf-8"))["projects"]
        return {path: time for path, time in known.items() if isinstance(time, str)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
