"""The outbox: nothing lost, nothing twice, in order, whatever the link does."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.sdk import link as link_module
from devkit.sdk.link import Outbox


class PageLink:
    """A page that reads frames as the runtime does, and may stop listening."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.frames: list[dict[str, Any]] = []
        self.open = True

    async def send(self, frame: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        if not self.open:
            return
        for part in frame["f"] if frame["t"] == "many" else [frame]:
            self.frames.append(part)
            if part["t"] == "ev":
                self.seen.append(part["n"])

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        raise NotImplementedError


TASKS: set[asyncio.Task[None]] = set()


def make_outbox() -> Outbox:
    def spawn(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        TASKS.add(task)
        task.add_done_callback(TASKS.discard)

    return Outbox(spawn)


async def sent() -> None:
    """Wait until every outbox has sent what it had."""
    while TASKS:
        await asyncio.gather(*TASKS)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["event", "flush", "cut", "ack"]), max_size=60))
def test_events_arrive_once_and_in_order_over_any_cuts(acts: list[str]) -> None:
    async def run() -> list[int]:
        outbox, page = make_outbox(), PageLink()
        got: list[int] = []
        outbox.attach(page, 0)
        for act in acts:
            if act == "event":
                outbox.event("x", None)
            elif act == "flush":
                await sent()
            elif act == "ack" and page.seen:
                outbox.acknowledge(page.seen[-1])
            elif act == "cut":
                page.open = False
                outbox.detach(page)
                got += page.seen
                page = PageLink()
                outbox.attach(page, got[-1] if got else 0)
        await sent()
        return got + page.seen

    numbers = asyncio.run(run())
    assert numbers == list(range(1, acts.count("event") + 1))


async def test_frames_that_pile_up_go_out_together() -> None:
    outbox, page = make_outbox(), PageLink()
    outbox.attach(page, 0, session="s")
    for _ in range(3):
        outbox.event("x", None)
    await sent()
    assert [frame["t"] for frame in page.frames] == ["welcome", "ev", "ev", "ev"]
    assert page.frames[0] == {"t": "welcome", "n": 1, "session": "s"}


async def test_no_message_is_so_long_that_the_page_stops_drawing(monkeypatch: Any) -> None:
    monkeypatch.setattr(link_module, "MAX_TOGETHER", 10)
    outbox, page = make_outbox(), PageLink()
    lengths: list[int] = []

    async def send(frame: dict[str, Any]) -> None:
        lengths.append(len(frame.get("f", [frame])))
        await PageLink.send(page, frame)

    monkeypatch.setattr(page, "send", send)
    outbox.attach(page, 0)
    for _ in range(33):
        outbox.event("x", None)
    await sent()
    assert lengths == [10, 10, 10, 4]
    assert page.seen == list(range(1, 34))


async def test_a_page_away_for_too_long_is_told_to_start_over(monkeypatch: Any) -> None:
    monkeypatch.setattr(link_module, "MAX_MISSED", 10)
    outbox, page = make_outbox(), PageLink()
    for _ in range(15):
        outbox.event("x", None)
    assert outbox.overflowed
    outbox.attach(page, 0)
    await sent()
    assert page.seen == list(range(6, 16))
    assert (page.frames[0]["n"], page.frames[0]["resync"]) == (6, True)
    assert not outbox.overflowed


async def test_an_old_link_that_closes_late_changes_nothing() -> None:
    outbox, old, new = make_outbox(), PageLink(), PageLink()
    outbox.attach(old, 0)
    outbox.attach(new, 0)
    assert not outbox.detach(old)
    assert outbox.attached
    assert outbox.detach(new)
    assert not outbox.attached
    await sent()
