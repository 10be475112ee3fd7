"""Built panels by what they were built of, in .devkit/cache/panels: the next run need not build again.

What a build depends on is taken wider than it is. The key covers every file of the project, what the build
was asked, the environment that tools look at, and devkit itself. Files beyond those, such as packages, are in
the entry: their bytes, and the names beside and above them, since one more file may take another's place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.private_files import write_private
from devkit.testing.run.bundle import Bundle

if TYPE_CHECKING:
    from devkit.build import BuildOptions, BuildResult

FOLDER = Path(".devkit", "cache", "panels")
CLOCK_NS = 50_000_000
"""How far the times of files may be behind the clock: systems keep them in steps."""
ENTRIES, TOTAL_BYTES, ENTRY_BYTES = 8, 64 << 20, 32 << 20
MOST_FILES, MOST_BYTES = 5_000, 100 << 20
PARTS = ("js", "css", "js_map")
SKIPPED = frozenset(
    (".git", ".devkit", "node_modules", "__pycache__", ".pytest_cache", ".venv", "venv", "coverage",
     "test-results", "test-shards", "__screenshots__")
)  # fmt: skip
UNBUILT = ".py"
"""Folders, and an ending, of files that are looked at only where the build has read them."""
LOOKED_AT = ("NODE_ENV", "BABEL_ENV", "NODE_PATH", "NODE_OPTIONS", "SASS_PATH")


ABOVE = ("package.json", "tsconfig.json", "jsconfig.json", ".browserslistrc")
"""What tools look for in the folders above a project, besides their own configurations."""


class _UnusableError(Exception):
    """The project cannot be taken stock of."""


@dataclass(frozen=True)
class _Stock:
    """The files of a project: a hash of their bytes, and one of their stamps."""

    content: str
    stamps: str


class PanelCache:
    """The kept builds of one project. Make it before a build starts; keep() sees whether anything changed."""

    def __init__(self, options: BuildOptions) -> None:
        self.options = options
        self._project = options.project
        self._folder = options.project / FOLDER
        self._began = time.time_ns()
        self._before = self._stock()
        self._key = self._key_of(self._before) if self._before else ""

    def find(self) -> Bundle | None:
        """Return the panel as a build would give it now; None when that is not known."""
        file = self._folder / self._key
        if not self._key:
            return None
        try:
            head, _, body = file.read_bytes().partition(b"\n")
            about = json.loads(head)
            if about["digest"] != _hash(body) or about["beyond"] != self._beyond(about["beyond"]):
                return None
            parts = []
            for name in PARTS:
                parts.append(body[: about[name]])
                body = body[about[name] :]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, _UnusableError):
            return None
        with contextlib.suppress(OSError):
            os.utime(file)
        js, css, js_map = parts
        return Bundle(js, css, js_map, self._project)

    def keep(self, built: BuildResult) -> None:
        """Keep a build, unless something that it depends on has changed meanwhile or cannot be known."""
        if not self._key or built.engine != "node" or self._before != self._stock():
            return
        body = b"".join(getattr(built, name) for name in PARTS)
        try:
            beyond = self._beyond(map(str, self._unstocked(built.inputs)))
        except (OSError, _UnusableError):
            return
        if len(body) > ENTRY_BYTES:
            return
        sizes = {name: len(getattr(built, name)) for name in PARTS}
        head = json.dumps({"digest": _hash(body), "beyond": beyond, **sizes})
        with contextlib.suppress(OSError):  # a read-only checkout is tested all the same
            write_private(self._folder / self._key, head.encode() + b"\n" + body, parents=True)
            self._prune()

    def _stock(self) -> _Stock | None:
        content, stamps = hashlib.sha256(), hashlib.sha256()
        files = size = 0
        try:
            for path in _walk(self._project):
                state = path.lstat()
                files, size = files + 1, size + state.st_size
                if files > MOST_FILES or size > MOST_BYTES:
                    return None
                name = path.relative_to(self._project).as_posix()
                content.update(f"{name}\0{_content(path)}\0".encode("utf-8", "surrogatepass"))
                stamps.update(f"{state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino} ".encode())
        except (OSError, _UnusableError):
            return None
        return _Stock(content.hexdigest(), stamps.hexdigest())

    def _key_of(self, stock: _Stock) -> str:
        from devkit.build.node import find_node
        from devkit.build.project.configurations import project_code

        if any(code.reason.startswith("PostCSS") for code in project_code(self._project)):
            return ""  # plugins run, and may look at anything
        about = {
            "wire": self.options.wire(),
            "engine": self.options.engine,
            "files": stock.content,
            "devkit": _devkit(),
            "node": find_node() is not None,
            "environment": {name: os.environ.get(name) for name in LOOKED_AT}
            | {name: value for name, value in os.environ.items() if name.startswith("BROWSERSLIST")},
        }
        return _hash(json.dumps(about, sort_keys=True).encode())

    def _unstocked(self, inputs: Iterable[Path]) -> Iterator[Path]:
        """Yield what a build depends on beyond the project's own files."""
        from devkit.build.project.configurations import BUILD_TOOLS, POSTCSS, TOOLS

        above = (self._project, *self._project.parents)
        yield from (folder / "node_modules" for folder in above)
        named = {*ABOVE, *POSTCSS, *(name for names in TOOLS.values() for name in names)}
        yield from (folder / name for folder in above[1:] for name in sorted(named))
        yield from (
            folder / "node_modules" / name / "package.json" for folder in above for name in BUILD_TOOLS
        )
        for file in inputs:
            if file.is_relative_to(self._project):
                inner = file.relative_to(self._project)
                skipped = SKIPPED.intersection(inner.parts) or file.suffix == UNBUILT
                if not skipped and not _linked(self._project, inner):
                    continue
            yield file
            for folder in file.parents:
                if folder in above:
                    break
                yield from (folder, folder / "package.json", folder / "node_modules")

    def _beyond(self, paths: Iterable[str]) -> dict[str, str]:
        """Return {path: what is there}.

        Errors: _UnusableError for what has changed since this began.
        """
        found = {}
        for name in sorted(set(paths)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                state = Path(name).stat()
                if max(state.st_mtime_ns, state.st_ctime_ns) >= self._began - CLOCK_NS:
                    raise _UnusableError
            found[name] = _content(Path(name))
        return found

    def _prune(self) -> None:
        """Take away what was used longest ago, and what a process that was killed has left."""
        kept = size = 0
        for file in sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True):
            kept, size = kept + 1, size + file.stat().st_size
            if kept > ENTRIES or size > TOTAL_BYTES:
                file.unlink(missing_ok=True)


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files and links of a project, in the order of their names."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            if entry.name not in SKIPPED:
                yield from _walk(entry)
        elif entry.suffix != UNBUILT:
            yield entry


