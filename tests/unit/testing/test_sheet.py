"""shots.yaml: its lines in errors, the first one, and states that are added to it."""

import contextlib
import json
from pathlib import Path

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devkit import language
from devkit.errors import ProjectFileError, ServeError, SettingsError
from devkit.model import load_model, read_model
from devkit.testing.run.artifacts import slug
from devkit.testing.tools.first_sheet import add_state, first_sheet, state_of, write_sheet_file
from devkit.testing.tools.sheet import parse_sheet, read_sheet
from devkit.testing.tools.shots import _unused

FILE = Path("shots.yaml")
MODELS = Path(__file__).parents[2] / "data" / "thing-models"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("states:\n- name: a\n- nme: b\n", 3),
        ("title: x\nstats: 1\nstates: [{name: a}]\n", 2),
        ("states:\n- name: a\n  data: {x: [1\n", 4),
        ("devices: [ipod]\nstates: [{name: a}]", 1),
        ("states: [{name: a}]\nthemes: [dim]", None),
        ("states:\n- {}\n- steps: [{event: 5}]", 3),
        ("states: []", 1),
        ("states: [{name: a}]\nstates:\n- {name: b}\n- {name: c}\n", 2),
        ("states:\n- {}\n- data: {brightness: .nan}", 3),
        ("states:\n- {}\n- steps: [{click: !!binary aGk=}]", 3),
        ("states:\n- {}\n- steps: [{click: {nix: 5}}]", 3),
        ("states:\n- {}\n- steps: [{click: }]", 3),
        ("states:\n- {}\n- steps: [{wait_for: {selector: b}}]", 3),
        ("states:\n- data: {1: 2, a: 3}", 2),
        ('states:\n- name: "\\ud800"', 2),
        ('states: [{}]\ntitle: "\\ud800"', 2),
    ],
)
def test_errors_name_the_line(text: str, line: int | None) -> None:
    with pytest.raises(ProjectFileError) as error:
        parse_sheet(text, FILE)
    assert error.value.file == FILE
    if line is not None:
        assert error.value.line == line


def test_dates_are_texts() -> None:
    (state,) = parse_sheet("states: [{name: 2026-01-01, steps: [{click: 2026-01-02}]}]", FILE).states
    assert (state.name, state.steps) == ("2026-01-01", [{"click": "2026-01-02"}])


def test_states_with_like_names_have_files_of_their_own() -> None:
    used: set[str] = set()
    names = [_unused(slug(name), used) for name in ("a b", "a-b", "A/b", "开 关", "?")]
    assert names == ["a-b", "a-b-2", "A-b-3", "开-关", ""]


def test_themes_and_languages_multiply_the_devices() -> None:
    text = "devices: [ipad, 320x568]\nthemes: [light, dark]\nlanguages: [zh-CN, en-US]\nstates: [{}]"
    devices = parse_sheet(text, FILE).devices
    assert len(devices) == 8
    assert devices[:2] == ["ipad:light:zh-CN", "ipad:light:en-US"]


@given(st.text(max_size=60))
def test_any_text_is_a_sheet_or_an_error(text: str) -> None:
    with contextlib.suppress(ProjectFileError):
        parse_sheet(text, FILE)


def test_the_first_sheet_is_in_the_language_of_its_maker() -> None:
    language.choose("zh")
    number = {"type": "int", "min": "0", "max": "9", "start": "5", "step": "1"}
    text = {"type": "string", "min": "0", "max": "20"}
    defines = {"speed": number, "label": text}
    model = {
        "properties": [{"id": name, "name": name, "define": item} for name, item in defines.items()],
        "events": [{"id": "hot", "name": "hot", "type": "fault", "params": []}],
    }
    states = parse_sheet(first_sheet(read_model(json.dumps(model)), "灯"), FILE).states
    names = ["默认值", "speed 最小", "speed 最大", "label 最长", "故障 hot", "离线"]
    assert [state.name for state in states] == names


@pytest.mark.parametrize("model", sorted(MODELS.glob("*.json")), ids=lambda path: path.stem)
def test_the_first_sheet_of_any_model_can_be_read(model: Path) -> None:
    thing = load_model(model)
    states = parse_sheet(first_sheet(thing, "Lamp: <1>"), FILE).states
    assert states[0].name == "defaults"
    assert states[-1].spec == {"online": False}
    assert len({state.name for state in states}) == len(states) <= 60
    for state in states:
        thing.validate(state.spec.get("data", {}), write=False)


