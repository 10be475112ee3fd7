"""Write the worker's declarations from messages.py, so that what is sent is stated once."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path

from devkit.build import messages

DECLARATIONS = Path(__file__).parent / "worker" / "messages.generated.d.ts"

_NAMED = {hint: name for name, hint in vars(messages).items() if typing.get_origin(hint) is typing.Literal}
_SIMPLE = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    dict: "Record<string, unknown>",
}


def typescript(hint: object) -> str:
    """Return the TypeScript of a type hint.

    Errors: TypeError for a hint that has no rule here.
    """
    if hint is typing.Any:
        return "unknown"
    if isinstance(hint, type) and hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint in _NAMED:
        return _NAMED[hint]
    if typing.is_typeddict(hint):
        return typing.cast(type, hint).__name__
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.NotRequired:
        return typescript(inner[0])
    if origin is typing.Literal:
        return _literal(hint)
    if origin is list:
        return f"Array<{typescript(inner[0])}>"
    if origin is tuple:
        return f"[{', '.join(map(typescript, inner))}]"
    if origin in (dict, Mapping):
        return f"Record<{typescript(inner[0])}, {typescript(inner[1])}>"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(typescript, inner))
    raise TypeError(f"{hint} has no counterpart in TypeScript yet: add one to {__name__}.")


def _literal(hint: object) -> str:
    return " | ".join(json.dumps(value) for value in typing.get_args(hint))


def _interface(shape: type) -> str:
    hints = typing.get_type_hints(shape, include_extras=True)
    fields = "".join(
        f"  {name}{'?' if typing.get_origin(hint) is typing.NotRequired else ''}: {typescript(hint)}\n"
        for name, hint in hints.items()
    )
    doc = "\n".join(f" * {line}".rstrip() for line in inspect.cleandoc(shape.__doc__ or "").splitlines())
    return f"/**\n{doc}\n */\nexport interface {shape.__name__} {{\n{fields}}}\n"


def declarations() -> str:
    """Return the text of messages.generated.d.ts."""
    shapes = [shape for shape in vars(messages).values() if typing.is_typeddict(shape)]
    head = "// Generated from devkit/build/messages.py by `python -m devkit.build.generate`.\n"
    named = [f"export type {name} = {_literal(hint)}\n" for hint, name in _NAMED.items()]
    return "\n".join([head, *named, *map(_interface, shapes)])


def main() -> None:
    """Write the file."""
    DECLARATIONS.write_text(declarations(), "utf-8")


if __name__ == "__main__":
    main()
