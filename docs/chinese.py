"""Put the words of docs/chinese.toml, and of the catalogue, into the tables and pages that code tells."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from devkit.language import translated

FILE = Path(__file__).with_suffix(".toml")
_TABLES = tomllib.loads(FILE.read_text("utf-8"))
HEADS: dict[str, str] = _TABLES["heads"]
WORDS: dict[str, str] = _TABLES["words"]
BENCHMARKS: dict[str, str] = _TABLES["benchmarks"]
CELL = re.compile(r" ?(?<!\\)\| ?")
CODE = re.compile(r"`[^`]*`")
NAME = re.compile(r"[\w.\"…†-]*")
TITLE = re.compile(r"(.+) \((`[\w-]+`)\)")
PHRASES = {
    re.compile(r"^row (\d+)$"): r"第 \1 行",
    re.compile(r"; "): "；",
    re.compile(r" \((int|json|list|object|texts|one of|at most|else)([^)]*)\)"): r"（\1\2）",
    re.compile(r"\bone of "): "取值 ",
    re.compile(r"\bat most "): "最多 ",
    re.compile(r"\belse "): "默认 ",
}
"""What may stand between names: places in a document, types and bounds of parameters."""
MARKED = re.compile(r"(<!-- [\w ]+: generated -->)\n(.*?)\n(<!-- [\w ]+: end -->)", re.DOTALL)


def said(text: str) -> str:
    """Return a text in Chinese.

    Errors: LookupError when it has none.
    """
    if text in WORDS:
        return WORDS[text]
    if titled := TITLE.fullmatch(text):
        return f"{said(titled[1])}（{titled[2]}）"
    if (found := translated(text)) != text:
        return found
    if "; " in text:
        return "；".join(map(said, text.split("; ")))
    raise LookupError(f"docs/chinese.toml has no Chinese for: {text}")


def table(text: str) -> str:
    """Return a Markdown table in Chinese: its heads, and the cells that are more than names."""
    head, *rows = text.strip().split("\n")
    return "\n".join([_row(head, lambda cell: HEADS.get(cell, cell)), *(_row(row, _cell) for row in rows)])


def filled(chinese: str, english: str) -> str:
    """Return a Chinese page with its generated tables those of the English page."""
    tables = iter([table(found[2]) for found in MARKED.finditer(english)])
    return MARKED.sub(lambda found: f"{found[1]}\n{next(tables)}\n{found[3]}", chinese)


def _row(row: str, worded: Callable[[str], str]) -> str:
    cells = CELL.split(row.strip()[1:-1])
    return "|" + "|".join(cell if cell == "---" else f" {worded(cell.strip())} " for cell in cells) + "|"


def _cell(cell: str) -> str:
    if cell not in WORDS:
        if all(NAME.fullmatch(word) for word in CODE.sub("", cell).replace("**", "").split(", ")):
            return cell
        named = cell
        for phrase, chinese in PHRASES.items():
            named = phrase.sub(chinese, named)
        if not re.search(r"[a-z]{2,} [a-z]{2,}", CODE.sub("", named)):
            return named
    return said(cell)
