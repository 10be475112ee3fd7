"""SIGINT and SIGTERM end a command at any moment, with exit code 130 or 143.

Until a command is called, a signal ends the process at once (devkit/cli/entry.py). While it runs, the signal
becomes a KeyboardInterrupt, so that files and processes are cleaned up (`unwinding`); while an event loop
runs, it becomes a wish to stop (devkit/cli/running.py).
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

from devkit.cli.entry import CODES

__all__ = ["CODES", "exit_code", "leave", "note", "unwinding"]

AGAIN_S = 0.01
IMPATIENT_S = 1.0


class _Came:
    """The first signal since the command was called; number is 0 before one comes."""

    number = 0
    at = 0.0
    lost = False


def note(number: int) -> bool:
    """Remember a signal, and tell whether it is the first.

    A second one that comes a second later ends the process at once: whoever sends it is tired of waiting.
    `timeout` and shells send the first one twice.
    """
    if not _Came.number:
        _Came.number, _Came.at = number, time.monotonic()
        return True
    if time.monotonic() - _Came.at > IMPATIENT_S:
        leave()
    return False


def leave() -> None:
    """End this process with the signal's exit code, and the build workers, which hear of no signal."""
    if builds := sys.modules.get("devkit.build.process"):
        builds.kill_workers()
    os._exit(exit_code())


def exit_code() -> int:
    """Return the exit code of the signal that came since the command was called, or 0 when none came."""
    return CODES.get(_Came.number, 0)


@contextlib.contextmanager
def unwinding() -> Iterator[None]:
    """Raise KeyboardInterrupt for the first SIGINT or SIGTERM that comes while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _Came.number, _Came.lost = 0, False
    previous = {number: signal.signal(number, _interrupt) for number in CODES}
    hook = sys.unraisablehook
    sys.unraisablehook = _sending_again(hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _interrupt(number: int, frame: object) -> None:
    if _Came.lost:
        _Came.lost = False
        raise KeyboardInterrupt
    if note(number):
        raise KeyboardInterrupt


def _sending_again(
    hook: Callable[[sys.UnraisableHookArgs], object],
) -> Callable[[sys.UnraisableHookArgs], None]:
    """Return a hook that sends the signal again when Python dropped its exception.

    Python does so in callbacks of its import machinery and in `__del__`, and then goes on.
    """

    def dropped(args: sys.UnraisableHookArgs) -> None:
        if isinstance(args.exc_value, KeyboardInterrupt) and _Came.number:
            timer = threading.Timer(AGAIN_S, _send_again)
            timer.daemon = True
            timer.start()
        else:
            hook(args)

    return dropped


def _send_again() -> None:
    _Came.lost = True
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, _Came.number)  # also wakes it from a wait
    else:
        _thread.interrupt_main(signal.Signals(_Came.number))
