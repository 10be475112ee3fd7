"""Subscribers are told in order, each for itself, until they close."""

import pytest

from devkit.subscriptions import Subscriptions


def test_events_go_to_the_subscribers_of_their_topic_in_the_order_in_which_they_came() -> None:
    book: Subscriptions[int] = Subscriptions()
    told: list[tuple[str, int]] = []
    book.subscribe(["a", "b"], lambda event: told.append(("first", event)))
    book.subscribe(["a"], lambda event: told.append(("second", event)))
    for number, topic in enumerate("abc"):
        book.publish(topic, number)
    assert told == [("first", 0), ("second", 0), ("first", 1)]


def test_one_that_fails_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    book: Subscriptions[int] = Subscriptions()
    told: list[int] = []
    book.subscribe(["a"], lambda event: told.append(event // 0))
    book.subscribe(["a"], told.append)
    book.publish("a", 7)
    assert told == [7]
    assert "a subscriber of a failed" in caplog.text


def test_the_same_subscriber_twice_is_told_twice_and_closes_one_by_one() -> None:
    book: Subscriptions[int] = Subscriptions()
    told: list[int] = []
    earlier = book.subscribe(["a"], told.append)
    book.subscribe(["a"], told.append)
    book.publish("a", 1)
    earlier.close()
    earlier.close()
    book.publish("a", 2)
    assert told == [1, 1, 2]


def test_a_subscriber_may_close_while_it_is_told() -> None:
    book: Subscriptions[int] = Subscriptions()
    told: list[int] = []

    def once(event: int) -> None:
        told.append(event)
        first.close()

    first = book.subscribe(["a"], once)
    book.subscribe(["a"], told.append)
    book.publish("a", 1)
    book.publish("a", 2)
    assert told == [1, 1, 2]


def test_only_a_change_of_the_topics_is_told() -> None:
    seen: list[list[str]] = []
    book: Subscriptions[int] = Subscriptions(lambda: seen.append(sorted(book.topics)))
    first = book.subscribe(["a"], print)
    second = book.subscribe(["a", "b"], print)
    first.close()
    second.close()
    book.subscribe([], print)
    assert seen == [["a"], ["a", "b"], []]


def test_closing_forgets_everyone() -> None:
    book: Subscriptions[int] = Subscriptions()
    told: list[int] = []
    subscription = book.subscribe(["a"], told.append)
    book.close()
    book.publish("a", 1)
    subscription.close()
    assert told == []
    assert not book.topics
