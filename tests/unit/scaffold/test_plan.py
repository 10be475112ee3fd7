import json
import re
import tomllib
from pathlib import Path, PurePosixPath

import click
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit import language
from devkit.app.events import BrowserOpened, PanelBuilt, Ready, RunEvent
from devkit.cli.main import main
from devkit.cli.output import make_printer
from devkit.errors import ScaffoldError
from devkit.model import read_model
from devkit.resources import packed_files, resource_dir
from devkit.scaffold import Answers, Template, check_features, find_template, load_templates, plan_project
from devkit.settings import BY_NAME

TEMPLATES = load_templates(packed_files("templates"))
NASTY = """'"`\\ {{ 1 }} ${x} [[ y ]] [% z %] </script> 中文 \u2028\x00\x7f\r\n*/ 🎉"""
COMBINATIONS = [
    (template, features)
    for template in TEMPLATES.values()
    for features in [(), ("ci",), *[(name, "ci") for name in template.features if name != "ci"]]
]
each_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))


def planned(template: Template, **answers: object) -> dict[str, str]:
    files = plan_project(template, Answers(**{"name": "lamp", **answers}))  # type: ignore[arg-type]
    return {path.as_posix(): content.decode() for path, content in files.items()}


def test_the_templates_of_the_readme_are_there_in_its_order() -> None:
    told = ["minimal", "react", "react-ts", "vue3", "vue3-ts", "vanilla-ts", "ble-custom", "ble-llsync"]
    assert [name for name in TEMPLATES if name in told] == told


@each_template
def test_a_project_has_what_a_panel_needs(template: Template) -> None:
    files = planned(template)
    assert {
        "devkit.toml",
        "thing-model.json",
        ".gitignore",
        "README.md",
        "tests/test_panel.py",
    } <= files.keys()
    assert "src/h5-panel-sdk.d.ts" in files
    assert ("tsconfig.json" in files) == (template.language == "ts")
    assert [name for name in files if re.match(r"src/index\.(jsx?|tsx?)$", name)]


@pytest.mark.parametrize(
    ("template", "features"), COMBINATIONS, ids=lambda item: getattr(item, "name", None) or "+".join(item)
)
def test_what_is_read_is_in_the_language_of_the_maker(template: Template, features: tuple[str, ...]) -> None:
    english, chinese = (planned(template, features=features, language=name) for name in ("en", "zh"))
    assert english.keys() == chinese.keys()
    assert not [name for name in english if ".zh." in name]
    read = {"README.md", "AGENTS.md"}
    assert {name for name in english if english[name] != chinese[name]} == read
    for name in read:
        named = [re.findall(r"`([^`\n]+)`", files[name]) for files in (english, chinese)]
        assert sorted(named[0]) == sorted(named[1])
    assert "## 开发" in chinese["README.md"]
    assert "平台的规则" in chinese["AGENTS.md"]
    made = ("src/thing-model.d.ts", "dist/index.js", "dist/index.css")  # by commands
    for path in re.findall(
        r"`((?:src|tests|models|peripherals|\.github|\.vscode|dist)/[^` ]*)`", str(english)
    ):
        assert path in made or [name for name in english if PurePosixPath(name).match(f"{path}*")], path


@each_template
def test_the_editor_finds_its_files(template: Template) -> None:
    files = planned(template, features=("lint",) if "lint" in template.features else ())
    folder = {name: json.loads(files[f".vscode/{name}.json"]) for name in ("launch", "tasks", "settings")}
    assert json.loads(files[".vscode/extensions.json"])["recommendations"]
    config = "tsconfig.json" if template.language == "ts" else "jsconfig.json"
    assert json.loads(files[config])["include"] == ["src"]
    labels = {task["label"] for task in folder["tasks"]["tasks"]}
    assert {item.get("preLaunchTask", "devkit: dev") for item in folder["launch"]["configurations"]} <= labels
    for task in folder["tasks"]["tasks"]:
        program, name, *options = task["command"].split()
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        known = {option for param in command.params for option in param.opts}
        assert program == "devkit"
        assert {option for option in options if option.startswith("--")} <= known
    named = {files["devkit.toml"].split()[0]} | {folder["settings"]["json.schemas"][0]["url"]}
    assert named == {"#:schema", "./.devkit/schemas/thing-model.json"}
    places = (files["devkit.toml"].split()[1], *folder["settings"]["yaml.schemas"], *named - {"#:schema"})
    assert {Path(place).name for place in places} == {path.name for path in resource_dir("schemas").iterdir()}


@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_the_editor_knows_when_a_build_ends(spoken: str, capsys: pytest.CaptureFixture[str]) -> None:
    language.choose(spoken)
    printer = make_printer(as_json=False)
    tasks = json.loads(planned(TEMPLATES["react"])[".vscode/tasks.json"])["tasks"][:2]
    begins, ends = zip(
        *[list(task["problemMatcher"]["background"].values())[1:] for task in tasks], strict=True
    )

    def said(event: RunEvent) -> list[str]:
        printer.show(event)
        return click.unstyle(capsys.readouterr().out).splitlines()

    first = said(PanelBuilt(9, 100, 0, "node", first=True))
    again = said(PanelBuilt(9, 100, 0, "node"))
    ready = said(Ready("http://p", "http://c/", "secret", "http://proxy"))
    opened = said(BrowserOpened("https://p"))
    assert all(re.search(pattern, first[0]) for pattern in begins)
    assert not any(re.search(pattern, first[0]) for pattern in ends)
    assert re.search(begins[0], again[0])
    assert re.search(ends[0], again[0])
    assert len([line for line in ready if re.search(ends[0], line)]) == 1
    assert re.search(ends[1], opened[0])


