"""Notice saves: watchfiles over the folders that matter, and the pace at which saves become builds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IGNORED_FOLDERS = frozenset(
    {
        "node_modules",
        ".git",
        ".hg",
        ".svn",
        ".devkit",
        "dist",
        "__pycache__",
        ".venv",
        ".idea",
        ".vscode",
        ".cache",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
    }
)
RESULTS = frozenset({"test-results", "test-shards"})
"""What `devkit test` writes; pytest would find tests there, so others do look into them."""
_EDITOR_FILES = re.compile(
    r"~$|\.sw[a-z]$|^4913$|___jb_(?:tmp|old|bak)___$|^\.#|^#.*#$|\.tmp(?:\.\d+)*$|\.crswap$"
)
# Milliseconds. A save is seen after one to two steps; a step groups the events of one rename-over save.
STEP_MS = 2
DEBOUNCE_MS = 50
MOST_FOLDERS = 5000
# After this long without events the files are looked at once: what an overflowing queue dropped shows.
QUIET_MS = 2000

Stamps = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class Change:
    """One changed file; kind is "added", "modified" or "deleted"."""

    kind: str
    path: Path


def is_ignored(path: Path, project: Path) -> bool:
    """Tell whether a change of path never matters: tool folders inside the project, editors' own files."""
    if _EDITOR_FILES.search(path.name):
        return True
    parts = path.relative_to(project).parts if path.is_relative_to(project) else path.parts
    return any(part in IGNORED_FOLDERS or part in RESULTS for part in parts)


def folders(project: Path, inputs: Iterable[Path] = ()) -> frozenset[Path]:
    """Return the folders to watch: the project's without ignored ones, and those of inputs outside it."""
    found = set()
    for folder, children, _ in os.walk(project):
        children[:] = [name for name in children if name not in IGNORED_FOLDERS | RESULTS]
        found.add(Path(folder))
        if len(found) >= MOST_FOLDERS:
            break
    # A folder among the inputs is one whose files a script asks for by a pattern.
    outside = {path for file in inputs if not is_ignored(file, project) for path in (file, file.parent)}
    found |= {folder for folder in outside if folder.is_dir()}
    return frozenset(found)


def stamps(watched: Iterable[Path], project: Path) -> Stamps:
    """Return the time (ns) and size (bytes) of each file in these folders; ignored ones are left out."""
    found: Stamps = {}
    for folder in watched:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                path = folder / entry.name
                with contextlib.suppress(OSError):
                    if not entry.is_dir() and not is_ignored(path, project):
                        status = entry.stat()
                        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def differences(before: Stamps, after: Stamps) -> frozenset[Change]:
    """Return what has happened between two looks at the same folders."""
    added = {Change("added", path) for path in after.keys() - before.keys()}
    gone = {Change("deleted", path) for path in before.keys() - after.keys()}
    both = before.keys() & after.keys()
    return frozenset(
        added | gone | {Change("modified", path) for path in both if before[path] != after[path]}
    )


class Watcher:
    """Yield groups of changes; `watch_also` adds files that a build has read."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._inputs: frozenset[Path] = frozenset()
        self._folders = folders(project)
        self._stop = asyncio.Event()
        self._closed = False
        self._known: Stamps = {}

    def watch_also(self, inputs: frozenset[Path]) -> None:
        """Watch the folders of these files too."""
        if inputs - self._inputs:
            self._inputs |= inputs
            if any(
                file.parent not in self._folders for file in inputs if not is_ignored(file, self._project)
            ):
                self._stop.set()

    def close(self) -> None:
        """End `changes`."""
        self._closed = True
        self._stop.set()

    async def changes(self) -> AsyncIterator[frozenset[Change]]:
        """Yield each group of changes; an empty group means that folders were added, so look again.

        watchfiles is started again when a folder appears, for each folder is watched on its own: a recursive
        watch would hold one handle for every folder of node_modules. It drops the system's word that events
        were lost (it has no path), so that the files themselves are looked at once when a burst is over.
        """
        from watchfiles import awatch

        first = True
        while not self._closed:
            self._stop = asyncio.Event()
            self._folders = folders(self._project, self._inputs)
            self._known = await asyncio.to_thread(stamps, self._folders, self._project)
            watch = awatch(
                *self._folders,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                stop_event=self._stop,
                rust_timeout=QUIET_MS,
                yield_on_timeout=True,
                recursive=False,
                ignore_permission_denied=True,
            )
            if not first:
                yield frozenset()
            first = False
            looked = False
            async for raw in watch:
                if not raw and looked:
                    continue
                looked = not raw
                group = self._told(raw) if raw else await self._missed()
                if group:
                    yield group
                if any(change.kind == "added" and change.path.is_dir() for change in group):
                    break

    def _told(self, raw: Iterable[tuple[Any, str]]) -> frozenset[Change]:
        """Return the changes that matter among those of watchfiles, and note how these files are now."""
        changes = (Change(kind.raw_str(), Path(name)) for kind, name in raw)
        group = frozenset(change for change in changes if not is_ignored(change.path, self._project))
        for path in {change.path for change in group}:
            self._known.pop(path, None)
            with contextlib.suppress(OSError):
                status = path.stat()
                if not stat.S_ISDIR(status.st_mode):
                    self._known[path] = (status.st_mtime_ns, status.st_size)
        return group

    async def _missed(self) -> frozenset[Change]:
        """Return what has changed without an event: files, and folders that are not watched yet."""
        before, self._known = self._known, await asyncio.to_thread(stamps, self._folders, self._project)
        new = await asyncio.to_thread(folders, self._project, self._inputs) - self._folders
        return differences(before, self._known) | {Change("added", folder) for folder in new}


class Pacer:
    """Decide when to build after changes: the first at once, those of a storm when it ends.

    Times are seconds of one clock.
    """

    SINGLE = 0.06
    SETTLED = 0.15
    QUIET_STEP = 0.02
    QUIET_MOST = 0.4
    LONGEST = 3.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first = self._last = float("-inf")
        self._count = 0

    def changed(self, *, unsettled: bool = False) -> None:
        """Note a group of changes; unsettled when a file is empty or gone, as in the middle of a save."""
        now = self._clock()
        settled = self.SETTLED if self._count > 1 else self.SINGLE
        if now - self._last > max(settled, 2 * self._quiet()):
            self._first, self._count = now, 0
        self._last = now
        self._count += 2 if unsettled and not self._count else 1

    def delay(self) -> float:
        """Return how long to wait from now; 0 or less means build."""
        if self._count <= 1:
            return 0.0
        return min(self._last + self._quiet(), self._first + self.LONGEST) - self._clock()

    def built(self) -> None:
        """Note that a build starts: in a storm that goes on, the next one waits as long again."""
        self._first = self._clock()

    def _quiet(self) -> float:
        """Return how long no change may come before a build: the longer the storm, the longer."""
        return min(self.QUIET_MOST, self.QUIET_STEP * max(0, self._count - 1))
