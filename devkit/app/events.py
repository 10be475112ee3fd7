"""What the dev server tells the person, or the program, that started it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from devkit.errors import DevkitError, Diagnostic


@dataclass(frozen=True)
class Ready:
    """The server listens and the first build has ended. proxy is "" without one."""

    panel_url: str
    console_url: str
    control_token: str
    proxy: str = ""


@dataclass(frozen=True)
class Rebuilt:
    """The panel was built. ms is the time of the build; sizes are in bytes; first marks the first build."""

    ms: float
    js_bytes: int
    css_bytes: int
    engine: str
    first: bool = False
    warnings: tuple[Diagnostic, ...] = ()


class Reporter(Protocol):
    """Where the events of a run go: a terminal, or JSON lines."""

    def ready(self, ready: Ready) -> None:
        """Tell that panels can be opened."""

    def rebuilt(self, rebuilt: Rebuilt) -> None:
        """Tell of a good build."""

    def failed(self, error: DevkitError) -> None:
        """Tell of an error that does not end the run."""

    def panel_error(self, message: str, stack: str) -> None:
        """Tell of an error that the running panel did not catch."""

    def notice(self, message: str) -> None:
        """Tell something worth one line."""
