"""Texts for users: every one has a Chinese translation with the same values, and is found by it."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from inspect import cleandoc
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from devkit import errors, language
from devkit.cli import chinese
from devkit.cli.commands import doctor
from devkit.cli.commands.doctor import Checkup
from devkit.cli.main import main
from devkit.firmware.guide import GUIDES, Target, reach
from devkit.model.defines import BoolDefine, NumberDefine
from devkit.testing.audit.profiles import profile
from devkit.testing.audit.report import text_lines
from devkit.testing.audit.rules import RULES, AuditFinding
from devkit.testing.audit.run import Audit
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


THREE_WORDS = re.compile(r"(?<![\w-])[A-Za-z][a-z']+,? [a-z']+,? [a-z']+(?![\w-])")
CODE = re.compile(r"[<>=@_|`\[\]$]|\b(?:SELECT|INSERT|PRAGMA|SET|DELETE|import|async|await)\b|://")
NOT_SHOWN = re.compile(
    # tables of members and columns; sources that are generated; names of the platform's calls
    r"mcp/|sdk/surface|.*generate\.py|cloud/store/|cloud/api/facts|cloud/api/handlers/media/"
    # words on the wire, and what programs and the team's monitoring read
    r"|ble/refusals|ble/central/bridge|cloud/push/bridge|cloud/http/(?:metrics|downloads|draining)"
    # what another tool says; the real SDK's English; why a page is not used again; documents
    r"|transport/acts|model/json_text|model/typescript|sdk/methods/removal|testing/page/slots|cli/output|cli/commands/firmware"
)
"""Modules whose sentences are not for people who read Chinese."""
ENGLISH_TEXTS = frozenset(
    {
        "The Chinese texts cannot be read, install h5-devkit again: {1}",  # there is no catalogue then
        "module {1} has no attribute {2}",  # Python's own words
        "devkit firmware check",
        "devkit, for others",
        "action is deprecated",  # another library's
        "#app is still empty",
        "On the road",
        "Did you mean",  # looked for in what click says
        "'devkit: the panel runs in the pages of the platform and of this machine alone.'",  # on any page
    }
)


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


def may_be(node: ast.expr) -> Iterator[str]:
    """Yield the literals that an expression may have as its value, or as a part of it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from (text for part in (node.body, node.orelse) for text in may_be(part))
        case ast.BoolOp():
            yield from (text for part in node.values for text in may_be(part))
        case ast.JoinedStr():
            yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        case ast.GeneratorExp() | ast.ListComp():
            yield from may_be(node.elt)
        case ast.Call(func=ast.Attribute(attr="join")):
            yield from (text for part in node.args for text in may_be(part))


def test_what_stands_inside_of_a_text_goes_through_the_catalogue_too() -> None:
    known = {"300 kB", "index.html", "feature-x", "-actual.png", "-diff.png"}
    assert not [
        f"{path}:{call.lineno}: {text}"
        for path, tree in catalogue.modules().items()
        if not path.startswith(ENGLISH)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and catalogue.name_of(call) == "_"
        for place in (part for given in call.args for part in ast.walk(given))
        if isinstance(place, ast.FormattedValue)
        for text in may_be(place.value)
        if re.search("[A-Za-z]{2,}", text) and text not in known
    ]


def test_a_value_that_is_an_error_is_translated_too() -> None:
    known = language.read_catalogue()
    calls = (
        text
        for tree in catalogue.modules().values()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and catalogue.name_of(call) == "_"
        for text in call.args
        if isinstance(text, ast.JoinedStr)
    )
    for text in calls:
        values = [part for part in text.values if isinstance(part, ast.FormattedValue)]
        for number, value in enumerate(values, 1):
            said = ast.unparse(value.value) in {"error", "error.message", "error.strerror", "reason"}
            if said and value.conversion == -1:
                english = next(catalogue.texts_of(text))
                assert f"{{{number}!t}}" in known.get(english, "{1!t}"), english


