"""Classes of the user's own Python files and modules, as settings name them."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

from devkit.errors import SettingsError
from devkit.language import _


def split_class(spec: str) -> tuple[str, str]:
    r"""Split "file.py:Class" or "package.module:Class"; the class is "" when none is named.

    The colon of C:\lamp.py belongs to the file.
    """
    place, colon, name = spec.rpartition(":")
    return (place, name) if colon and name.isidentifier() else (spec.removesuffix(":"), "")


def load_source(setting: str, place: str, project: Path) -> ModuleType:
    """Run a .py file, relative to the project, or import a module that may lie in it.

    setting names what the place came from.
    Errors: SettingsError, with the nearest file of that name where there is one.
    """
    if place.endswith(".py"):
        return _load_file(setting, place, project)
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    try:
        return importlib.import_module(place)
    except Exception as error:
        raise SettingsError(
            _(f"{setting}: {place} cannot be imported: {type(error).__name__}: {error}"),
            _("Name a class as file.py:Class or package.module:Class."),
        ) from error


def _load_file(setting: str, place: str, project: Path) -> ModuleType:
    file = (project / place).resolve()
    if not file.is_file():
        others = [item.name for item in file.parent.glob("*.py")] if file.parent.is_dir() else []
        close = difflib.get_close_matches(file.name, others, n=1)
        hint = _(f"Did you mean {Path(place).with_name(close[0]).as_posix()}?") if close else ""
        raise SettingsError(_(f"{setting}: there is no file {file}."), hint)
    name = f"devkit_{setting}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SettingsError(_(f"{setting}: {file} is not a Python file."))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SettingsError(_(f"{setting}: {file} fails: {type(error).__name__}: {error}")) from error
    return module


def classes_of(module: ModuleType) -> dict[str, type]:
    """Return the classes that a module defines, not those that it imports."""
    return {
        name: item
        for name, item in vars(module).items()
        if inspect.isclass(item) and item.__module__ == module.__name__
    }
