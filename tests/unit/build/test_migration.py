"""devkit.toml after `devkit migrate`: what it says stays, what was found joins it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.build.messages import FoundReply
from devkit.build.project.configurations import project_code
from devkit.build.project.migration import plan_migration
from devkit.errors import SettingsError
from devkit.settings import load_settings

EMPTY: dict[str, Any] = {"alias": {}, "define": {}, "style_prelude": {}, "less_vars": {}}


def planned(folder: Path, text: str, **settings: Any) -> tuple[str, dict[str, Any]]:
    (folder / "devkit.toml").write_text(text)
    found: FoundReply = {"rows": [], "settings": {**EMPTY, **settings}, "summary": ""}  # type: ignore[typeddict-item]
    migration = plan_migration(load_settings(folder, environ={}), found)
    return migration.text, tomllib.loads(migration.text)


def test_what_is_found_joins_what_is_there(tmp_path: Path) -> None:
    text = '# my panel\nproduct_id = "P"\n\n[alias] # names\n"@" = "lib"\n\n[mirror]\na = "http://b"\n'
    px = {"width": 750, "packages": {}, "exclude": ["/node_modules/"], "include": []}
    written, table = planned(
        tmp_path,
        text,
        alias={"@": "src", "~ui": "src/ui"},
        define={"V": '"1"'},
        style_prelude={"scss": '@import "@/a.scss";\n'},
        entry="src/main.tsx",
        px_to_viewport=px,
    )
    assert table == {
        "product_id": "P",
        "entry": "src/main.tsx",
        "px_to_viewport": {"width": 750, "exclude": ["/node_modules/"]},
        "alias": {"@": "lib", "~ui": "src/ui"},
        "mirror": {"a": "http://b"},
        "define": {"V": '"1"'},
        "style_prelude": {"scss": '@import "@/a.scss";\n'},
    }
    assert written.startswith("# my panel\n")
    (tmp_path / "devkit.toml").write_text(written)
    assert load_settings(tmp_path, environ={}).px_to_viewport.width == 750


def test_nothing_new_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    text = 'entry = "a.js"\n[alias]\n"@" = "lib"'
    assert planned(tmp_path, text, alias={"@": "src"}, entry="b.js")[0] == text


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={})
    (tmp_path / "devkit.toml").write_text("entry = ")
    found: FoundReply = {"rows": [], "settings": EMPTY, "summary": ""}  # type: ignore[typeddict-item]
    with pytest.raises(SettingsError, match=r"devkit\.toml"):
        plan_migration(settings, found)


@given(st.dictionaries(st.text(min_size=1).filter(lambda text: text.isprintable()), st.text().filter(
    lambda text: "\x7f" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text))))  # fmt: skip
def test_any_names_and_values_survive(
    tmp_path_factory: pytest.TempPathFactory, alias: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("panel")
    assert planned(folder, 'entry = "a"\n', alias=alias)[1].get("alias", {}) == alias


def test_a_configuration_that_names_plugins_of_the_project_is_code_that_runs(tmp_path: Path) -> None:
    (tmp_path / "vite.config.ts").touch()
    assert project_code(tmp_path) == ()
    assert [item.file.name for item in project_code(tmp_path, migrate=True)] == ["vite.config.ts"]
    (tmp_path / "node_modules/postcss-pxtorem").mkdir(parents=True)
    assert [item.file.name for item in project_code(tmp_path)] == ["vite.config.ts"]
