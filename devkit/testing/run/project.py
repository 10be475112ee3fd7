"""Which project the tests in a folder belong to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from devkit.settings import PROJECT_FILE


def find_project(start: Path) -> Path:
    """Return the folder from start upwards that is a panel project, start's own when none is.

    The nearest devkit.toml says so, else the nearest package.json or thing-model.json. What is above the
    repository, or not below the home folder's or the system's temporary one, is somebody else's.
    """
    folders = list(_own_folders(start if start.is_dir() else start.parent))
    for names in ((PROJECT_FILE,), ("package.json", "thing-model.json")):
        for folder in folders:
            if any((folder / name).is_file() for name in names):
                return folder
    return folders[0]


def _own_folders(start: Path) -> Iterator[Path]:
    """Yield start and the folders above it, up to the repository, or below home and temporary files."""
    above = [start, *start.parents]
    root = next((folder for folder in above if (folder / ".git").exists()), above[-1])
    ends = {Path.home(), *Path.home().parents, Path(tempfile.gettempdir())}
    for folder in above[: above.index(root) + 1]:
        if folder != start and folder in ends:
            return
        yield folder
