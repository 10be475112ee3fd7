"""The declarations of a thing model; that tsc takes them, tests/contract/test_types.py tries."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit import language
from devkit.cli.main import main
from devkit.model import ThingModel, read_model
from devkit.model.editor import refresh, write_schemas
from devkit.model.typescript import declarations
from devkit.settings import load_settings

MODEL = {
    "properties": [
        {
            "id": "on",
            "name": "开关",
            "mode": "rw",
            "define": {"type": "bool", "mapping": {"0": "关", "1": "开"}},
        },
        {
            "id": "mode",
            "name": "M",
            "mode": "rw",
            "define": {"type": "enum", "mapping": {"0": "冷", "-1": "*/x"}},
        },
        {
            "id": "7a",
            "name": "",
            "mode": "r",
            "define": {"type": "array", "arrayInfo": {"type": "stringenum", "mapping": {"a": "A", "b": "b"}}},
        },
    ]
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_enums_are_unions_with_their_words(project: Path) -> None:
    text = declarations(read_model(json.dumps(MODEL)))
    assert "/** 开关: 0 (关) or 1 (开) */\n      on: 0 | 1;" in text
    assert "mode:\n        | 0 /* 冷 */\n        | -1 /* * /x */;" in text
    assert '"7a": Array<\n' in text
    assert '| "a" /* A */\n' in text
    assert '| "b">;' in text.replace(" /* b */", "")
    assert 'writable: "on" | "mode";' in text


def test_an_empty_model_has_nothing() -> None:
    assert "properties: {};\n" in declarations(ThingModel())
    assert "writable: never;" in declarations(ThingModel())


def test_the_command_writes_and_checks(project: Path) -> None:
    run = CliRunner().invoke
    assert run(main, ["types", "--check"]).exit_code == 1
    assert "Wrote" in run(main, ["types"]).output
    assert (project / ".devkit" / "schemas" / "devkit.json").is_file()
    assert run(main, ["types", "--check"]).exit_code == 0
    assert "Up to date" in run(main, ["types"]).output
    (project / "thing-model.json").write_text('{"properties": []}')
    assert run(main, ["types", "--check"]).exit_code == 1
    (project / "thing-model.json").write_text("{")
    assert run(main, ["types"]).exit_code == 1


def test_all_of_a_team_get_the_same_file() -> None:
    english = declarations(read_model(json.dumps(MODEL)))
    language.choose("zh")
    assert declarations(read_model(json.dumps(MODEL))) == english
    assert language.language() == "zh"


def test_a_panel_of_many_gets_its_own(project: Path) -> None:
    (project / "lamp" / "src").mkdir(parents=True)
    (project / "lamp" / "thing-model.json").write_text('{"properties": []}')
    (project / "devkit.toml").write_text('[panels]\nlamp = "lamp"\n')
    result = CliRunner().invoke(main, ["types", "lamp"])
    assert result.exit_code == 0, result.output
    assert "properties: {};" in (project / "lamp" / "src" / "thing-model.d.ts").read_text("utf-8")
    assert CliRunner().invoke(main, ["types", "lmap"]).exit_code == 2


def test_a_run_refreshes_only_what_is_there(project: Path) -> None:
    settings = load_settings(project)
    assert not refresh(settings)
    assert not (project / "src").exists()
    assert not (project / ".devkit").exists()
    (project / "devkit.toml").write_text("#:schema ./.devkit/schemas/devkit.json\n")
    refresh(settings)
    assert (project / ".devkit" / "schemas" / "devkit.json").is_file()
    file = project / "src" / "thing-model.d.ts"
    file.parent.mkdir()
    file.write_text("old")
    write_schemas(project)
    (project / ".devkit" / "schemas" / "shots.json").write_text("old")
    assert refresh(settings)
    assert not refresh(settings)
    assert "on: 0 | 1" in file.read_text("utf-8")
    assert (project / ".devkit" / "schemas" / "shots.json").read_text() != "old"
    (project / "thing-model.json").write_text("{")
    assert not refresh(settings)
