"""How many files, sockets among them, this process may have open."""

from __future__ import annotations

from devkit.errors import SettingsError
from devkit.language import _

SPARE_FILES = 100


def make_room(connections: int) -> None:
    """Let the process have as many files as connections need.

    Errors: SettingsError when the system does not allow that many.
    """
    limits = _limits()
    wanted = connections + SPARE_FILES
    if limits is None or limits[0] >= wanted:
        return
    import resource

    hard = limits[1]
    if hard < wanted:
        raise SettingsError(
            _(f"{connections} connections need {wanted} open files, and {hard} are allowed."),
            _(f"Raise it with ulimit -n {wanted}, or take a smaller --count."),
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def make_room_if_possible(connections: int) -> None:
    """Let the process have as many files as connections need, or as many as it may."""
    limits = _limits()
    if limits is not None:
        make_room(int(min(connections, limits[1] - SPARE_FILES)))


def _limits() -> tuple[float, float] | None:
    """Return how many are allowed now, and at most; None where there is no such limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, hard = (
        float("inf") if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard
