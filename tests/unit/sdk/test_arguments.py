"""Members get the arguments that they name, read as loosely as the real SDK does."""

from __future__ import annotations

from typing import Any, is_typeddict

import pytest

from devkit.errors import SdkMethodError
from devkit.sdk.methods import arguments, registry
from devkit.sdk.methods.arguments import PageOptions, reader

SESSION: Any = object()


async def member(session: Any, name: str | None, asked: PageOptions) -> object:
    return session is SESSION, name, asked


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ((), (None, {})),
        (("a",), ("a", {})),
        (("a", None), ("a", {})),
        (("a", {"deviceId": "d", "x": 1}, 3, 4), ("a", {"deviceId": "d", "x": 1})),
    ],
)
async def test_what_is_left_out_is_none_and_what_is_too_much_is_dropped(given: Any, read: Any) -> None:
    assert await reader("go", member)(SESSION, *given) == (True, *read)


async def test_options_that_are_no_object_are_refused() -> None:
    with pytest.raises(SdkMethodError, match="go takes an object, not 5") as caught:
        await reader("go", member)(SESSION, "a", 5)
    assert caught.value.code == "devkit.InvalidArgument"


def test_every_type_of_options_is_one_of_the_table() -> None:
    functions = registry._MEMBERS.values()
    named = {str(kind) for function in functions for kind in function.__annotations__.values()}
    options = {name for name in named if name.endswith("Options")}
    assert options
    assert all(is_typeddict(getattr(arguments, name)) for name in options)
    assert options == {name for name in vars(arguments) if name.endswith("Options")}
