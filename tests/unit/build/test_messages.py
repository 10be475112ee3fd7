"""What goes to the worker and back is stated once, in Python; the worker's declarations follow."""

from typing import NotRequired, TypedDict

import pytest

from devkit.build.generate import DECLARATIONS, declarations, typescript


def test_the_workers_declarations_are_current() -> None:
    assert DECLARATIONS.read_text("utf-8") == declarations(), "run python -m devkit.build.generate"


def test_a_hint_without_a_counterpart_is_refused() -> None:
    class Odd(TypedDict):
        name: NotRequired[str]

    assert (
        typescript(dict[str, list[tuple[str, int | None]]])
        == "Record<string, Array<[string, number | null]>>"
    )
    assert typescript(Odd) == "Odd"
    with pytest.raises(TypeError, match="no counterpart in TypeScript"):
        typescript(set[str])
