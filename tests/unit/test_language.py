"""Texts for users: every one has a Chinese translation with the same values, and is found by it."""

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit import errors, language
from devkit.cli import chinese
from devkit.cli.main import main
from docs import catalogue

PLACES = re.compile(r"\{([\w!]+?)(?:!t)?\}")
NUMBERS = re.compile(r"\{(\d+)(?:!t)?\}")
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.DevkitError)
}
SAID = ERRORS | {
    "echo",
    "secho",
    "confirm",
    "prompt",
    "ClickException",
    "UsageError",
    "BadParameter",
    "Diagnostic",
}
"""What takes texts for users."""
ENGLISH = ("mcp/",)  # for agents


@pytest.fixture
def chinese_texts() -> None:
    language.choose("zh")


def test_the_catalogue_is_up_to_date() -> None:
    assert language.CATALOGUE.read_text("utf-8") == catalogue.update(), "run: python docs/catalogue.py"


def test_translations_have_the_values_of_their_texts() -> None:
    for text, translation in language.read_catalogue().items():
        assert set(PLACES.findall(text)) == set(PLACES.findall(translation)), text


def test_each_text_is_found_whatever_its_values(chinese_texts: None) -> None:
    for text, translation in language.read_catalogue().items():
        said = NUMBERS.sub(r"<\1>", text)
        assert language._(said) == NUMBERS.sub(r"<\1>", translation), text


def test_a_value_that_is_a_text_is_found_without_its_period(chinese_texts: None) -> None:
    ends = {text: said for text, said in language.read_catalogue().items() if re.search(r"[a-z]\.$", text)}
    for text, said in ends.items():
        if not NUMBERS.search(text) and said.endswith("。"):
            assert language._phrase(text[:-1]) == said[:-1]


def test_no_text_stays_none(chinese_texts: None) -> None:
    assert language._("") == ""


def bare_texts(path: str, tree: ast.Module) -> list[str]:
    """Return what is said to users in a module without `_`."""
    return [
        f"{path}:{place.lineno}: {text}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and catalogue.name_of(node) in SAID
        for place in [*node.args, *(word.value for word in node.keywords if word.arg in ("hint", "message"))]
        for text in catalogue.texts_of(place)
        if re.search(r"[A-Za-z]{2,} [a-z]{2,}", PLACES.sub("", text)) and not text.startswith("  ")
    ]


def test_texts_for_users_go_through_the_catalogue() -> None:
    modules = [(path, tree) for path, tree in catalogue.modules().items() if not path.startswith(ENGLISH)]
    assert not [text for path, tree in modules for text in bare_texts(path, tree)]


def test_help_is_chinese_and_not_wider_than_the_terminal(chinese_texts: None) -> None:
    for command in ([], ["dev"], ["audit"], ["ca"], ["product"]):
        shown = CliRunner().invoke(main, [*command, "--help"], terminal_width=80).output
        assert "用法：" in shown
        assert "显示此帮助并退出。" in shown
        assert max(map(chinese.width_of, shown.splitlines())) <= 80


def test_options_and_their_defaults_are_chinese(chinese_texts: None) -> None:
    shown = CliRunner().invoke(main, ["dev", "--help"], terminal_width=120).output
    assert "开发服务器的端口；0 表示任取空闲端口（默认：9000）。" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["relase"], "错误：没有命令 'relase'。您是不是要找 release？"),
        (["dev", "--port"], "错误：选项 '--port' 需要一个值。"),
        (["dev", "--port", "70000"], "错误：'--port' 的值无效：70000 不在范围 0<=x<=65535 内。"),
        (["new", "--yes"], "错误：缺少参数 'NAME'。"),
    ],
)
def test_wrong_usage_is_told_in_chinese(
    arguments: list[str], said: str, chinese_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in CliRunner().invoke(main, arguments).output


def test_errors_of_settings_are_chinese(
    chinese_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devkit.toml").write_text("port = 'x'\n")
    shown = CliRunner().invoke(main, ["dev"]).output
    assert "devkit.toml:1: port 必须是整数，而不是 'x'。" in shown


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"DEVKIT_LANG": "zh"}, "zh"),
        ({"DEVKIT_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}, "zh"),
        ({"DEVKIT_LANG": "fr"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_systems_unless_it_is_given(
    variables: dict[str, str], wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEVKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    language.choose("")
    assert language.language() == wanted
