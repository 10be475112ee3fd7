"""One `devkit test --json` at a time, and what is known of the project's tests from it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import ServeError
from devkit.extras import install_command
from devkit.language import VARIABLE, _

if TYPE_CHECKING:
    from devkit.settings import Settings

NEEDED = ("pytest", "pytest_playwright", "playwright")
LINE_BYTES = 8_000_000
LOG_LINES = 200
LOG_CHARACTERS = 4000
MOST_TESTS = 5000
SOURCES = frozenset(
    (".py", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".vue", ".css", ".less", ".scss", ".html", ".json", ".toml")
)
"""What a save must be of for the tests to run again: not what a run itself writes."""
STOP_SECONDS = 1.5
LEAVE_SECONDS = 0.3
CODE = "from devkit.cli.main import main; main()"


class SuiteProcess:
    """Run tests of a project; only those that a run has told of, and only inside the project."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.project.resolve()
        self._tests: dict[str, dict[str, Any]] = {}
        self._broken: dict[str, str] = {}
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._collecting = False
        self._code: int | None = None
        self.version = 0

    def describe(self) -> dict[str, Any]:
        """Return what devkit/devserver/client/console/tests.tsx shows."""
        missing = [name for name in NEEDED if find_spec(name) is None]
        lacks = _(f"The tests need {', '.join(missing)}. Install it with: {install_command('test')}")
        return {
            "lacks": lacks if missing else "",
            "running": self._process is not None,
            "watching": self._watching is not None,
            "code": self._code,
            "tests": list(self._tests.values()),
            "broken": [{"id": name, "message": text} for name, text in self._broken.items()],
            "log": "".join(self._log),
        }

    async def run(self, ids: Sequence[str], *, collect: bool = False) -> None:
        """Start a run: of all tests, of some by their ids, or of none but to list them.

        Errors: ServeError for an id that is not known, and while tests run.
        """
        command = self._command(ids, collect=collect)
        if self._starting.locked() or self._process is not None:
            raise ServeError(_("Tests are running."), _("Stop them, or wait."))
        async with self._starting:
            self._process = await self._start(command)
        self._log.clear()
        self._broken.clear()
        self._collecting, self._code = collect or not ids, None
        for name in () if collect else ids or self._tests:
            self._tests[name] = _known(self._tests[name])
        self.version += 1
        self._following = asyncio.get_running_loop().create_task(self._follow(self._process))

    async def _start(self, command: list[str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=Path.cwd() if self._settings.panel else self._folder,
            env={**os.environ, VARIABLE: str(self._settings.lang)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            start_new_session=True,
        )

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End the run, and what it has started; by force when that has not ended in so many seconds."""
        process, following = self._process, self._following
        if process is None or following is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        done, __ = await asyncio.wait({following}, timeout=seconds)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
            await asyncio.wait({following})

    def watch(self, ids: Sequence[str], *, on: bool) -> None:
        """Run tests again after each save of the project, or do so no more.

        Errors: ServeError for an id that is not known.
        """
        self._check(ids)
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if on:
            self._watching = asyncio.get_running_loop().create_task(self._watch(list(ids)))
        self.version += 1

    def file(self, test: str, kind: str) -> Path | None:
        """Return the picture or the trace of a test when there is one inside the project."""
        name = self._tests.get(test, {}).get(kind)
        path = (self._folder / str(name)).resolve()
        return path if name and path.is_relative_to(self._folder) and path.is_file() else None

    async def aclose(self) -> None:
        """End what runs."""
        if self._watching is not None:
            self._watching.cancel()
        await self.stop(LEAVE_SECONDS)

    def _check(self, ids: Sequence[str]) -> None:
        for name in ids:
            if name not in self._tests:
                raise ServeError(_(f"There is no test {name!r:.200}."), _("List the tests anew."))

    def _command(self, ids: Sequence[str], *, collect: bool) -> list[str]:
        self._check(ids)
        command = [sys.executable, "-c", CODE, "test", "--json"]
        if self._settings.panel:
            command += ["--panel", self._settings.panel]
        if self._settings.browser_path:
            command += ["--browser-path", str(self._settings.browser_path)]
        chosen = [f"{self._tests[name]['path']}::{name.partition('::')[2]}" for name in ids]
        how = "--collect-only" if collect else "--continue-on-collection-errors"
        return [*command, how, f"--rootdir={self._folder}", "--", *chosen]

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        try:
            await asyncio.gather(self._take_events(process.stdout), self._take_log(process.stderr))
            self._code = await process.wait()
        finally:
            self._process = None
            for name, test in self._tests.items():
                if test["outcome"] in ("running", "waiting"):
                    self._tests[name] = _known(test, "")
            self.version += 1

    async def _take_events(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (line := await self._line(stream)):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                event = json.loads(line)
                getattr(self, f"_on_{event.pop('event')}", lambda **more: None)(**event)
            self.version += 1

    async def _take_log(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (line := await self._line(stream)):
            text = line.decode("utf-8", "replace")
            self._log.append(text if len(text) <= LOG_CHARACTERS else f"{text[:LOG_CHARACTERS]}…\n")

    async def _line(self, stream: asyncio.StreamReader) -> bytes:
        """Return the next line; of one that is too long the log tells, and its last part is left."""
        while True:
            try:
                return await stream.readline()
            except ValueError:
                self._log.append(_("A line was too long to be kept.") + "\n")

    def _on_collected(self, tests: list[dict[str, Any]]) -> None:
        inside = [test for test in tests if Path(test["path"]).resolve().is_relative_to(self._folder)]
        found = {test["id"]: test for test in inside[:MOST_TESTS]}
        old = self._tests
        kept = {} if self._collecting else old
        self._tests = {**kept, **{name: {**old.get(name, _known({}, "")), **found[name]} for name in found}}

    def _on_broken(self, id: str, message: str) -> None:  # noqa: A002  as the event has it
        self._broken[id] = message

    def _on_started(self, id: str) -> None:  # noqa: A002
        if id in self._tests:
            self._tests[id] = _known(self._tests[id], "running")

    def _on_finished(self, id: str, **more: Any) -> None:  # noqa: A002
        if id in self._tests:
            self._tests[id] = {**_known(self._tests[id]), "failed_line": more.pop("line", 0), **more}

    async def _watch(self, ids: list[str]) -> None:
        from devkit.build.watcher import Watcher

        async for group in Watcher(self._folder).changes():
            if any(change.path.suffix in SOURCES for change in group):
                await self.stop()
                known = [name for name in ids if name in self._tests]
                with contextlib.suppress(ServeError):
                    await self.run(known)


def _known(test: dict[str, Any], outcome: str = "waiting") -> dict[str, Any]:
    """Return what stays of a test when it is run anew."""
    kept: dict[str, Any] = {key: test[key] for key in ("id", "path", "line", "name") if key in test}
    return {**kept, "outcome": outcome}
