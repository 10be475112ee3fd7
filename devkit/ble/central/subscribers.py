"""Who is told of the events of a central."""

from __future__ import annotations

import logging
from collections.abc import Callable

from devkit.ble.central.events import CentralEvent, Subscriber

logger = logging.getLogger(__name__)


class Subscribers:
    """Subscribers in the order in which they came; one that fails stops nobody else."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def add(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call subscriber with every event; return a function that ends it."""
        self._subscribers.append(subscriber)

        def end() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return end

    def emit(self, event: CentralEvent) -> None:
        """Tell everyone."""
        for subscriber in list(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                logger.exception("a subscriber failed at %s", type(event).__name__)

    def clear(self) -> None:
        """Forget everyone."""
        self._subscribers.clear()
