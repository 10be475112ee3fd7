"""Write a project: all of it or nothing."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from devkit.errors import ScaffoldError
from devkit.language import _
from devkit.scaffold.names import check_folder_name, check_name


@dataclass(frozen=True)
class Project:
    """A project that was written."""

    folder: Path
    files: tuple[PurePosixPath, ...]


def check_target(folder: Path) -> None:
    """Check that a project can be made at folder, an absolute path.

    Errors: ScaffoldError for a bad name, a non-empty folder or a file in the way.
    """
    check_name(folder.name)
    for parent in folder.parents:
        if parent.exists():
            if not parent.is_dir():
                raise ScaffoldError(
                    _(f"{parent} is a file, so nothing can be made in it."), _("Choose another path.")
                )
            break
        check_folder_name(parent.name)
    if folder.is_dir() and not folder.is_symlink():
        first = next(iter(sorted(folder.iterdir())), None)
        if first is not None:
            raise ScaffoldError(
                _(f"{folder} is not empty: it has {first.name!r}."),
                _("Choose another name, or empty it first."),
            )
    elif folder.exists() or folder.is_symlink():
        raise ScaffoldError(_(f"{folder} is there already."), _("Choose another name."))


def create_project(folder: Path, files: Mapping[PurePosixPath, bytes]) -> Project:
    """Write files into a new folder beside it, then put that in place in one step.

    Errors: ScaffoldError; then, and after Ctrl-C or SIGTERM, nothing is left behind.
    """
    check_target(folder)
    try:
        with _holding_interrupts() as pause, _parents(folder), _workplace(folder.parent) as workplace:
            for path, content in files.items():
                pause()
                target = workplace / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            pause()
            _put(workplace, folder)
    except OSError as error:
        raise ScaffoldError(
            _(f"{folder} cannot be written: {error.strerror or error}."),
            _("Check the rights and the free space."),
        ) from error
    return Project(folder, tuple(files))


@contextlib.contextmanager
def _holding_interrupts() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and SIGTERM through at pause() and at the end alone, never amid the cleaning up."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came: list[int] = []

    def pause() -> None:
        if signal.SIGTERM in came:
            raise SystemExit(128 + signal.SIGTERM)
        if came:
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, lambda got, frame: came.append(got)) for number in numbers}
    try:
        yield pause
        pause()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)


@contextlib.contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make the missing folders above folder, and take them away again when the work fails."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


@contextlib.contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    """Give a temporary folder on the same disk, with the rights of an ordinary one."""
    outer = Path(tempfile.mkdtemp(prefix=".devkit-new-", dir=parent))
    try:
        inner = outer / "project"
        inner.mkdir()
        yield inner
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _put(workplace: Path, folder: Path) -> None:
    """Rename workplace to folder; an empty folder keeps its identity, since a shell may stand in it."""
    if not folder.exists():
        workplace.rename(folder)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(workplace.iterdir()):
            target = folder / entry.name
            moved.append(target)
            entry.rename(target)
    except BaseException:
        for target in moved:
            if target.is_dir():
                shutil.rmtree(target, ignore_errors=True)
            else:
                target.unlink(missing_ok=True)
        raise
