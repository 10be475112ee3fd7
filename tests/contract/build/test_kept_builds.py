"""A panel built before of the same is taken as it was, and only then."""

import asyncio
from pathlib import Path

import pytest

from devkit.errors import BuildError
from devkit.settings import load_settings
from devkit.testing.farm.panel_cache import FOLDER
from devkit.testing.run.bundle import Bundle, build

pytestmark = pytest.mark.node


def bundle(project: Path) -> Bundle:
    return asyncio.run(build(load_settings(project)))


def kept(project: Path) -> int:
    return len(list((project / FOLDER).glob("*")))


def test_a_project_is_built_once_until_it_changes(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    entry = tmp_path / "src" / "index.js"
    entry.write_text("import './style.css'\nimport { word } from './word'\ndocument.title = word\n")
    (tmp_path / "src" / "style.css").write_text("body { color: red }\n")
    (tmp_path / "src" / "word.js").write_text("export const word = 'one'\n")
    (tmp_path / "devkit.toml").write_text('entry = "src/index.js"\n')
    first = bundle(tmp_path)
    assert (b"one" in first.js, b"red" in first.css, bool(first.js_map), kept(tmp_path)) == (
        True,
        True,
        True,
        1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("devkit.build.open_engine", None, raising=False)
        assert bundle(tmp_path) == first
    (tmp_path / "src" / "word.ts").write_text("export const word = 'two'\n")  # goes before word.js
    assert b"two" in bundle(tmp_path).js
    (tmp_path / "src" / "word.ts").write_text("export const word = \n")
    with pytest.raises(BuildError, match=r"word\.ts"):
        bundle(tmp_path)
    assert kept(tmp_path) == 2
