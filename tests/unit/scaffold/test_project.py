import os
import shutil
import signal
import tempfile
from pathlib import Path, PurePosixPath

import pytest

from devkit.errors import ScaffoldError
from devkit.scaffold import create_project

FILES = {PurePosixPath("a.txt"): b"a", PurePosixPath("src/b.txt"): b"b"}


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_writes_all_files(tmp_path: Path) -> None:
    project = create_project(tmp_path / "one" / "two" / "lamp", FILES)
    assert names(project.folder) == ["a.txt", "src", "src/b.txt"]
    assert names(tmp_path / "one" / "two") == ["lamp", "lamp/a.txt", "lamp/src", "lamp/src/b.txt"]


def test_the_folder_has_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    project = create_project(tmp_path / "lamp", FILES)
    assert project.folder.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_empty_folder_is_filled_in_place(tmp_path: Path) -> None:
    folder = tmp_path / "lamp"
    folder.mkdir()
    inode = folder.stat().st_ino
    create_project(folder, FILES)
    assert folder.stat().st_ino == inode
    assert names(tmp_path) == ["lamp", "lamp/a.txt", "lamp/src", "lamp/src/b.txt"]


@pytest.mark.parametrize("entry", [".git", "x"])
def test_refuses_a_folder_with_something_in_it(tmp_path: Path, entry: str) -> None:
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp" / entry).touch()
    with pytest.raises(ScaffoldError, match=f"not empty: it has '{entry}'"):
        create_project(tmp_path / "lamp", FILES)
    assert names(tmp_path) == ["lamp", f"lamp/{entry}"]


@pytest.mark.parametrize("moment", ["mkdtemp", "rmtree"])
@pytest.mark.parametrize(
    ("number", "outcome"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_an_interrupt_waits_for_the_cleaning_up(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    number: signal.Signals,
    outcome: type[BaseException],
) -> None:
    home = tempfile if moment == "mkdtemp" else shutil
    real = getattr(home, moment)

    def interrupted(*args: object, **options: object) -> object:
        os.kill(os.getpid(), number)
        return real(*args, **options)

    before = signal.getsignal(number)
    monkeypatch.setattr(home, moment, interrupted)
    with pytest.raises(outcome):
        create_project(tmp_path / "lamp", FILES)
    monkeypatch.undo()
    assert signal.getsignal(number) == before
    assert names(tmp_path) in ([], ["lamp", "lamp/a.txt", "lamp/src", "lamp/src/b.txt"])


def test_refuses_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "lamp").touch()
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(ScaffoldError, match="there already"):
        create_project(tmp_path / "lamp", FILES)
    with pytest.raises(ScaffoldError, match="there already"):
        create_project(tmp_path / "link", FILES)
    with pytest.raises(ScaffoldError, match="is a file"):
        create_project(tmp_path / "lamp" / "inner", FILES)


def test_refuses_a_bad_name_on_the_way(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="'aux'"):
        create_project(tmp_path / "aux" / "lamp", FILES)
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("step", ["write_bytes", "rename"])
def test_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, exists: bool, step: str
) -> None:
    folder = tmp_path / "new" / "lamp"
    if exists:
        folder.mkdir(parents=True)
    real, calls = getattr(Path, step), []

    def fail_at_the_end(path: Path, *args: object) -> object:
        calls.append(path)
        if len(calls) == (1 if step == "rename" and not exists else 2):
            raise error
        return real(path, *args)

    monkeypatch.setattr(Path, step, fail_at_the_end)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else ScaffoldError):
        create_project(folder, FILES)
    assert names(tmp_path) == (["new", "new/lamp"] if exists else [])