@each_template
def test_settings_and_thing_model_are_valid(template: Template) -> None:
    files = planned(template, product_id="AB12CD34EF")
    table = tomllib.loads(files["devkit.toml"])
    assert table["product_id"] == "AB12CD34EF"
    assert table.keys() <= BY_NAME.keys()
    kinds = {item.define.type for item in read_model(files["thing-model.json"]).properties}
    if template.values["gateway"]:
        assert kinds == {"bool", "int", "enum"}
        return
    wanted = {"bool", "int", "float", "enum"}
    if not template.values["bluetooth"]:
        wanted |= {"string", "stringenum", "timestamp", "struct", "array"}
    assert kinds == wanted


@pytest.mark.parametrize(
    ("name", "device_name", "kind"),
    [("ble-custom", "A1:B2:C3:D4:E5:F6", "Thermometer"), ("ble-llsync", "dev01", "Light")],
)
def test_a_bluetooth_panel_comes_with_its_device(name: str, device_name: str, kind: str) -> None:
    files = planned(TEMPLATES[name])
    table = tomllib.loads(files["devkit.toml"])
    assert table["device_name"] == device_name
    (spec,) = table["peripherals"]
    place, _, class_name = spec.partition(":")
    assert class_name == kind
    assert f"class {kind}(" in files[place]
    assert "peripherals" not in planned(TEMPLATES["react"])["devkit.toml"]


def test_packages_only_where_they_are_needed() -> None:
    with_packages = [name for name, template in TEMPLATES.items() if "package.json" in planned(template)]
    assert with_packages == ["react-ts", "vue3", "vue3-ts", "vanilla-ts"]
    assert "package.json" not in planned(TEMPLATES["react"], features=("less", "ci"))
    package = json.loads(planned(TEMPLATES["react"], features=("router", "antd-mobile"))["package.json"])
    assert list(package["dependencies"]) == ["antd-mobile", "react-router-dom"]


@pytest.mark.parametrize(
    ("template", "features"), COMBINATIONS, ids=lambda item: getattr(item, "name", None) or "+".join(item)
)
def test_every_feature_renders(template: Template, features: tuple[str, ...]) -> None:
    files = planned(template, features=features, description=NASTY)
    left = re.compile(r"\[%|%\]|\[\[ |\[# |/\*:")
    assert not {
        name: text
        for name, text in files.items()
        if name not in {"README.md", "package.json"} and left.search(text)
    }
    if "ci" in features:
        workflow = yaml.safe_load(files[".github/workflows/panel.yml"])
        assert "devkit release" in [step.get("run") for step in workflow["jobs"]["build"]["steps"]]
    style = {"less": ".less", "sass": ".scss"}.get(features[0] if features else "", ".css")
    assert [name for name in files if name.startswith("src/") and name.endswith(style)]


@each_template
def test_a_nasty_description_comes_out_right(template: Template) -> None:
    files = planned(template, description=NASTY, features=tuple(template.features)[-1:])
    if "package.json" in files:
        assert json.loads(files["package.json"])["description"] == NASTY
    assert "中文" in files["README.md"]
    assert "</script>" not in files["README.md"]
    assert "\x00" not in files["README.md"]
    plain = planned(template, features=tuple(template.features)[-1:])
    changed = {name for name in files if files[name] != plain[name]}
    assert changed <= {"README.md", "package.json"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_description_comes_out_right(description: str) -> None:
    package = json.loads(planned(TEMPLATES["vanilla-ts"], description=description)["package.json"])
    assert package["description"] == description


@pytest.mark.parametrize("name", [name for name, item in TEMPLATES.items() if item.language == "js"])
def test_javascript_parses(name: str) -> None:
    from esbuild_py import transform

    for path, text in planned(TEMPLATES[name]).items():
        if PurePosixPath(path).suffix in {".js", ".jsx"}:
            assert transform(text), path


def test_the_minimal_panel_imports_nothing() -> None:
    source = planned(TEMPLATES["minimal"])["src/index.jsx"]
    assert not re.search(r"^(import|export)\b|\brequire\(", source, re.MULTILINE)


def test_the_thing_model_of_the_user_is_copied_as_it_is() -> None:
    text = '{"properties": []}\n\n'
    assert planned(TEMPLATES["react"], model=text)["thing-model.json"] == text


def test_the_thing_model_of_templates_is_the_one_that_devkit_reads() -> None:
    text = TEMPLATES["react"].files["_shared/common/thing-model.json"].decode()
    assert read_model(text).properties[0].id == "power_switch"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("reakt", "Did you mean react?"),
        ("VUE3", "Did you mean vue3?"),
        ("zzz", "Choose from: minimal, react,"),
    ],
)
def test_an_unknown_template_gets_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        find_template(TEMPLATES, name)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("template", "features", "message"),
    [
        ("react", ["les"], "no feature 'les'.\nDid you mean less?"),
        ("minimal", ["router"], "no feature 'router'.\nChoose from: ci."),
        ("vue3", ["antd-mobile"], "no feature 'antd-mobile'"),
        ("react", ["less", "sass"], "less and sass cannot be had together"),
    ],
)
def test_features_that_cannot_be_had(template: str, features: list[str], message: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        check_features(TEMPLATES[template], features)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "answers", [{"version": "1"}, {"version": "v1.0.0"}, {"product_id": "a b"}, {"description": "\ud800"}]
)
def test_answers_that_cannot_be_used(answers: dict[str, str]) -> None:
    with pytest.raises(ScaffoldError, match=r"is not"):
        planned(TEMPLATES["react"], **answers)
