"""Which frames of a failed test its author wants to see."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import TracebackType

INNER = ("asyncio", "greenlet", "playwright")


def end_at_the_test(error: BaseException) -> None:
    """Let the traceback of an expected failure end in the test's own code.

    A mistake of a library stays whole: its frames are what its makers need.
    """
    if not _is_expected(error):
        return
    last: TracebackType | None = None
    step = error.__traceback__
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith(_inner_places()):
            last = step
        step = step.tb_next
    if last is not None:
        last.tb_next = None


def _is_expected(error: BaseException) -> bool:
    from devkit.errors import DevkitError

    return isinstance(error, DevkitError | AssertionError) or type(error).__module__.startswith("playwright")


@cache
def _inner_places() -> tuple[str, ...]:
    specs = [importlib.util.find_spec(name) for name in INNER]
    places = [str(Path(spec.origin).parent) for spec in specs if spec and spec.origin]
    return (str(Path(__file__).parents[2]), *places)
