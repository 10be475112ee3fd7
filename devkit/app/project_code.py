"""What of a project's own code a command runs on this computer; all else is read, never run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from devkit.build.watcher import IGNORED_FOLDERS
from devkit.settings import PROJECT_FILE, Settings, read_project_file

TESTS = "tests"
MOST_TESTS = 5

# devkit/build/worker/postcss_config.mjs and devkit/build/worker/tools.mjs load them.
POSTCSS = (
    "postcss.config.js", "postcss.config.cjs", "postcss.config.mjs", "postcss.config.json",
    ".postcssrc", ".postcssrc.json", ".postcssrc.js", ".postcssrc.cjs",
)  # fmt: skip
TOOLS = ("esbuild", "less", "sass", "postcss", "autoprefixer", "@vue/compiler-sfc", "typescript")


@dataclass(frozen=True)
class ProjectCode:
    """Code of a project that runs, and what for. place is relative to the project where it lies in it."""

    reason: str
    place: str


def project_code(settings: Settings, *, builds: bool = True, tests: bool = False) -> tuple[ProjectCode, ...]:
    """Return the code of the project that a command runs; what the user names himself is left out.

    builds: it builds the panel. tests: it runs the tests.
    Errors: SettingsError for a devkit.toml that cannot be read.
    """
    found: list[ProjectCode] = []
    named = read_project_file(settings.project / PROJECT_FILE)
    scenario = settings.scenario if settings.scenario == named.get("scenario") else ""
    if scenario and not scenario.endswith((".yaml", ".yml")):
        found.append(ProjectCode("scenario", scenario))
    if settings.peripherals == named.get("peripherals"):
        found += [ProjectCode("Bluetooth device", spec) for spec in settings.peripherals]
    if builds:
        found += build_code(settings.project)
    if tests:
        found += [ProjectCode(TESTS, place) for place in _tests(settings.project)]
    return tuple(found)


def build_code(project: Path) -> tuple[ProjectCode, ...]:
    """Return the code that a build of the project runs; tools count where they lie in the project."""
    found = [ProjectCode("PostCSS configuration", name) for name in POSTCSS if (project / name).is_file()][:1]
    if not found and _names_postcss(project / "package.json"):
        found.append(ProjectCode("PostCSS configuration", "package.json"))
    tools = [name for name in TOOLS if (project / "node_modules" / name / "package.json").is_file()]
    found += [ProjectCode("build tool of its own", f"node_modules/{name}") for name in tools]
    return tuple(found)


def _names_postcss(manifest: Path) -> bool:
    try:
        return bool(json.loads(manifest.read_text("utf-8-sig")).get("postcss"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return False  # the build says what is wrong with it


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