def test_a_sheet_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "new" / "shots.yaml"
    write_sheet_file(file, "states: [{name: mine}]")
    with pytest.raises(SettingsError, match="cannot be written: "):
        write_sheet_file(file / "shots.yaml", "states: [{name: mine}]")
    with pytest.raises(SettingsError, match="exists"):
        write_sheet_file(file, "states: [{name: other}]")
    assert file.read_text() == "states: [{name: mine}]"
    write_sheet_file(file, "states: [{name: other}]", force=True)
    assert [path.name for path in file.parent.iterdir()] == ["shots.yaml"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("states:\n- name: a\n", "states:\n- name: a\n- name: new\n  data: {x: 1}\n"),
        (
            "states:\n  - name: a  # last\n\n# the end\ntitle: t\n",
            "states:\n  - name: a  # last\n  - name: new\n    data: {x: 1}\n\n# the end\ntitle: t\n",
        ),
        (
            "states:\n  - {name: a}\n  # after\n  - name: b\n    steps:\n      - offline: true",
            (
                "states:\n  - {name: a}\n  # after\n  - name: b\n    steps:\n      - offline: true\n"
                "  - name: new\n    data: {x: 1}\n"
            ),
        ),
        ("states: [{name: a}, # c\n]\n", "states: [{name: a}, {name: new, data: {x: 1}}, # c\n]\n"),
        (
            "states:\r\n- name: a\r\ntitle: t\r\n",
            "states:\r\n- name: a\r\n- name: new\r\n  data: {x: 1}\r\ntitle: t\r\n",
        ),
        (
            "states:\n- name: |\n    long\n    name\n\ntitle: t\n",
            "states:\n- name: |\n    long\n    name\n- name: new\n  data: {x: 1}\n\ntitle: t\n",
        ),
    ],
)
def test_a_state_is_added_and_all_else_kept(tmp_path: Path, text: str, wanted: str) -> None:
    file = tmp_path / "shots.yaml"
    file.write_bytes(text.encode())
    assert add_state(file, " new ", {"data": {"x": 1}}) == "new"
    assert file.read_bytes().decode() == wanted


@hypothesis.settings(max_examples=25)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
        st.integers() | st.text(max_size=12),
    ),
)
def test_whatever_is_added_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: dict[str, object]
) -> None:
    file = tmp_path_factory.mktemp("sheet") / "shots.yaml"
    file.write_text("states:\n  - name: <first>\n", "utf-8")
    try:
        kept = add_state(file, name, {"data": data})
    except ServeError:
        assert name.strip() == "<first>"
        return
    last = read_sheet(file).states[-1]
    assert last.name == kept
    assert last.spec == {"data": data}


def test_names_are_given_once_and_new_ones_invented(tmp_path: Path) -> None:
    file = tmp_path / "shots.yaml"
    assert add_state(file, "", {"online": False}) == "state 2"
    assert add_state(file, "", {}) == "state 3"
    with pytest.raises(ServeError, match="has a state 'state 3' already"):
        add_state(file, "state 3", {})
    file.write_text("states:\n- name: [")
    with pytest.raises(ProjectFileError, match="not YAML"):
        add_state(file, "x", {})
    assert file.read_text() == "states:\n- name: ["


def test_a_file_that_cannot_be_added_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin").write_bytes(b"states: [{name: \xff}]")
    with pytest.raises(SettingsError, match="folder cannot be written: "):
        add_state(tmp_path / "folder", "a", {})
    with pytest.raises(SettingsError, match="latin cannot be read: "):
        add_state(tmp_path / "latin", "a", {})


def test_a_device_is_described_by_what_differs() -> None:
    model = yaml.safe_load(
        '{"properties": [{"id": "on", "define": {"type": "bool", "mapping": {"0": "a"}}}]}'
    )
    device = {"model": model, "properties": {"on": 1}, "online": True}
    assert state_of(device) == {"data": {"on": 1}}
    assert state_of({**device, "properties": {"on": 0}, "online": False}) == {"online": False}