def _content(path: Path) -> str:
    """Return a text that says what is at a path: a file's hash, a folder's names, nothing."""
    link = f"-> {path.readlink()} " if path.is_symlink() else ""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            names = "\0".join(_names(path)).encode("utf-8", "surrogatepass")
            return f"{link}folder {_hash(names)}"
        if stat.S_ISREG(mode):
            return f"{link}file {_hash(path.read_bytes())}"
    except (FileNotFoundError, NotADirectoryError):
        return f"{link}nothing"
    raise _UnusableError


def _names(folder: Path) -> Iterator[str]:
    """Yield the names in a folder and where links lead; of packages the first names in them as well."""
    packages = folder.name == "node_modules" or folder.name.startswith("@")
    for entry in sorted(folder.iterdir()):
        yield f"{entry.name} -> {entry.readlink()}" if entry.is_symlink() else entry.name
        if entry.name.startswith("."):
            continue
        if entry.name.startswith("@") and entry.is_dir():
            yield from _names(entry)
        elif packages and entry.is_dir():  # one without files may get some, and win over another above
            yield from (f"{entry.name}/{inner.name}" for inner in sorted(entry.iterdir()))


def _linked(folder: Path, inner: Path) -> bool:
    """Tell whether a way below a folder leads through a link."""
    return any((folder / part).is_symlink() for part in (inner, *inner.parents))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def _devkit() -> str:
    """Return what stands for this devkit's builds: its own files, and the lock file of the tools."""
    import devkit.build

    home = Path(devkit.build.__file__).parent
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return _hash(
        "".join(f"{path.relative_to(home)}\0{_hash(path.read_bytes())}\0" for path in files).encode()
    )
