"""What of a project's own code a command runs on this computer; all else is read, never run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from devkit.build.project.configurations import project_code as build_code
from devkit.build.watcher import IGNORED_FOLDERS
from devkit.language import _
from devkit.settings import Settings

TESTS = "tests"
MOST_TESTS = 5


@dataclass(frozen=True)
class RunningCode:
    """Code of a project that runs, and what for; place is a file, a folder or file.py:Class."""

    reason: str
    place: str


def running_code(
    settings: Settings, *, builds: bool = True, tests: bool = False, migrates: bool = False
) -> tuple[RunningCode, ...]:
    """Return the code of the project that a command runs; what the user names himself is left out.

    builds: it builds the panel. tests: it runs the tests. migrates: other tools load their configuration.
    """
    found: list[RunningCode] = []
    scenario = settings.scenario if "scenario" in settings.in_files else ""
    if scenario and not scenario.endswith((".yaml", ".yml")):
        found.append(RunningCode("scenario", scenario))
    if "peripherals" in settings.in_files:
        found += [RunningCode(_("Bluetooth device"), spec) for spec in settings.peripherals]
    if "browser_path" in settings.in_files and settings.browser_path:
        found.append(RunningCode("browser", settings.browser_path))
    if builds:
        found += [
            RunningCode(item.reason, Path(os.path.relpath(item.file, settings.project)).as_posix())
            for item in build_code(settings.project, migrate=migrates)
        ]
    if tests:
        found += [RunningCode(TESTS, place) for place in _tests(settings.project)]
    return tuple(found)


def _tests(project: Path) -> list[str]:
    """Return some of the files that pytest would load."""
    found: list[str] = []
    for folder, children, files in os.walk(project):
        children[:] = sorted(name for name in children if name not in IGNORED_FOLDERS)
        for name in sorted(files):
            if name == "conftest.py" or (name.endswith(".py") and ("test_" in name or "_test" in name)):
                found.append((Path(folder) / name).relative_to(project).as_posix())
            if len(found) == MOST_TESTS:
                return found
    return found
