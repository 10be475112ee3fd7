"""A source map may name any file of this computer; the page that shows its errors sees none of them."""

import json
from pathlib import Path

import pytest

from devkit.devserver.traces import finding_at
from devkit.source_map import SourceMap

SECRET = "line of a secret file"
STACK = "at x (http://127.0.0.1:9000/index.js:1:1)"


def frame(project: Path, source: str, **more: object) -> str:
    made = {"version": 3, "sources": [source], "names": [], "mappings": "AAAA", **more}
    return finding_at(SourceMap(json.dumps(made).encode()), project, "boom", STACK).frame


@pytest.mark.parametrize("root", ["", "/", "src/"])
@pytest.mark.parametrize("form", ["{file}", "../secret", "src/../../secret", "webpack://x/{file}", "link.js"])
def test_no_file_outside_the_project_is_shown(tmp_path: Path, form: str, root: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    project = tmp_path / "panel"
    (project / "src").mkdir(parents=True)
    (project / "link.js").symlink_to(tmp_path / "secret")
    source = form.format(file=tmp_path / "secret")
    assert SECRET not in frame(project, source, sourceRoot=root)


def test_files_of_the_project_and_what_the_map_holds_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("of the file")
    assert "of the file" in frame(tmp_path, "a.js")
    assert "of the map" in frame(tmp_path, "/elsewhere/a.js", sourcesContent=["of the map"])
