"""Which folder is the project of a test or a command: the nearest, and never somebody else's."""

import tempfile
from pathlib import Path

import pytest

from devkit.testing.run.project import find_project


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / "work" / "lamp" / "tests").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    return home


@pytest.mark.parametrize(
    ("files", "project"),
    [
        (["work/lamp/devkit.toml", "work/lamp/tests/package.json"], "work/lamp"),
        (["work/lamp/thing-model.json", "work/package.json"], "work/lamp"),
        (["work/lamp/package.json", "work/devkit.toml"], "work"),
        (["work/lamp/package.json", "work/lamp/thing-model.json"], "work/lamp"),
        (["package.json"], "work/lamp/tests"),
        (["devkit.toml", "../package.json"], "work/lamp/tests"),
        (["work/lamp/.git/HEAD", "work/devkit.toml", "work/package.json"], "work/lamp/tests"),
        (["work/.git/HEAD", "work/package.json", "package.json"], "work"),
        (["work/lamp/.git/HEAD", "work/lamp/package.json", "work/devkit.toml"], "work/lamp"),
    ],
)
def test_the_nearest_folder_that_is_ones_own(home: Path, files: list[str], project: str) -> None:
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("{}")
    assert find_project(home / "work" / "lamp" / "tests") == home / project
    assert find_project(home / "work" / "lamp" / "tests" / "test_x.py") == home / project


def test_a_stray_file_among_temporary_ones_is_nobodys_project(home: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    (temporary / "checkout").mkdir(parents=True)
    (temporary / "package.json").write_text("{}")
    assert find_project(temporary / "checkout") == temporary / "checkout"
    assert find_project(temporary) == temporary  # who stands there means it
