"""Bring the Chinese catalogue up to date with the texts in the sources: python docs/catalogue.py.

New texts get an entry without a translation, which a test refuses. Entries whose text is gone are dropped,
but for those marked with `#.`: they are of another tool, such as click.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from devkit.language import CATALOGUE, read_catalogue

PACKAGE = CATALOGUE.parents[3]
TEMPLATES = PACKAGE.parent / "templates"
TABLES: dict[str, tuple[int | str, ...]] = {
    "_": (0,),
    "marked": (0,),
    "setting": (1,),
    "Checkup": (0,),
    "PackageSet": (2,),
    "FirmwareCheck": (1, 3),
    "FirmwareFinding": (0,),
    "DeviceAct": (6,),
}
"""{function: arguments that are texts for the user, which `_` gets here or where they are shown}"""
PUNCTUATION = (" ", ": ", ", ", ".")
"""Texts without a word: what stands between or behind others."""
HELP = ("help", "short_help")
WORKER = PACKAGE / "build" / "worker"


_ESCAPES = {"n": "\n", "t": "\t"}
_BEFORE_REGEX = re.compile(r"(?:^|[(,=:\[!&|?{};+>]|\b(?:return|typeof|case))\s*$")
_SENTENCE = re.compile(r"(?s)(?=.*[A-Za-z]{2,} .*[a-z]{2,}).*[.:]$")
_CODE = re.compile(r"=>|;\n|\w;$|\bimport \{1|^\s*(?:const|var|export|import) |__")


def python_texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of a module: of `_`, of tables, of click's help."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            named = {word.arg: word.value for word in node.keywords}
            wanted = TABLES.get(name_of(node), ())
            places = [node.args[at] for at in wanted if isinstance(at, int) and at < len(node.args)]
            places += [value for key, value in named.items() if key in wanted or key in HELP]
            for place in places:
                yield from texts_of(place)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
            _is_command(node) or _is_check(node)
        ):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def name_of(call: ast.Call) -> str:
    """Return the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [mark.func for mark in node.decorator_list if isinstance(mark, ast.Call)]
    return any(isinstance(mark, ast.Attribute) and mark.attr in ("command", "group") for mark in called)


def _is_check(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function is a check of the smoke test or of the audit, whose docstring is shown."""
    named = not node.name.startswith("_") and not node.decorator_list
    return named and [one.arg for one in node.args.args][:1] == ["trial"]


def texts_of(node: ast.AST) -> Iterator[str]:
    """Yield the literal texts of an argument, with numbers in place of values."""
    if isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        number = 0
        parts = []
        for part in node.values:
            number += isinstance(part, ast.FormattedValue)
            parts.append(part.value if isinstance(part, ast.Constant) else f"{{{number}}}")
        yield "".join(map(str, parts))


@cache
def sources() -> dict[str, str]:
    """Return {file of devkit: what it says}."""
    found = {}
    for folder, inner, files in os.walk(PACKAGE):
        inner[:] = sorted(set(inner) - {"node_modules", "dist", "client", "__pycache__"})
        for path in (Path(folder, name) for name in sorted(files) if name.endswith((".py", ".j2", ".mjs"))):
            found[path.relative_to(PACKAGE).as_posix()] = path.read_text("utf-8")
    return found


@cache
def modules() -> dict[str, ast.Module]:
    """Return {module of devkit: its tree}."""
    return {path: ast.parse(text) for path, text in sources().items() if path.endswith(".py")}


def page_texts(source: str) -> Iterator[str]:
    """Yield the texts of a page's template: `_("…" ~ value)`."""
    for call in re.findall(r'\b_\(((?:"[^"]*"|[^()"])+)\)', source):
        if '"' in call:
            tree = ast.parse(re.sub(r"\s*~\s*", "+", call), mode="eval").body
            yield from texts_of(ast.JoinedStr(list(_parts(tree))))


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp):
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node if isinstance(node, ast.Constant) else ast.FormattedValue(node, -1)


