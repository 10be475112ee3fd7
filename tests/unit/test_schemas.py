"""The schemas accept what devkit reads, and refuse what it refuses."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from devkit.settings import SETTINGS, read_project_file
from devkit.testing.tools.sheet import sheet_loader
from docs.schemas import SCHEMAS, texts

ROOT = Path(__file__).parents[2]
VALIDATORS = {name: Draft7Validator(make()) for name, make in SCHEMAS.items()}


def problems(name: str, value: Any) -> list[str]:
    return [error.message for error in VALIDATORS[name].iter_errors(value)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_files_are_current_and_schemas(name: str) -> None:
    assert (ROOT / "schemas" / name).read_text("utf-8") == texts()[name], "run: python docs/generate.py"
    Draft7Validator.check_schema(json.loads(texts()[name]))


def test_every_thing_model_here_is_valid() -> None:
    files = [*ROOT.glob("templates/**/thing-model.json"), *ROOT.glob("tests/data/thing-models/*.json")]
    assert len(files) > 3
    for file in files:
        model = json.loads(file.read_text("utf-8-sig"))
        if "properties" in model:
            assert problems("thing-model.json", model) == [], file


def test_every_setting_with_its_default_is_valid() -> None:
    table = {
        row.name: row.default for row in SETTINGS if isinstance(row.default, str | int | bool | dict | list)
    }
    assert problems("devkit.json", {name: value for name, value in table.items() if value != ""}) == []


def test_samples_of_the_documents_are_valid() -> None:
    fence = re.compile(r"^```(toml|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    seen = set()
    for page in (*ROOT.glob("docs/*.md"), *ROOT.glob("README*.md")):
        for language, text in fence.findall(page.read_text("utf-8")):
            loaded = [tomllib.loads(text)] if language == "toml" else yaml.load_all(text, sheet_loader())
            value = next(iter(loaded))
            name = (
                "devkit.json"
                if language == "toml"
                else {"states": "shots.json", "steps": "scenario.json"}.get(
                    next((key for key in ("states", "steps") if key in value), ""), ""
                )
            )
            if name and page.name not in ("templates.md", "templates.zh.md"):
                assert problems(name, value) == [], f"{page.name}: {text}"
                seen.add(name)
    assert seen == {"devkit.json", "shots.json", "scenario.json"}


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("port = 0", True),
        ("px_to_viewport = 375", True),
        ("[px_to_viewport]\nwidth = 375\nexclude = ['vant']", True),
        ("[panels]\nlamp = 'lamp'\n[panels.b]\nentry = 'b.js'\nport = 3", True),
        ("prot = 9000", False),
        ("port = '9000'", False),
        ("port = 70000", False),
        ("lang = 'de'", False),
        ("peripherals = 'a.py'", True),
        ("peripherals = ['']", False),
        ("[px_to_viewport]\nwide = 3", False),
        ("[define]\nA = 1", False),
        ("[budget]\njs = '300 kB'\nfirst_pixels = '1.2 s'\nscore = 90", True),
        ("[budget]\njs = 300", False),
        ("[budget]\njs = '3 s'", False),
        ("[budget]\nfirst_pixel = '3 s'", False),
    ],
)
def test_devkit_toml(line: str, ok: bool, tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text(line)
    assert (problems("devkit.json", tomllib.loads(line)) == []) == ok
    if ok:
        read_project_file(tmp_path / "devkit.toml")


BOOL = {"type": "bool", "mapping": {"0": "off", "1": "on"}}


@pytest.mark.parametrize(
    "define",
    [
        {"type": "boolean"},
        {"type": "enum", "mapping": {"a": "A"}},
        {"type": "enum"},
        {"type": "int", "min": "low"},
        {"type": "struct", "specs": [{"id": "x"}]},
        {"type": "array", "arrayInfo": {"type": "nope"}},
        {"type": "bool", "mapping": {"2": "x"}},
    ],
)
def test_broken_thing_models(define: Any) -> None:
    prop = {"id": "x", "name": "X", "mode": "rw", "define": define}
    assert problems("thing-model.json", {"properties": [{**prop, "define": BOOL}]}) == []
    assert problems("thing-model.json", {"properties": [prop]})


@pytest.mark.parametrize(
    ("name", "text", "ok"),
    [
        ("shots.json", "states: [{name: a, data: {x: 1}, steps: [{click: b}, {offline: true}]}]", True),
        ("shots.json", "states: []", False),
        ("shots.json", "states: [{name: a, date: {x: 1}}]", False),
        ("shots.json", "states: [{steps: [{clik: b}]}]", False),
        ("shots.json", "states: [{color_scheme: dim}]", False),
        (
            "scenario.json",
            "steps: [{after: 500ms, report: {x: 1}}, {firmware: '1.2'}, {provision: true}]",
            True,
        ),
        ("scenario.json", "steps: [{after: soon}]", False),
        ("scenario.json", "steps: [{reprot: {x: 1}}]", False),
        ("scenario.json", "steps: [{report: {x: 1}, online: true}]", False),
        ("scenario.json", "steps: [{fault: {latency: 3}}]", False),
        ("scenario.json", "loop: true", False),
    ],
)
def test_yaml(name: str, text: str, ok: bool) -> None:
    assert (problems(name, yaml.safe_load(text)) == []) == ok
