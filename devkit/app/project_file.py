"""devkit.toml while a run lives: what has changed in it, and what of that can be had at once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from devkit.errors import SettingsError
from devkit.settings import PROJECT_FILE, SETTINGS, Settings, load_settings, read_project_file

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Changed:
    """A devkit.toml that was saved: names of the settings that differ, and the run's settings with them."""

    names: tuple[str, ...]
    settings: Settings


class ProjectFile:
    """The devkit.toml of a run's project. What flags or the environment say stays as it is."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.project / PROJECT_FILE
        self._run = settings
        self._stamp = self._read_stamp()
        try:
            self._known: Settings | None = self._load()
        except SettingsError:
            self._known = None

    async def changes(self) -> AsyncIterator[Changed | SettingsError]:
        """Yield each change, or what is wrong with the file as it is now."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            stamp = self._read_stamp()
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                yield self._taken(self._load())
            except SettingsError as error:
                yield error

    def _load(self) -> Settings:
        project, panel = self._run.project, self._run.panel
        own = "panels" in read_project_file(self._file)  # a panel's folder has a file of its own
        return load_settings(project, panel=panel if own else "")

    def _taken(self, loaded: Settings) -> Changed:
        """Return what differs from the file as it was; a value that the run has from elsewhere is kept."""
        before = self._known or loaded
        values: dict[str, Any] = {}
        for row in SETTINGS:
            new, old = getattr(loaded, row.name), getattr(before, row.name)
            if new != old and getattr(self._run, row.name) == old:
                values[row.name] = new
        self._known = loaded
        given = (self._run.given | loaded.given & values.keys()) - (values.keys() - loaded.given)
        self._run = dataclasses.replace(self._run, given=given, **values)
        return Changed(tuple(values), self._run)

    def _read_stamp(self) -> tuple[int, int]:
        try:
            status = self._file.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)
