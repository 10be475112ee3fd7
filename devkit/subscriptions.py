"""Being told of events by a call: a subscriber to a topic is called with each event of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)
Event = TypeVar("Event")


class Subscription(Generic[Event]):
    """A subscriber and its topics, until close()."""

    def __init__(
        self, book: Subscriptions[Event], topics: Iterable[str], subscriber: Callable[[Event], None]
    ) -> None:
        self._book = book
        self.topics = frozenset(topics)
        self.subscriber = subscriber

    def close(self) -> None:
        """Tell the subscriber nothing more; a second time does nothing."""
        self._book.remove(self)


class Subscriptions(Generic[Event]):
    """Subscribers by topic, in the order in which they came; one that fails stops nobody else.

    changed is called when a topic gets its first subscriber or loses its last one.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._by_topic: dict[str, dict[Subscription[Event], None]] = {}
        self._changed = changed

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics that have a subscriber."""
        return frozenset(self._by_topic)

    def subscribe(self, topics: Iterable[str], subscriber: Callable[[Event], None]) -> Subscription[Event]:
        """Call subscriber with every event of some topics from now on."""
        subscription = Subscription(self, topics, subscriber)
        new = subscription.topics - self._by_topic.keys()
        for topic in subscription.topics:
            self._by_topic.setdefault(topic, {})[subscription] = None
        if new:
            self._changed()
        return subscription

    def remove(self, subscription: Subscription[Event]) -> None:
        """Forget a subscription."""
        lost = False
        for topic in subscription.topics & self._by_topic.keys():
            self._by_topic[topic].pop(subscription, None)
            if not self._by_topic[topic]:
                del self._by_topic[topic]
                lost = True
        if lost:
            self._changed()

    def publish(self, topic: str, event: Event) -> None:
        """Tell the subscribers of a topic."""
        for subscription in tuple(self._by_topic.get(topic, ())):
            try:
                subscription.subscriber(event)
            except Exception:
                logger.exception("a subscriber of %s failed", topic)

    def close(self) -> None:
        """Forget everyone."""
        self._by_topic.clear()
