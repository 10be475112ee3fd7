"""The timeline: order, bounds and followers."""

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devkit.timeline.bulk import MAX_TEXT, shorten
from devkit.timeline.kinds import ActionCall, Note, Push
from devkit.timeline.timeline import Timeline


def test_entries_are_numbered_and_bounded() -> None:
    timeline = Timeline(max_entries=3)
    for number in range(5):
        timeline.record(Note("n", number))
    assert [entry.seq for entry in timeline.since(0)] == [3, 4, 5]
    assert [entry.what for entry in timeline.since(4)] == [Note("n", 4)]
    assert timeline.since(5) == []
    assert timeline.since(99) == []
    assert timeline.seq == 5


@given(st.lists(st.integers(), max_size=30), st.integers(0, 40), st.integers(1, 10))
def test_since_gives_what_is_kept(values: list[int], seq: int, limit: int) -> None:
    timeline = Timeline(max_entries=limit)
    for value in values:
        timeline.record(Note("n", value))
    kept = list(enumerate(values, 1))[-limit:]
    assert [(entry.seq, entry.data["data"]) for entry in timeline.since(seq)] == [
        item for item in kept if item[0] > seq
    ]


async def test_followers_get_old_and_new_entries_in_order() -> None:
    timeline = Timeline()
    timeline.record(Note("old", 1))
    seen: list[int] = []

    async def follow() -> None:
        async for entry in timeline.follow(0):
            seen.append(entry.data["data"])
            if len(seen) == 4:
                return

    task = asyncio.create_task(follow())
    await asyncio.sleep(0)
    for number in (2, 3, 4):
        timeline.record(Note("new", number))
    await asyncio.wait_for(task, 1)
    assert seen == [1, 2, 3, 4]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=10,
    )
)
def test_whatever_is_recorded_becomes_json(value: Any) -> None:
    json.dumps(shorten(value))


def test_bulk_is_cut() -> None:
    big = {"text": "x" * 10_000_000, "list": list(range(100_000)), "bytes": b"12"}
    entry = Timeline().record(Note("y" * 10_000_000, big))
    assert len(json.dumps(entry.data)) < 4 * MAX_TEXT
    assert "10000000 characters" in entry.data["message"]
    assert "10000000 characters" in entry.data["data"]["text"]
    assert entry.data["data"]["bytes"] == "(2 bytes)"


async def test_large_data_is_let_go_by_the_next_turn() -> None:
    timeline = Timeline()
    push = Push("P/D", "Property", "Report", 0, {"text": "x" * 10_000})
    entries = [timeline.record(push) for _ in range(200)]
    await asyncio.sleep(0)
    assert all(len(entry._what.payload["text"]) < 5000 for entry in entries)


def test_without_a_loop_data_is_copied_at_once() -> None:
    payload = {"params": [1]}
    timeline = Timeline()
    timeline.record(Push("P/D", "Property", "Report", 0, payload))
    payload["params"].append(2)
    assert timeline.of_kind("push")[0]["Payload"] == {"params": [1]}


async def test_what_others_go_on_changing_is_copied_at_once() -> None:
    response = {"User": {"PhoneNumber": "13800000000"}}
    timeline = Timeline()
    timeline.record(ActionCall("AppGetUser", {}, response))
    response["User"]["PhoneNumber"] = "138****0000"
    assert timeline.of(ActionCall)[0].response == {"User": {"PhoneNumber": "13800000000"}}
