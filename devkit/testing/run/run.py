"""Run a project's panel tests: build once, then pytest with what panels need."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import DevkitError, SettingsError, ToolchainError
from devkit.extras import install_command
from devkit.language import _
from devkit.testing.farm.panel_cache import PanelCache
from devkit.testing.run.bundle import PROJECT_VARIABLE, VARIABLE, build_with, share_bundle

if TYPE_CHECKING:
    from devkit.build.process import WorkerProcess
    from devkit.settings import Settings

INTERRUPTED = 2
WRONG_USAGE = 4
NO_TESTS = 5
EXIT_CODES = {0: 0, 1: 1, INTERRUPTED: 1, 3: 1, WRONG_USAGE: 2, NO_TESTS: 1}


@dataclass(frozen=True)
class Plan:
    """What `devkit test` was asked for; workers is a number, "auto" or ""; empty texts mean not given.

    events: the file descriptor that takes a JSON object a line.
    """

    workers: str = ""
    headed: bool = False
    slowmo: int = 0
    debug: bool = False
    browsers: tuple[str, ...] = ()
    browser_path: str = ""
    browser_ws: str = ""
    shard: str = ""
    junit: str = ""
    html: str = ""
    coverage: str = ""
    trace: str = "retain-on-failure"
    update_snapshots: bool = False
    devices: str = ""
    js: str = ""
    css: str = ""
    model: str = ""
    timeout: float | None = None
    events: str = ""
    rest: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Return pytest's arguments; pytest takes a value that stands alone for a path of tests."""
        valued = {
            "--panel-trace": "off" if self.debug else self.trace,
            "--panel-browser-path": self.browser_path,
            "--panel-browser-ws": self.browser_ws,
            "--panel-shard": self.shard,
            "--panel-devices": self.devices,
            "--panel-js": self.js,
            "--panel-css": self.css,
            "--panel-model": self.model,
            "--panel-report": self.html,
            "--panel-coverage": self.coverage,
            "--panel-timeout": str(self.timeout or ""),
            "--panel-events": self.events,
            "--junit-xml": self.junit,
            "--slowmo": str(self.slowmo or ""),
            "--numprocesses": self.workers,
        }
        found = ["--panel-durations", *(f"{name}={value}" for name, value in valued.items() if value)]
        found += [f"--browser={name}" for name in self.browsers]
        flags = {"--headed": self.headed or self.debug, "--panel-update-snapshots": self.update_snapshots}
        found += [name for name, given in flags.items() if given]
        if self.debug:
            found += ["-s", "--panel-timeout=86400"]
        return [*found, *self.rest]


class Prebuild:
    """Build the panel while pytest starts; the plugin waits for it when the first panel is opened."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._process: WorkerProcess | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the worker now, and the rest beside."""
        from devkit.build import BuildOptions, start_worker

        os.environ[VARIABLE] = str(self._folder)
        os.environ[PROJECT_VARIABLE] = str(self._settings.project)
        try:
            cache = PanelCache(BuildOptions.from_settings(self._settings))
            if kept := cache.find():
                share_bundle(self._folder, kept)
                return
            self._process = start_worker(cache.options)
        except DevkitError as error:
            share_bundle(self._folder, error)
            return
        self._thread = threading.Thread(target=self._build, args=(cache,), name="devkit-build", daemon=True)
        self._thread.start()

    def close(self, *, wait: bool = True) -> None:
        """Wait for the build, unless the run was interrupted, and take the variables back."""
        if self._process is not None and not wait:
            self._process.kill()  # one that is started in its place ends with this process
        elif self._thread is not None:
            self._thread.join()
        os.environ.pop(VARIABLE, None)
        os.environ.pop(PROJECT_VARIABLE, None)

    def _build(self, cache: PanelCache) -> None:
        try:
            share_bundle(self._folder, asyncio.run(build_with(cache, self._process)))
        except DevkitError as error:
            share_bundle(self._folder, error)
        except Exception as error:
            share_bundle(
                self._folder, ToolchainError(_(f"The build failed: {type(error).__name__}: {error}"))
            )
            raise


def check_packages(plan: Plan) -> None:
    """Refuse to start without what the tests need.

    Errors: SettingsError naming the command that installs it.
    """
    from importlib.util import find_spec

    needed = {"pytest": True, "pytest_playwright": True, "playwright": True, "xdist": bool(plan.workers)}
    missing = [name for name, wanted in needed.items() if wanted and find_spec(name) is None]
    if missing:
        raise SettingsError(
            _(f"devkit test needs {', '.join(missing)}, which this environment does not have."),
            _(f"Install it with: {install_command('test')}"),
        )


def run_tests(settings: Settings, plan: Plan, folder: Path) -> int:
    """Run the tests in this process; return devkit's exit code.

    folder: an empty folder for the build that the processes of the run share.
    """
    check_packages(plan)
    prebuild = Prebuild(settings, folder)
    if not plan.js:
        prebuild.start()
    code = INTERRUPTED
    try:
        import pytest

        code = int(pytest.main(plan.arguments()))
    finally:
        prebuild.close(wait=code != INTERRUPTED)
    return code
