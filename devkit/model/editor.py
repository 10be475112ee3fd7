"""What editors read in a project: declarations of its thing model, and JSON Schemas of its files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import ModelError
from devkit.resources import resource_dir
from devkit.settings import PROJECT_FILE

if TYPE_CHECKING:
    from devkit.settings import Settings

logger = logging.getLogger(__name__)

SCHEMAS = Path(".devkit/schemas")


def refresh(settings: Settings) -> bool:
    """Bring up to date what is there already; tell whether the declarations changed.

    A project without them gets none unasked. What cannot be written is only logged: nothing needs it to run.
    """
    from devkit.model import load_model
    from devkit.model.typescript import PLACE, declarations

    try:
        if _names_schemas(settings.project):
            write_schemas(settings.project)
        file = settings.project / PLACE
        if not file.is_file():
            return False
        return _write(file, declarations(load_model(settings.path("model"))))
    except (OSError, UnicodeDecodeError, ModelError) as error:
        logger.debug("%s was not brought up to date: %s", PLACE, error)
        return False


def _names_schemas(project: Path) -> bool:
    """Tell whether the project has the schemas, or names them in its settings, as after a clone."""
    file = project / PROJECT_FILE
    return (project / SCHEMAS).is_dir() or (file.is_file() and SCHEMAS.as_posix() in file.read_text("utf-8"))


def write_schemas(project: Path) -> None:
    """Put the schemas where the project's files name them.

    Errors: OSError.
    """
    for name, text in schemas().items():
        _write(project / SCHEMAS / name, text)


def schemas() -> dict[str, str]:
    """Return {file name: text} of the schemas that devkit ships."""
    return {file.name: file.read_text("utf-8") for file in sorted(resource_dir("schemas").glob("*.json"))}


def _write(file: Path, text: str) -> bool:
    """Write a text that is new; tell whether it was."""
    if file.is_file() and file.read_text("utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True
