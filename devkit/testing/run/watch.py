"""`devkit test --watch`: build on every save, and run what the save can have changed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import BuildError
from devkit.language import _
from devkit.testing.run.bundle import PROJECT_VARIABLE, VARIABLE, Bundle, share_bundle

if TYPE_CHECKING:
    from devkit.build import BuildEvent
    from devkit.settings import Settings
    from devkit.testing.run.run import Plan

Say = Callable[[str], None]
TEST_NAMES = ("test_*.py", "*_test.py")


def affected(changed: Iterable[Path]) -> list[Path] | None:
    """Return the test files to run again, or None for all: sources and helpers may matter to any test."""
    files = sorted({path for path in changed if path.suffix == ".py"})
    if files and all(any(path.match(name) for name in TEST_NAMES) for path in files):
        return [path for path in files if path.exists()] or None
    return None


class Watch:
    """Run tests at once, and after every save of a source or a test."""

    def __init__(self, settings: Settings, plan: Plan, folder: Path, say: Say) -> None:
        self._settings = settings
        self._plan = plan
        self._folder = folder
        self._say = say
        self._wanted: asyncio.Queue[list[Path] | None] = asyncio.Queue()
        self._builds = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Watch until cancelled."""
        from devkit.build import Builder, BuildOptions

        options = BuildOptions.from_settings(self._settings)
        async with Builder(options) as builder, asyncio.TaskGroup() as group:
            tasks = [self._follow_builds(builder.events()), self._follow_tests(), self._run_wanted()]
            for task in tasks:
                self._tasks.append(group.create_task(task))

    async def _follow_builds(self, events: AsyncIterator[BuildEvent]) -> None:
        from devkit.build import Built, Failed

        async for event in events:
            if isinstance(event, Built):
                result = event.result
                bundle = Bundle(result.js, result.css, result.js_map, self._settings.project)
                self._share(bundle)
            elif isinstance(event, Failed):
                self._share(event.error)
                self._say(str(event.error))
            self._wanted.put_nowait(None)

    def _share(self, bundle: Bundle | BuildError) -> None:
        self._builds += 1
        share_bundle(self._folder / str(self._builds), bundle)

    async def _follow_tests(self) -> None:
        from devkit.build.watcher import Watcher

        async for group in Watcher(self._settings.project).changes():
            if scripts := [change.path for change in group if change.path.suffix == ".py"]:
                self._wanted.put_nowait(affected(scripts))

    async def _run_wanted(self) -> None:
        while True:
            wanted = await self._wanted.get()
            while not self._wanted.empty():
                more = self._wanted.get_nowait()
                wanted = None if wanted is None or more is None else sorted({*wanted, *more})
            if self._builds:
                await self._run(wanted)

    async def _run(self, files: list[Path] | None) -> None:
        names = [str(path) for path in files or ()]
        self._say(_(f"Running {', '.join(path.name for path in files) if files else _('all tests')} ..."))
        environment = {
            **os.environ,
            VARIABLE: str(self._folder / str(self._builds)),
            PROJECT_VARIABLE: str(self._settings.project),
        }
        command = [sys.executable, "-m", "pytest", *self._plan.arguments(), *names]
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()
        self._say(_("Watching for changes; Ctrl-C ends."))