def sentences(source: str) -> Iterator[str]:
    """Yield the literals of a script of the build worker that end as a sentence, and are no code."""
    found: list[str] = []
    _scan(source, 0, found, nested=False)
    yield from (text for text in found if _SENTENCE.match(text) and not _CODE.search(text))


def _scan(source: str, at: int, found: list[str], *, nested: bool) -> int:
    """Collect literals from a place on; return where the code ends, or the ${…} that it is in."""
    depth, start = 0, at
    while at < len(source):
        letter = source[at]
        if letter in "\"'`":
            at = _literal(source, at + 1, letter, found)
            continue
        if source.startswith(("//", "/*"), at):
            end = source.find("\n" if source[at + 1] == "/" else "*/", at + 2)
            at = len(source) if end < 0 else end + (0 if source[at + 1] == "/" else 2)
            continue
        if letter == "/" and _BEFORE_REGEX.search(source[start:at][-12:]):
            at = _after_regex(source, at + 1)
            continue
        depth += {"{": 1, "}": -1}.get(letter, 0)
        at += 1
        if nested and depth < 0:
            return at
    return at


def _literal(source: str, at: int, quote: str, found: list[str]) -> int:
    text, values = "", 0
    while source[at] != quote:
        if source[at] == "\\":
            text += _ESCAPES.get(source[at + 1], source[at + 1])
            at += 2
        elif quote == "`" and source.startswith("${", at):
            values += 1
            text += f"{{{values}}}"
            at = _scan(source, at + 2, found, nested=True)
        else:
            text += source[at]
            at += 1
    found.append(text)
    return at + 1


def _after_regex(source: str, at: int) -> int:
    inside = False
    while source[at] != "/" or inside:
        inside = {"[": True, "]": False}.get(source[at], inside)
        at += 2 if source[at] == "\\" else 1
    return at + 1


def template_texts() -> Iterator[tuple[str, str]]:
    """Yield (text, file) of what the tables of templates say to users."""
    for path in sorted([*TEMPLATES.glob("*/manifest.toml"), *TEMPLATES.glob("_shared/*.toml")]):
        for text in _described(tomllib.loads(path.read_text("utf-8"))):
            yield text, path.relative_to(TEMPLATES.parent).as_posix()


def _described(table: dict[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _described(value)
        elif key in ("title", "description"):
            yield str(value)


@cache
def texts() -> dict[str, str]:
    """Return {text: the first file that has it} of all of devkit, and of its templates."""
    found = dict(template_texts())
    for path, tree in modules().items():
        for text in python_texts(tree):
            found.setdefault(text, path)
    for path, source in sources().items():
        for suffix, read in {".j2": page_texts, ".mjs": sentences}.items():
            for text in read(source) if path.endswith(suffix) else ():
                found.setdefault(text, path)
    return {
        text: place for text, place in found.items() if re.search(r"[A-Za-z]{2}", text) or text in PUNCTUATION
    }


def others() -> dict[str, str]:
    """Return {text: tool} of the entries that are marked as another tool's."""
    marks = re.findall(r'^#\. (.*)\nmsgid (".*")$', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    return {json.loads(text): tool for tool, text in marks}


def written(entries: dict[str, str], tools: dict[str, str]) -> str:
    """Return entries as a catalogue, in the order of their English."""
    blocks = ['msgid ""\nmsgstr "Language: zh_CN\\nContent-Type: text/plain; charset=UTF-8\\n"\n']
    for text in sorted(entries):
        lines = [f"#. {tools[text]}"] if text in tools else []
        pair = {"msgid": text, "msgstr": entries[text]}
        lines += [f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in pair.items()]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def update() -> str:
    """Return the catalogue as it should be; texts without a translation have an empty one."""
    known = read_catalogue()
    tools = {text: tool for text, tool in others().items() if text not in texts()}
    return written({text: known.get(text, "") for text in {*texts(), *tools}}, tools)


if __name__ == "__main__":
    CATALOGUE.write_text(update(), "utf-8")
