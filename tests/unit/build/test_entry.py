"""Which module a panel starts with."""

from pathlib import Path

import pytest

from devkit.build.project.entry import entry_of, find_entry
from devkit.errors import BuildError

PAGE = '<div id="root"></div><script src="https://cdn/x.js"></script><script type="module" src="{}"></script>'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"src/App.jsx": "", "src/main.jsx": ""}, "src/main.jsx"),
        ({"src/App.jsx": "", "src/boot.tsx": "", "index.html": PAGE.format("/src/boot.tsx")}, "src/boot.tsx"),
        ({"src/index.js": "", "a/b.js": "", "index.html": PAGE.format("./a/b.js?v=1")}, "a/b.js"),
        ({"src/index.js": "", "index.html": PAGE.format("/gone.js")}, "src/index.js"),
        ({"src/index.js": "", "src/x.js": "", "src/index.html": '<script src="x.js">'}, "src/x.js"),
        ({"src/a.js": "", "package.json": '{"main": "src/a.js"}'}, "src/a.js"),
        ({"src/index.js": "", "a.js": "", "package.json": '{"main": "a.js"}'}, "src/index.js"),
        ({"src/b.js": "", "p/i.html": '<script src="../src/b.js">', "package.json": '{"source": "p/i.html"}'},
         "src/b.js"),
    ],
)  # fmt: skip
def test_what_names_the_entry_beats_a_guess(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_entry(tmp_path) == (tmp_path / expected).resolve()


def test_letter_case_counts_on_disks_that_ignore_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    for name in ("App.jsx", "main.jsx"):
        (tmp_path / "src" / name).touch()
    monkeypatch.setattr(Path, "is_file", lambda path: "src" in path.parts)
    assert find_entry(tmp_path).name == "main.jsx"


def test_a_guess_may_be_left_to_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="No entry module"):
        entry_of(tmp_path)
    (tmp_path / "webpack.config.js").touch()
    assert entry_of(tmp_path) == (Path(), True)
    with pytest.raises(BuildError, match="No entry module"):
        find_entry(tmp_path)
    (tmp_path / "index.js").touch()
    assert entry_of(tmp_path) == ((tmp_path / "index.js").resolve(), True)