def untold(tree: ast.Module) -> set[ast.AST]:
    """Return what nobody sees of a module: docstrings, logs, and parts of other literals."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.update(part for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger."):
            found.update(ast.walk(node))
    return found


def test_a_sentence_of_a_module_is_in_the_catalogue() -> None:
    known = {*catalogue.texts(), *map(str.strip, catalogue.texts()), *ENGLISH_TEXTS}
    assert not [
        f"{path}:{node.lineno}: {text}"
        for path, tree in catalogue.modules().items()
        if not NOT_SHOWN.match(path)
        for node in (node for hidden in [untold(tree)] for node in ast.walk(tree) if node not in hidden)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for text in catalogue.texts_of(node)
        if THREE_WORDS.search(PLACES.sub("", text)) and not CODE.search(text)
        if not {text, text.strip(), cleandoc(text)} & known
    ]


def english_of(shown: str) -> list[str]:
    """Return the lines with English words that are no code, option, path or name."""
    code = re.compile(
        r"`[^`]*`|npm install|https?://\S+|--?\w[\w-]*|\S*[/_=<>$@.]\S*|[A-Z]{2,}\S*|^.*(?:devkit|>) .*$",
        re.M,
    )
    return [
        line for line in code.sub(" § ", shown).splitlines() if re.search(r"[A-Za-z]{2,} [a-z]{2,}", line)
    ]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        if isinstance(command := group.get_command(context, name), click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_no_english_is_left_in_the_help(path: tuple[str, ...], chinese_texts: None) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"], terminal_width=200).output
    assert "用法：" in shown
    assert english_of(shown) == []


def test_a_number_that_is_none_is_said_in_chinese(chinese_texts: None) -> None:
    shown = CliRunner().invoke(main, ["dev", "--port", "abc"]).output
    assert "'abc' 不是有效的整数。" in shown


def test_what_the_target_lacks_is_said_in_chinese(chinese_texts: None) -> None:
    lacks = "iOS before 15.4 and Chrome before 92"
    said = language.translated(f".at(), in the package lib, is not in {lacks}; the target is ios12.")
    assert said == ".at()（软件包 lib）：早于 15.4 的 iOS 和早于 92 的 Chrome 没有；目标是 ios12。"
    said = language.translated("fetch is not in iOS before 11; the target is ios10.")
    assert said == "fetch：早于 11 的 iOS 没有；目标是 ios10。"
    said = language.translated("gap of a flex container is not in iOS before 14.5; the target is ios12.")
    assert said == "flex 容器的 gap：早于 14.5 的 iOS 没有；目标是 ios12。"
    said = language.translated(
        "the property inset, in the package lib, is not in iOS before 14.5; the target is ios12."
    )
    assert said == "属性 inset（软件包 lib）：早于 14.5 的 iOS 没有；目标是 ios12。"


def test_no_english_is_left_in_the_list_of_templates(chinese_texts: None) -> None:
    shown = CliRunner().invoke(main, ["new", "--list-templates"]).output
    assert shown.count("--with") > 10
    assert [line for line in shown.splitlines() if not re.search("[\u4e00-\u9fff]", line)] == []


def test_the_guide_for_firmware_is_chinese(
    chinese_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target(
        "192.0.2.1", 1883, 8883, 80, 443, "P", "D", "secret", "product-secret", "signed", lan="192.0.2.2"
    )
    for guide in GUIDES.values():
        shown = f"{reach(target)}\n{guide(target)}"
        assert english_of("\n".join(line for line in shown.splitlines() if not line.startswith(" "))) == []
        assert re.search("[\u4e00-\u9fff]", shown)


def test_help_is_chinese_and_not_wider_than_the_terminal(chinese_texts: None) -> None:
    for command in ([], ["dev"], ["audit"], ["ca"], ["product"]):
        shown = CliRunner().invoke(main, [*command, "--help"], terminal_width=80).output
        assert "用法：" in shown
        assert "显示此帮助并退出。" in shown
        assert max(map(chinese.width_of, shown.splitlines())) <= 80


def test_what_a_property_takes_is_chinese(chinese_texts: None) -> None:
    assert NumberDefine("int", Decimal(1), Decimal(9), Decimal(2)).allowed() == "整数，从 1 到 9，步长 2"
    assert BoolDefine("bool", {"0": "关", "1": "开"}).allowed() == "0 (关) 或 1 (开)"


def test_colons_are_chinese_between_chinese_texts(
    chinese_texts: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(language.VARIABLE, "zh")
    monkeypatch.setattr(doctor, "CHECKS", (lambda settings: [Checkup("trust", "note", "x", "")],))
    assert CliRunner().invoke(main, ["doctor"]).output == "· 信任：x\n"
    audit = Audit("lamp", profile("mid"), (AuditFinding(next(iter(RULES)), "x"),), {"js": 1, "css": 2})
    assert "脚本 1 B，样式表 2 B" in (shown := "\n".join(text_lines(audit)))
    assert not re.search("[\u4e00-\u9fff][,:] ", shown)


def test_options_and_their_defaults_are_chinese(chinese_texts: None) -> None:
    shown = CliRunner().invoke(main, ["dev", "--help"], terminal_width=120).output
    assert "--port 整数" in shown
    assert "\n选项：\n" in shown
    assert "开发服务器的端口；0 表示任取空闲端口（默认：9000）。" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["relase"], "错误：没有命令 'relase'。您是不是要找 release？"),
        (["dev", "--port"], "错误：选项 '--port' 需要一个值。"),
        (["dev", "--port", "70000"], "错误：'--port' 的值无效：70000 不在范围 0<=x<=65535 内。"),
        (["new", "--yes"], "错误：缺少参数 'NAME'。"),
        (["new", "--yse"], "用法：devkit new [选项] [NAME]"),
        (["new", "--yse"], "错误：没有选项 '--yse'。您是不是要找 '--yes'？"),
        (["dev", "--prot"], "错误：没有选项 '--prot'。（您是不是要找：'--hot', '--port', '--proxy'？）"),
        (["preview"], "错误：缺少选项 '--js'。\n"),
        (["completion"], "错误：缺少参数 '{bash|zsh|fish|powershell}'。可选值：\n\tbash"),
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
