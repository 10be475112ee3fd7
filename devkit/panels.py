"""Many panels in one repository: the table `panels` of devkit.toml, and its globs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devkit.errors import SettingsError, WrongUsageError
from devkit.language import _

PANEL_VARIABLE = "DEVKIT_PANEL"
FOLDER = "folder"


@dataclass(frozen=True)
class PanelTable:
    """{name: folder, entry module, or a table of settings}; `*` in a path stands for a part of the name."""

    rows: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, value: object, source: str) -> PanelTable:
        """Return what a table of devkit.toml says.

        Errors: SettingsError naming source and value.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, Mapping) and all(isinstance(row, str | Mapping) for row in value.values()):
            return cls(dict(value))
        raise SettingsError(
            _(f"{source}: panels must be a table, not {value!r}."),
            _('Name each panel with its entry: [panels] lamp = "panels/lamp/src/index.jsx".'),
        )

    def expand(self, project: Path) -> dict[str, dict[str, Any]]:
        """Return {name: settings} of every panel, sorted within a glob; `folder` is where it lives, if named.

        Errors: SettingsError for a glob that nothing fits, or a row that names no place.
        """
        found: dict[str, dict[str, Any]] = {}
        for key, row in self.rows.items():
            for name, values in _expanded(key, _as_table(project, key, row), project):
                found.setdefault(name, values)
        return found

    def panel(self, name: str, project: Path) -> dict[str, Any]:
        """Return the settings of one panel.

        Errors: WrongUsageError that names those there are.
        """
        panels = self.expand(project)
        if name in panels:
            return panels[name]
        close = difflib.get_close_matches(name, panels, n=1)
        hint = _(f"Did you mean {close[0]}? ") if close else ""
        known = _(f"Panels: {', '.join(panels)}.") if panels else _("devkit.toml has no [panels].")
        raise WrongUsageError(_(f"There is no panel {name!r}."), hint + known)


def _as_table(project: Path, key: str, row: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a table: a text is a folder, or else an entry module."""
    if not isinstance(row, str):
        return dict(row)
    has_suffix = bool(Path(row).suffix) and not (project / row).is_dir()
    return {"entry" if has_suffix else FOLDER: row}


def _expanded(key: str, row: dict[str, Any], project: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    anchor = next((str(row[name]) for name in (FOLDER, "entry", "model") if name in row), "")
    if not anchor:
        raise SettingsError(
            _(f"devkit.toml: the panel {key!r} has neither folder nor entry."),
            _("Name one of them in its table."),
        )
    leaves = ".." in Path(anchor).parts or Path(anchor).is_absolute()
    if leaves and ("*" in anchor or FOLDER in row):
        raise SettingsError(
            _(f"devkit.toml: the panel {key!r} is at {anchor!r}, outside the project."),
            _("Name a place inside it, or run devkit in the folder above."),
        )
    if "*" not in anchor:
        yield key, row
        return
    before, _rest, after = anchor.partition("*")
    matches = sorted(path.relative_to(project).as_posix() for path in project.glob(anchor))
    parts = [match[len(before) : len(match) - len(after)] for match in matches]
    parts = [part for part in parts if part not in ("node_modules", "dist") and not part.startswith(".")]
    if FOLDER in row:
        parts = [part for part in parts if (project / anchor.replace("*", part)).is_dir()]
    if not parts:
        raise SettingsError(_(f"devkit.toml: no panel fits {anchor!r}."), _("Check the path of the glob."))
    for part in parts:
        name = key.replace("*", part) if "*" in key else part
        yield (
            name,
            {
                item: value.replace("*", part) if isinstance(value, str) else value
                for item, value in row.items()
            },
        )
