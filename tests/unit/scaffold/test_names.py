from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import ScaffoldError
from devkit.scaffold import check_folder_name, check_name, suggest_name


@pytest.mark.parametrize("name", ["lamp", "my-lamp", "lamp_2", "a.b", "3d-lamp", "x" * 214])
def test_takes(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "reason", "suggestion"),
    [
        ("", "empty", "my-panel"),
        ("Lamp", "lower case", "lamp"),
        ("my lamp", "' '", "my-lamp"),
        ("客厅灯", "'客'", "my-panel"),
        ("灯 Lamp", "lower case", "lamp"),
        (".lamp", "begins", "lamp"),
        ("_lamp", "begins", "lamp"),
        ("-rf", "begins", "rf"),
        ("lamp.", "Windows", "lamp"),
        ("lamp ", "Windows", "lamp"),
        ("con", "Windows", "con-panel"),
        ("aux.js", "Windows", "aux-panel"),
        ("com1", "Windows", "com1-panel"),
        ("COM¹", "Windows", "com1-panel"),
        ("node_modules", "npm", "node_modules-panel"),
        ("favicon.ico", "npm", "favicon-panel"),
        ('la"mp', "'\"'", "la-mp"),
        ("la{{mp}}", "'{'", "la-mp"),
        ("a/b", "'/'", "a-b"),
        ("a\0b", "'\\x00'", "a-b"),
        ("é", "'é'", "e"),
        ("x" * 215, "214", "x" * 214),
    ],
)
def test_refuses_with_a_name_that_works(name: str, reason: str, suggestion: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        check_name(name)
    assert reason in caught.value.message
    assert caught.value.hint == f"Try {suggestion}."
    check_name(suggestion)


@given(st.text())
def test_every_suggestion_works(name: str) -> None:
    suggestion = suggest_name(name)
    check_name(suggestion)
    assert suggest_name(suggestion) == suggestion


@given(st.text())
def test_what_is_taken_can_be_a_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    try:
        check_name(name)
    except ScaffoldError:
        return
    folder = tmp_path_factory.getbasetemp() / "names" / name
    folder.mkdir(parents=True, exist_ok=True)
    assert Path(folder).name == name


def test_folders_may_have_any_letters_but_not_any_name() -> None:
    check_folder_name("我的 面板")
    with pytest.raises(ScaffoldError, match="device"):
        check_folder_name("nul")
