"""Build on every save, and keep the last good build."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devkit.build.engine import Engine, NodeEngine, Progress, open_engine
from devkit.build.env import env_files
from devkit.build.options import BuildOptions
from devkit.build.process import WorkerProcess
from devkit.build.project.configurations import configuration_files
from devkit.build.result import BuildResult
from devkit.build.watcher import Change, Pacer, Watcher
from devkit.errors import BuildError, Diagnostic

LOOK_AFTER_SECONDS = 0.3
CONFIGURATION = frozenset(
    {"package.json", "tsconfig.json", "jsconfig.json", ".postcssrc", ".postcssrc.json", ".browserslistrc"}
)

SETTLE_S = 0.5
"""How long after an update of open pages the bundle is built, unless somebody asks for it."""


@dataclass(frozen=True)
class Built:
    """A good build; changed_* compare it with the last good one."""

    result: BuildResult
    changed_js: bool
    changed_css: bool


@dataclass(frozen=True)
class Failed:
    """A failed build; the last good one still stands."""

    error: BuildError


@dataclass(frozen=True)
class Looked:
    """What the browsers of the target lack of the last good build, found while nothing was to be built."""

    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Updated:
    """What open pages run anew, and their style sheet, ahead of the build that is to come."""

    modules: bytes
    css: bytes


BuildEvent = Built | Failed | Looked | Updated


class Builder:
    """An engine and a watcher. Use as an async context manager; the first build runs on entry's heels.

    look: tell what the target lacks, too, once there is nothing to build.
    """

    def __init__(
        self,
        options: BuildOptions,
        *,
        started: WorkerProcess | None = None,
        progress: Progress | None = None,
        watch: bool = True,
        look: bool = False,
    ) -> None:
        self.options = options
        self.current: BuildResult | None = None
        self.error: BuildError | None = None
        self._started = started
        self._progress = progress
        self._engine: Engine | None = None
        self._watcher = Watcher(options.project) if watch else None
        self._pacer = Pacer(time.monotonic)
        self._wanted = asyncio.Event()
        self._reopen = False
        self._looks = look
        self._looked: tuple[Diagnostic, ...] = ()
        self._edited: set[Path] = set()
        self._other = self._asked = False
        self._behind = False
        self.has_pages: Callable[[], bool] = lambda: False
        self._last: BuildEvent | None = None
        self._listeners: set[asyncio.Queue[BuildEvent]] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Open the engine and start building.

        Errors: ToolchainError.
        """
        self._engine = await open_engine(self.options, started=self._started, progress=self._progress)
        self._wanted.set()
        self._tasks = [asyncio.create_task(self._build_loop(), name="devkit-build")]
        if self._watcher:
            self._tasks.append(asyncio.create_task(self._watch_loop(self._watcher), name="devkit-watch"))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Stop both and end the worker."""
        if self._watcher:
            self._watcher.close()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._engine:
            await self._engine.aclose()

    @property
    def engine(self) -> Engine | None:
        """Return the engine while the builder is open."""
        return self._engine

    def request_rebuild(self) -> None:
        """Build again soon, also when no file has changed."""
        self._reopen = self._other = True
        self._wanted.set()

    def settle(self) -> None:
        """Build what an update came ahead of, now, with what is saved meanwhile."""
        self._asked = True
        self._wanted.set()

    async def events(self) -> AsyncIterator[BuildEvent]:
        """Yield every event from now on; a build that ended before comes first."""
        queue: asyncio.Queue[BuildEvent] = asyncio.Queue()
        if self._last is not None:
            queue.put_nowait(self._last)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def _build_loop(self) -> None:
        while self._engine is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S if self._behind else None):
                    await self._wanted.wait()
            while (delay := self._pacer.delay()) > 0:  # noqa: ASYNC110 - the pace is a matter of time
                await asyncio.sleep(delay)
            is_late = not self._wanted.is_set()
            self._wanted.clear()
            self._pacer.built()
            await self._build(self._engine, is_late=is_late)
            if (
                self._looks
                and not self._behind
                and self.error is None
                and isinstance(self._engine, NodeEngine)
            ):
                await self._look(self._engine)

    async def _look(self, engine: NodeEngine) -> None:
        """Look for what the target lacks once saves have ended for a while; the next one ends the look."""
        wanted = asyncio.create_task(self._wanted.wait())
        looking: asyncio.Task[tuple[Diagnostic, ...] | None] | None = None
        try:
            if (await asyncio.wait({wanted}, timeout=LOOK_AFTER_SECONDS))[0]:
                return
            looking = asyncio.create_task(engine.look())
            await asyncio.wait({wanted, looking}, return_when=asyncio.FIRST_COMPLETED)
            engine.stop()
            found = await looking
            if found is not None and found != self._looked:
                self._looked = found
                self._publish(Looked(found))
        finally:
            for task in filter(None, (wanted, looking)):
                task.cancel()

    async def _late(self, engine: NodeEngine) -> BuildResult:
        """Build what an update came ahead of; a save ends that, as it is on its way to the pages first."""
        wanted = asyncio.create_task(self._wanted.wait())
        building = asyncio.create_task(engine.rebuild(stoppable=True))
        try:
            await asyncio.wait({wanted, building}, return_when=asyncio.FIRST_COMPLETED)
            if self._edited or self._other:
                engine.stop()
            return await building
        finally:
            wanted.cancel()
            building.cancel()

    async def _build(self, engine: Engine, *, is_late: bool) -> None:
        if self._reopen and isinstance(engine, NodeEngine):
            self._reopen = False
            await engine.reopen(self.options)
        # in part only for pages, for edits of files alone, and where no other file may be broken
        is_whole = self._other or self._asked or self.error is not None or not self.has_pages()
        edited = () if is_whole else tuple(sorted(self._edited))
        self._edited, self._other, self._asked = set(), False, False
        try:
            if is_late and isinstance(engine, NodeEngine):
                result = await self._late(engine)
            else:
                result = await engine.rebuild(edited)
        except BuildError as error:
            self.error, self._behind = error, False
            self._publish(Failed(error))
        else:
            self._behind = result.partial
            if result.partial:
                if result.hot:
                    self._publish(Updated(result.hot, result.css))
                return
            last, self.current, self.error = self.current, result, None
            self._publish(
                Built(
                    result,
                    changed_js=last is None or last.js != result.js,
                    changed_css=last is None or last.css != result.css,
                )
            )
            if self._watcher:
                self._watcher.watch_also(result.inputs)

    def _publish(self, event: BuildEvent) -> None:
        if isinstance(event, Built | Failed):
            self._last = event
        for queue in self._listeners:
            queue.put_nowait(event)

    async def _watch_loop(self, watcher: Watcher) -> None:
        async for group in watcher.changes():
            if group and not any(self._matters(change) for change in group):
                continue
            self._reopen = self._reopen or any(self._configures(change.path) for change in group)
            mattering = {change.path for change in group if self._matters(change)}
            self._edited |= mattering
            self._other |= self._reopen or not group or not all(map(self._is_known, mattering))
            self._pacer.changed(unsettled=any(_is_unsettled(change) for change in group))
            self._wanted.set()

    def _is_known(self, path: Path) -> bool:
        """Tell whether a file was read and is there, perhaps put in place of itself."""
        return self.current is not None and path in self.current.inputs and path.is_file()

    def _matters(self, change: Change) -> bool:
        """Tell whether a change can change the build: an edit of a file that was read, or any other kind."""
        if change.kind != "modified" or self.error is not None or self.current is None:
            return True
        return change.path in self.current.inputs or self._configures(change.path)

    def _configures(self, path: Path) -> bool:
        return (
            path.name in CONFIGURATION
            or path.name.startswith(("postcss.config.", "tsconfig."))
            or path in env_files(self.options.project, self.options.mode)
            or path in configuration_files(self.options.project).values()
        )


def _is_unsettled(change: Change) -> bool:
    """Tell whether a save seems to be under way: the file is empty or, for a moment, gone."""
    if change.kind == "deleted":
        return True
    try:
        return change.path.stat().st_size == 0
    except OSError:
        return True
