"""Parameters and results of type Any are few, and do not grow again; ruff calls them ANN401."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "devkit"
CEILING = 149


def is_any(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.BinOp):
        return is_any(annotation.left) or is_any(annotation.right)
    return isinstance(annotation, ast.Name) and annotation.id == "Any"


def places(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            arguments = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
            given = [*(argument.annotation for argument in arguments if argument), node.returns]
            found += [f"{path.name}:{node.lineno} {node.name}" for item in given if is_any(item)]
    return found


def test_few_functions_take_or_give_any() -> None:
    found = [place for path in sorted(PACKAGE.rglob("*.py")) for place in places(path)]
    assert len(found) <= CEILING, "Give these a type:\n" + "\n".join(found)
