"""What the console's socket tells, and when."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from devkit.devserver.console_api import MAX_BATCH, ConsoleFeed
from devkit.sdk import Simulator, Timeline
from devkit.timeline.kinds import Note


class Bench:
    """A device side whose state a test sets."""

    def __init__(self) -> None:
        self.device: dict[str, Any] = {
            "online": True,
            "properties": {"on": 0},
            "firmware": {},
            "model": {"p": 1},
        }
        self.fault: dict[str, Any] = {}

    def snapshot(self) -> dict[str, Any]:
        copy = {**self.device, "properties": dict(self.device["properties"])}
        return {"devices": {"P/D": copy}, "fault": dict(self.fault)}


def simulator(timeline: Timeline, bench: Bench | None) -> Simulator:
    return cast(Simulator, SimpleNamespace(timeline=timeline, transport=SimpleNamespace(bench=bench)))


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_news_hold_everything_and_the_second_nothing(timeline: Timeline, bench: Bench) -> None:
    timeline.record(Note("n1"))
    feed = ConsoleFeed(simulator(timeline, bench), 0)
    news = feed.news()
    assert [entry["data"] for entry in news["entries"]] == [{"message": "n1"}]
    assert news["missed"] == 0
    assert news["models"] == {"P/D": {"p": 1}}
    assert news["devices"]["P/D"] == {"online": True, "properties": {"on": 0}, "firmware": {}}
    assert news["fault"] == {}
    assert feed.news() == {}


def test_only_what_changed_is_told(timeline: Timeline, bench: Bench) -> None:
    feed = ConsoleFeed(simulator(timeline, bench), 0)
    feed.news()
    bench.device["properties"]["on"] = 1
    assert feed.news() == {"devices": {"P/D": {"online": True, "properties": {"on": 1}, "firmware": {}}}}
    bench.fault = {"drop": 0.5}
    assert feed.news() == {"fault": {"drop": 0.5}}


def test_a_console_that_comes_back_gets_the_rest(timeline: Timeline, bench: Bench) -> None:
    for number in range(5):
        timeline.record(Note(str(number)))
    news = ConsoleFeed(simulator(timeline, bench), 3).news()
    assert [entry["seq"] for entry in news["entries"]] == [4, 5]


def test_a_flood_is_cut_and_counted(bench: Bench) -> None:
    timeline = Timeline(max_entries=MAX_BATCH + 500)
    feed = ConsoleFeed(simulator(timeline, bench), 0)
    for number in range(MAX_BATCH + 1000):
        timeline.record(Note(str(number)))
    news = feed.news()
    assert len(news["entries"]) == MAX_BATCH
    assert news["missed"] == 1000
    assert news["entries"][-1]["seq"] == timeline.seq


def test_a_number_from_an_earlier_run_starts_at_the_end(timeline: Timeline, bench: Bench) -> None:
    timeline.record(Note("1"))
    feed = ConsoleFeed(simulator(timeline, bench), 99)
    feed.news()
    timeline.record(Note("2"))
    assert [entry["data"] for entry in feed.news()["entries"]] == [{"message": "2"}]


def test_a_real_device_is_named_once(timeline: Timeline) -> None:
    feed = ConsoleFeed(simulator(timeline, None), 0)
    assert feed.news() == {"real": True}
    assert feed.news() == {}


async def test_wait_ends_with_an_entry(timeline: Timeline, bench: Bench) -> None:
    feed = ConsoleFeed(simulator(timeline, bench), 0)
    feed.news()
    timeline.record(Note("1"))
    await feed.wait()
    assert feed.news()["entries"][0]["data"] == {"message": "1"}


def test_a_changed_thing_model_is_told_at_once(timeline: Timeline, bench: Bench) -> None:
    feed = ConsoleFeed(simulator(timeline, bench), 0)
    feed.news()
    bench.device["model"] = {"p": 2}
    assert feed.news() == {"models": {"P/D": {"p": 2}}}
    assert feed.news() == {}
