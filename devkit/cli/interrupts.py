"""Ctrl-C before there is an event loop that handles it.

Python then raises KeyboardInterrupt wherever it happens to be. In a callback of its own import machinery it
prints that exception and goes on, so the signal is also remembered here.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_came = threading.Event()


@contextlib.contextmanager
def remembering_interrupts() -> Iterator[None]:
    """Remember a SIGINT that comes while the block runs, besides raising KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _came.clear()

    def interrupt(number: int, frame: object) -> None:
        _came.set()
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous or signal.default_int_handler)


def interrupted() -> bool:
    """Tell whether a SIGINT came since the command was called."""
    return _came.is_set()
