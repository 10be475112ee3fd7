"""Who hears the events of a central."""

from __future__ import annotations

import logging
from collections.abc import Callable

from devkit.ble.base import CentralEvent, Listener

logger = logging.getLogger(__name__)


class Listeners:
    """Listeners in the order in which they came; one that fails stops nobody else."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call listener with every event; return a function that ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def emit(self, event: CentralEvent) -> None:
        """Tell everyone."""
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:
                logger.exception("a listener failed at %s", type(event).__name__)

    def clear(self) -> None:
        """Forget everyone."""
        self._listeners.clear()
