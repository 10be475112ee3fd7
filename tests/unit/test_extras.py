"""Where an error says "install this extra", the command works for a checkout and for a wheel file."""

import importlib.metadata
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from devkit import extras

ROOT = Path(__file__).parents[2]
WRITTEN = ("devkit", "templates", "docs", "addons")
FROM_AN_INDEX = re.compile(r"pip install [^\n|]*\bh5-devkit\b")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    extras._origin.cache_clear()
    yield
    extras._origin.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, record: object) -> None:
    text = None if record is None else json.dumps(record)
    monkeypatch.setattr(
        importlib.metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text)
    )


def test_a_checkout_in_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "my devkit"
    folder.mkdir()
    installed(monkeypatch, {"url": folder.as_uri(), "dir_info": {"editable": True}})
    assert extras.install_command("radio") == f'pip install --editable "{folder}[radio]"'


def test_a_wheel_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheel = tmp_path / "h5_devkit-0.2.0-py3-none-any.whl"
    wheel.touch()
    installed(monkeypatch, {"url": wheel.as_uri(), "archive_info": {}})
    assert extras.install_command("test") == f'pip install "{wheel}[test]"'


@pytest.mark.parametrize(
    "record", [None, {}, {"url": "https://example.com/devkit.whl"}, {"url": "file:///gone"}]
)
def test_where_it_came_from_is_not_known(monkeypatch: pytest.MonkeyPatch, record: object) -> None:
    installed(monkeypatch, record)
    assert extras.install_command("team") == 'pip install "/path/to/devkit[team]"'


def test_nobody_is_sent_to_an_index() -> None:
    written = [
        ROOT / "README.md",
        ROOT / "README.zh.md",
        *(p for f in WRITTEN for p in (ROOT / f).rglob("*")),
    ]
    faults = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in written
        if path.suffix in {".md", ".py", ".ts", ".tsx", ".yml", ".toml"} and "node_modules" not in path.parts
        for found in FROM_AN_INDEX.finditer(path.read_text("utf-8"))
    ]
    assert not faults, "\n".join(faults)
