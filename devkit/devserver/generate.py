"""Write what follows from kinds of entries and acts of a device: the console's types, tables in docs."""

from __future__ import annotations

import inspect
import json
from itertools import groupby
from pathlib import Path

from devkit.build.generate import typescript
from devkit.sdk.generate import with_part
from devkit.timeline.happening import LANES, Happening, WireField, slots
from devkit.timeline.kinds import KINDS
from devkit.transport.acts import ACTS, DeviceAct

TYPES = Path(__file__).parent / "client" / "console" / "timeline.generated.ts"
DOCUMENT = Path(__file__).parents[2] / "docs" / "console.md"
COMMAND = "python -m devkit.devserver.generate"


def _by_name() -> list[tuple[str, list[type[Happening]]]]:
    """Return [(name on the wire, its classes)]."""
    kinds = sorted(KINDS, key=lambda kind: (LANES.index(kind.lane), kind.kind))
    return [(name, list(group)) for name, group in groupby(kinds, lambda kind: kind.kind)]


def _interface(kind: type[Happening]) -> str:
    doc = "\n".join(f" * {line}".rstrip() for line in inspect.cleandoc(kind.__doc__ or "").splitlines())
    tag = f"  act: {json.dumps(kind.tag)}\n" if kind.tag else ""
    fields = "".join(map(_field, slots(kind)))
    return f"/**\n{doc}\n */\nexport interface {kind.__name__} {{\n{tag}{fields}}}\n"


def _field(slot: WireField) -> str:
    if slot.is_rest:
        return "  [name: string]: unknown\n"
    hint = typescript(slot.hint).removesuffix(" | null") if slot.optional else typescript(slot.hint)
    return f"  {slot.wire}{'?' if slot.optional else ''}: {hint}\n"


def _act(act: DeviceAct) -> str:
    params = [item for item in act.params or () if item.type is not bytes]
    given = [f"{item.name}{'' if item.required else '?'}: {typescript(item.type)}" for item in params]
    body = f"{{ {'; '.join(given)} }}" if given else "Record<string, unknown>"
    return f"  /** {act.doc[0].upper()}{act.doc[1:]}. */\n  {act.name}: {body}\n"


def types() -> str:
    """Return the text of timeline.generated.ts."""
    names = _by_name()
    unions = [(name, " | ".join(kind.__name__ for kind in of)) for name, of in names]
    kinds = "".join(f"  {json.dumps(name)}: {union}\n" for name, union in unions)
    lanes = "".join(f"  {json.dumps(name)}: {json.dumps(of[0].lane)},\n" for name, of in names)
    acts = "".join(map(_act, ACTS.values()))
    return "\n".join(
        [
            f"// Generated from devkit/timeline/kinds.py and devkit/transport/acts.py by `{COMMAND}`.\n",
            f"export const LANES = {json.dumps(LANES)} as const\n",
            "export type Lane = (typeof LANES)[number]\n",
            *(_interface(kind) for _, of in names for kind in of),
            f"/** What the entries of a kind hold. */\nexport interface Kinds {{\n{kinds}}}\n",
            f"export const KIND_LANES: Readonly<Record<keyof Kinds, Lane>> = {{\n{lanes}}}\n",
            f"/** The bodies of the acts of a device. */\nexport interface DeviceActs {{\n{acts}}}\n",
        ]
    )


def kinds_table() -> str:
    """Return the Markdown table of all kinds."""
    rows = ["| kind | lane | fields | what happened |", "|---|---|---|---|"]
    for name, of in _by_name():
        for kind in of:
            told = [f'`act: "{kind.tag}"`'] if kind.tag else []
            told += [_told(slot) for slot in slots(kind)]
            first = inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]
            rows.append(f"| `{name}` | {kind.lane} | {', '.join(told)} | {first} |")
    return "\n".join(rows)


def _told(slot: WireField) -> str:
    return "…" if slot.is_rest else f"`{slot.wire}`{'?' if slot.optional else ''}"


def acts_table() -> str:
    """Return the Markdown table of all acts of a device."""
    rows = ["| act | body | in a scenario | what it does |", "|---|---|---|---|"]
    for act in ACTS.values():
        step = f"`{act.step}: {act.takes}`"
        rows.append(f"| `…/{act.name}` | `{json.dumps(act.example)}` | {step} | {act.doc} |")
    return "\n".join(rows)


def document(text: str) -> str:
    """Return docs/console.md with its generated parts replaced."""
    return with_part(with_part(text, "acts", acts_table()), "kinds", kinds_table())


def main() -> None:
    """Write both files."""
    TYPES.write_text(types(), "utf-8")
    if DOCUMENT.exists():
        DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
