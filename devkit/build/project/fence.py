"""What of this computer the build of a project may put into the panel, whose script then has it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from devkit.errors import BuildError, Diagnostic
from devkit.language import _, marked
from devkit.trust import runs_freely

PACKAGE = Path(__file__).parents[2]
HINT = marked("Move it into the project, or add --trust once if you trust the people who wrote the project.")


def check_inputs(project: Path, inputs: Iterable[Path], toolchain: Path) -> None:
    """Refuse a build with files from beyond the project, its repository and packages, unless it is trusted.

    Errors: BuildError naming them.
    """
    places = (_repository(project), toolchain, toolchain.resolve(), PACKAGE)
    homes = tuple(f"{folder.as_posix()}/" for folder in places)
    strange = sorted(
        file
        for file in inputs
        if not (posix := file.as_posix()).startswith(homes)
        and "/node_modules/" not in posix
        and file.is_file()
    )
    if strange and not runs_freely(project):
        text = _("This file is outside the project, and would become a part of the panel.")
        raise BuildError([Diagnostic(text, str(file), hint=HINT, stage="devkit") for file in strange])


def _repository(project: Path) -> Path:
    """Return the root of the project's repository, the project itself when there is none below the home."""
    ends = {Path.home(), *Path.home().parents}
    for folder in (project, *project.parents):
        if folder in ends:
            break
        if (folder / ".git").exists():
            return folder
    return project
