"""Where the devkit command begins: signals are answered before click or anything of devkit is imported."""

# The C module is there already; `signal` imports enum and collections, which takes 50 ms of a busy start.
import _signal  # type: ignore[import-not-found]
import os

CODES: dict[int, int] = {int(_signal.SIGINT): 130, int(_signal.SIGTERM): 143}


def main() -> None:
    """Run the command; until it does something that needs cleaning up, a signal ends it at once."""
    for number in CODES:
        _signal.signal(number, _leave)
    from devkit.cli.main import main as command

    command(prog_name="devkit")


def _leave(number: int, frame: object) -> None:
    """End with the signal's exit code, and raise nothing: imports lose exceptions in their callbacks."""
    os._exit(CODES[number])
