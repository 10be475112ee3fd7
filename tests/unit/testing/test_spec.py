"""Arguments of the marker, presets of devices, and sheets of states."""

from pathlib import Path

import pytest

from devkit.errors import SettingsError
from devkit.testing.run.presets import PRESETS, preset
from devkit.testing.tools.sheet import read_sheet
from devkit.testing.world.spec import NAMES, PanelSpec


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"modle": "x.json"}, "Did you mean model=?"),
        ({"zzz": 1}, "It takes: js, css, model"),
        ({"data": [1]}, "data= must be a mapping of property ids to values, not [1]."),
        ({"online": 1}, "online= must be True or False, not 1."),
        ({"viewport": (375, 0)}, "viewport= must be (width, height) in pixels"),
        ({"viewport": (375,)}, "viewport= must be (width, height) in pixels"),
        ({"color_scheme": "blue"}, "color_scheme= must be light or dark, not 'blue'."),
        ({"timeout": 0}, "timeout= must be above 0, not 0."),
        ({"timeout": True}, "timeout= must be a number of seconds, not True."),
        ({"errors": "ignore"}, "errors= must be fail or allow, not 'ignore'."),
    ],
)
def test_wrong_arguments_are_told(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as error:
        PanelSpec().replace(**arguments)
    assert words in str(error.value)


def test_a_list_is_a_viewport_too_and_contexts_are_shared_by_equal_looks() -> None:
    first = PanelSpec().replace(viewport=[320, 568])
    assert first.viewport == (320, 568)
    assert first.browser_key == PanelSpec(viewport=(320, 568), data={"a": 1}).browser_key
    assert first.browser_key != PanelSpec().browser_key
    assert first.context_options["service_workers"] == "block"
    assert "user_agent" not in first.context_options
    assert first.replace(user_agent="MicroMessenger/8").context_options["user_agent"] == "MicroMessenger/8"


def test_presets_and_traits() -> None:
    assert preset("iphone-15:dark:en-US") == {
        **PRESETS["iphone-15"],
        "color_scheme": "dark",
        "locale": "en-US",
    }
    assert preset("375x667")["viewport"] == (375, 667)
    for name in PRESETS:
        assert set(PanelSpec().replace(**preset(name)).context_options)
    with pytest.raises(SettingsError, match=r"Did you mean ipad\?"):
        preset("ipod")
    with pytest.raises(SettingsError, match="neither dark, light nor a locale"):
        preset("ipad:drak")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("states: []", "it must have a list of states"),
        ("[", "this is not YAML"),
        ("state:\n  - {}", "it must have a list of states"),
        ("states: [{dta: {a: 1}}]", "state 1: panel(): there is no argument dta=."),
        ("stats: 1\nstates: [{name: a}]", "Did you mean states?"),
        ("states: [{steps: [{clik: x}]}]", "Did you mean click?"),
        ("states: [{steps: [click]}]", "a step is one of click, report"),
        ("devices: [ipod]\nstates: [{name: a}]", "Did you mean ipad?"),
    ],
)
def test_wrong_sheets_are_told(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "shots.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as error:
        read_sheet(file)
    assert words in str(error.value)


def test_on_and_off_are_names_of_states(tmp_path: Path) -> None:
    file = tmp_path / "shots.yaml"
    file.write_text(
        "states:\n- {name: on, online: true}\n- {name: off, online: false}\n- {data: {a: yes}}", "utf-8"
    )
    sheet = read_sheet(file)
    assert [state.name for state in sheet.states] == ["on", "off", "state 3"]
    assert [state.spec.get("online") for state in sheet.states] == [True, False, None]


def test_the_docs_name_every_argument() -> None:
    text = (Path(__file__).parents[3] / "docs" / "testing.md").read_text("utf-8")
    missing = [name for name in NAMES if f"`{name}`" not in text]
    assert not missing
    assert [name for name in PRESETS if f"`{name}`" not in text] == []
