"""A queue of the system that really overflows: changes behind it are lost, and devkit dev finds them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.browser.devserver.harness import make_project, running

LIMIT = Path("/proc/sys/fs/inotify/max_queued_events")
MOST = 200_000

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fills a queue of inotify"),
]


def burst(folder: Path, events: int) -> None:
    """Make more events than the queue holds, of files that do not matter; one twice in a row counts once."""
    files = [folder / "a.tmp", folder / "b.tmp"]
    for file in files:
        file.write_text("x")
    for number in range(events + 10):
        os.utime(files[number % 2])


async def test_changes_behind_an_overflow_are_built_once(tmp_path: Path) -> None:
    events = int(LIMIT.read_text())
    if events > MOST:
        pytest.skip(f"the queue holds {events} events here")
    project = make_project(tmp_path / "panel")
    entry = next((project / "src").glob("index.*"))
    async with running(project, "dev", "--no-proxy") as run:
        run.process.send_signal(signal.SIGSTOP)  # nobody reads the queue
        try:
            await asyncio.to_thread(burst, project / "src", events)
            entry.write_text(entry.read_text() + "\nwindow.behind = 'the overflow'\n")
        finally:
            run.process.send_signal(signal.SIGCONT)
        built = await run.next("rebuild")
        assert built["ok"] is True
        entry.write_text("const = 1")
        assert (await run.next("rebuild"))["ok"] is False  # and no other build in between
