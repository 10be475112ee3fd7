"""Write what follows from the member table: the page's list of members and the table in docs/sdk.md."""

from __future__ import annotations

import json
from pathlib import Path

from devkit.sdk.surface import MEMBERS, PAGE, PYTHON, Member

CLIENT_TABLE = Path(__file__).parent / "client" / "src" / "surface.generated.ts"
DOCUMENT = Path(__file__).parents[2] / "docs" / "sdk.md"

_WHERE = {PAGE: "page", PYTHON: "Python"}


def _names(label: str, doc: str, members: list[Member]) -> str:
    lines = "".join(f"  {json.dumps(member.name)},\n" for member in members)
    return f"/** {doc} */\nexport const {label}: readonly string[] = [\n{lines}]\n"


def client_table() -> str:
    """Return the text of surface.generated.ts."""
    methods = [member for member in MEMBERS if member.kind == "method"]
    parts = [
        "// Generated from devkit/sdk/surface.py by `python -m devkit.sdk.generate`.\n",
        _names(
            "PYTHON_METHODS",
            "Members that run in Python.",
            [item for item in methods if item.where == PYTHON],
        ),
        _names(
            "MOCK_METHODS",
            "Members that refuse to work in a preview without device (isMock).",
            [item for item in methods if item.mock],
        ),
    ]
    return "\n".join(parts)


def document_table() -> str:
    """Return the Markdown table of all members."""
    rows = ["| member | kind | runs in | source | note |", "|---|---|---|---|---|"]
    for member in MEMBERS:
        note = "; ".join(filter(None, ("tip and rejection with isMock" if member.mock else "", member.note)))
        source = f"row {member.source}" if member.source.isdigit() else member.source
        rows.append(f"| `{member.name}` | {member.kind} | {_WHERE[member.where]} | {source} | {note} |")
    return "\n".join(rows)


def with_part(text: str, name: str, table: str) -> str:
    """Return a document with its generated part of this name replaced.

    Errors: ValueError when it has none.
    """
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"The document must have {begin} and {end} once.")
    before, after = text.split(begin)[0], text.split(end)[1]
    return f"{before}{begin}\n{table}\n{end}{after}"


def with_table(text: str) -> str:
    """Return docs/sdk.md with its table replaced."""
    return with_part(text, "members", document_table())


def main() -> None:
    """Write both files."""
    CLIENT_TABLE.write_text(client_table(), "utf-8")
    if DOCUMENT.exists():
        DOCUMENT.write_text(with_table(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
