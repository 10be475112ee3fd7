"""Many panels in one repository."""

from pathlib import Path

import pytest

from devkit.errors import SettingsError
from devkit.settings import load_settings


def made(project: Path, text: str, *files: str) -> Path:
    (project / "devkit.toml").write_text(text)
    for name in files:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    return project


def names(project: Path) -> list[str]:
    return list(load_settings(project, environ={}).panels.expand(project))


def test_a_panel_has_settings_of_its_own_over_those_of_the_project(tmp_path: Path) -> None:
    text = """
        target = "ios12"
        product_id = "ALL"
        [panels.lamp]
        entry = "lamp/index.jsx"
        product_id = "LAMP"
        [panels]
        fan = "fan/index.jsx"
    """
    project = made(
        tmp_path, text.replace("[panels]\n        fan", "[panels.x]\n        entry"), "lamp/index.jsx"
    )
    lamp = load_settings(project, {"port": 0}, environ={}, panel="lamp")
    assert (lamp.panel, lamp.product_id, lamp.target) == ("lamp", "LAMP", "ios12")
    assert lamp.path("entry") == project / "lamp/index.jsx"
    assert lamp.path("out") == project / "dist/lamp"
    assert load_settings(project, environ={"DEVKIT_PANEL": "lamp"}).product_id == "LAMP"
    assert load_settings(project, environ={}).product_id == "ALL"


def test_a_folder_is_a_project_with_a_file_of_its_own(tmp_path: Path) -> None:
    project = made(
        tmp_path, 'target = "ios12"\nless_math = "strict"\n[panels]\nlamp = "panels/lamp"', "panels/lamp/x"
    )
    (project / "panels/lamp/devkit.toml").write_text('target = "ios13"')
    lamp = load_settings(project, environ={}, panel="lamp")
    assert (lamp.project, lamp.target, lamp.less_math) == (project / "panels/lamp", "ios13", "strict")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[panels]\n"*" = "panels/*"', ["fan", "lamp"]),
        ('[panels]\n"my-*" = "panels/*"', ["my-fan", "my-lamp"]),
        ('[panels]\nall = "panels/*/index.jsx"\nown = "x.jsx"', ["lamp", "own"]),
        ('[panels."*"]\nentry = "panels/*/index.jsx"\nmodel = "panels/*/model.json"', ["lamp"]),
        ("", []),
    ],
)
def test_globs_name_panels_by_what_the_star_stands_for(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    project = made(
        tmp_path, text, "panels/lamp/index.jsx", "panels/fan/main.jsx", "panels/readme.md", "x.jsx"
    )
    assert names(project) == expected


def test_a_star_in_other_settings_is_the_same(tmp_path: Path) -> None:
    text = '[panels."*"]\nentry = "p/*/index.jsx"\nmodel = "p/*/model.json"'
    project = made(tmp_path, text, "p/lamp/index.jsx")
    assert load_settings(project, environ={}, panel="lamp").path("model") == project / "p/lamp/model.json"


@pytest.mark.parametrize(
    ("text", "panel", "words"),
    [
        ('[panels]\nlamp = "a.js"', "lmap", "Did you mean lamp"),
        ("", "lamp", r"no \[panels\]"),
        ("panels = 3", "lamp", "must be a table"),
        ("[panels.lamp]\nmodell = 'x'", "lamp", "neither folder nor entry"),
        ("[panels.lamp]\nentry = 'x.js'\nprot = 3", "lamp", "'prot'"),
        ("[panels.lamp]\nfolder = 'gone'", "lamp", "no folder"),
        ("[panels.lamp]\nfolder = '..'", "lamp", "outside the project"),
        ('[panels]\n"*" = "../*"', "lamp", "outside the project"),
        ('[panels]\n"*" = "/etc/*.d"', "lamp", "outside the project"),
        ('[panels]\n"*" = "panels/../../**/*"', "lamp", "outside the project"),
        ('[panels]\n"*" = "gone/*"', "lamp", "no panel fits"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, panel: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_settings(made(tmp_path, text), environ={}, panel=panel)
