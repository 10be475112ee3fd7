"""How long each test took in the last run: what the parts of a sharded run are made even by."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.private_files import write_private
from devkit.testing.run.project import find_project

if TYPE_CHECKING:
    import pytest

FILE = Path(".devkit", "test-durations.json")


def project_of(config: pytest.Config) -> Path:
    """Return the project that pytest was started in."""
    return find_project(config.invocation_params.dir)


def test_key(config: pytest.Config, project: Path, nodeid: str) -> str:
    """Return a test's name from the project's folder on; pytest's own depends on what else it was given."""
    file, separator, name = nodeid.partition("::")
    with contextlib.suppress(ValueError):
        file = (config.rootpath / file).relative_to(project).as_posix()
    return f"{file}{separator}{name}"


def read_times(project: Path) -> dict[str, int]:
    """Return {test: ms}; what cannot be read is as if nothing were known."""
    try:
        found = json.loads((project / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        test: ms for test, ms in found.items() if isinstance(ms, int) and not isinstance(ms, bool) and ms >= 0
    }


def keep_times(project: Path, times: Mapping[str, int]) -> None:
    """Keep what tests took, beside what is known of others whose files are still there."""
    known = {**read_times(project), **times}
    kept = {test: known[test] for test in sorted(known) if (project / test.partition("::")[0]).is_file()}
    if times:
        content = json.dumps(kept, ensure_ascii=False, indent=0)
        with contextlib.suppress(OSError):  # a read-only checkout is tested all the same
            write_private(project / FILE, content.encode(), parents=True)


class RunTimes:
    """Measure the tests of a run that is no part of another."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of a test."""
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        """Keep what was measured."""
        project = project_of(self._config)
        times = {
            test_key(self._config, project, test): round(seconds * 1000)
            for test, seconds in self._seconds.items()
        }
        keep_times(project, times)
