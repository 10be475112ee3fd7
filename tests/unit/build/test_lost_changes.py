"""A queue of the system that overflows drops events: one look at the files finds what they told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from watchfiles import Change as Raw

from devkit.build.watcher import Change, Watcher
from devkit.settings import load_settings
from devkit.testing.run.run import Plan
from devkit.testing.run.watch import Watch


class Feed:
    """Stands in for watchfiles: a test says what it tells; an empty set is a time without events."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[set[tuple[Raw, str]]] = asyncio.Queue()
        self.started = 0

    async def __call__(self, *folders: Path, **options: Any) -> AsyncIterator[set[tuple[Raw, str]]]:
        self.started += 1
        while True:
            yield await self.told.get()


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    made = Feed()
    monkeypatch.setattr(watchfiles, "awatch", made)
    return made


async def next_group(changes: AsyncIterator[frozenset[Change]]) -> frozenset[Change]:
    return await asyncio.wait_for(anext(changes), 10)


async def test_what_an_overflow_dropped_is_one_group(tmp_path: Path, feed: Feed) -> None:
    files = [tmp_path / f"{number}.js" for number in range(3000)]
    for file in files:
        file.write_text("1")
    changes = Watcher(tmp_path).changes()
    feed.told.put_nowait({(Raw.modified, str(files[0]))})
    assert await next_group(changes) == {Change("modified", files[0])}
    for file in files[:2000]:
        file.write_text("two")
    files[2000].unlink()
    (tmp_path / "new.js").write_text("n")
    # the queue held the first thousand; the rest was dropped, and nothing more is said
    feed.told.put_nowait({(Raw.modified, str(file)) for file in files[:1000]})
    for _ in range(3):
        feed.told.put_nowait(set())
    assert len(await next_group(changes)) == 1000
    lost = {Change("modified", file) for file in files[1000:2000]}
    assert await next_group(changes) == lost | {
        Change("deleted", files[2000]),
        Change("added", tmp_path / "new.js"),
    }
    feed.told.put_nowait({(Raw.modified, str(files[5]))})
    assert await next_group(changes) == {Change("modified", files[5])}  # and no other group in between


async def test_a_file_changed_again_after_its_event_is_found(tmp_path: Path, feed: Feed) -> None:
    file = tmp_path / "a.js"
    file.write_text("1")
    changes = Watcher(tmp_path).changes()
    feed.told.put_nowait({(Raw.modified, str(file))})
    await next_group(changes)
    file.write_text("twice")
    feed.told.put_nowait(set())
    assert await next_group(changes) == {Change("modified", file)}


async def test_a_folder_whose_event_was_lost_is_watched(tmp_path: Path, feed: Feed) -> None:
    changes = Watcher(tmp_path).changes()
    (file := tmp_path / "a.js").write_text("1")
    feed.told.put_nowait({(Raw.added, str(file))})
    await next_group(changes)
    (tmp_path / "new").mkdir()
    feed.told.put_nowait(set())
    assert await next_group(changes) == {Change("added", tmp_path / "new")}
    assert await next_group(changes) == frozenset()  # look again
    feed.told.put_nowait({(Raw.modified, str(file))})
    await next_group(changes)
    assert feed.started == 2


async def test_a_lost_save_of_a_test_runs_it(tmp_path: Path, feed: Feed) -> None:
    (test := tmp_path / "test_a.py").write_text("1")
    (source := tmp_path / "a.js").write_text("1")
    watch = Watch(load_settings(tmp_path), Plan(), tmp_path, print)
    following = asyncio.ensure_future(watch._follow_tests())
    feed.told.put_nowait({(Raw.modified, str(source))})
    while not feed.told.empty():
        await asyncio.sleep(0)
    test.write_text("changed")
    feed.told.put_nowait(set())
    assert await asyncio.wait_for(watch._wanted.get(), 10) == [test]
    assert watch._wanted.empty()
    following.cancel()


async def test_a_burst_of_thousands_of_real_changes_loses_none(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.js" for number in range(4000)]
    changes = Watcher(tmp_path).changes()
    (sign := tmp_path / "sign.js").write_text("0")

    async def wait_for_start() -> None:
        async for group in changes:
            if sign in {change.path for change in group}:
                return

    starting = asyncio.ensure_future(wait_for_start())
    while not starting.done():  # the watch is on when it tells of a save
        sign.write_text(sign.read_text() + "1")
        await asyncio.wait({starting}, timeout=0.05)

    def burst() -> None:
        for file in files:
            file.write_text("1")

    writing = asyncio.create_task(asyncio.to_thread(burst))
    wanted = set(files)
    async with asyncio.timeout(20):
        while wanted:
            wanted -= {change.path for change in await anext(changes)}
    await writing
