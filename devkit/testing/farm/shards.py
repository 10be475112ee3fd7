"""One part of a run's tests, so that several machines share them out: --shard 3/8."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

import pytest

from devkit.errors import SettingsError
from devkit.language import _
from devkit.panels import PANEL_VARIABLE
from devkit.private_files import write_private
from devkit.testing.farm.durations import project_of, read_times, test_key
from devkit.testing.run.report import Row, RunReport, clean_row

FOLDER = "test-shards"
FORMAT = 1
PLAN = "devkit_shard"


@dataclass(frozen=True)
class Shard:
    """Part number of count, from 1 on."""

    number: int
    count: int

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.number}/{self.count}"


def shard_of(text: str) -> Shard:
    """Return what --shard says.

    Errors: SettingsError for what is no part of a whole.
    """
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip(), re.ASCII)
    if not found:
        raise SettingsError(
            _(f"--shard must be PART/PARTS, not {text!r}."), _("Write for example --shard 3/8.")
        )
    shard = Shard(int(found[1]), int(found[2]))
    if not 1 <= shard.number <= shard.count:
        raise SettingsError(
            _(f"--shard {text}: there is no part {shard.number} of {shard.count}."),
            _(f"Parts are numbered from 1: --shard 1/{shard.count or 4}."),
        )
    return shard


def split(tests: Collection[str], times: Mapping[str, int], count: int) -> list[list[str]]:
    """Return the tests of each of count parts: the longest first, each to the part that has least to do.

    times: {test: ms}; a test without one counts as the middle one of those that have. Tests of the same time
    follow one another by a hash of their names, so that the parts of a file's tests are mixed.
    """
    known = sorted(times[test] for test in tests if test in times)
    middle = known[len(known) // 2] if known else 1
    ranked = sorted(
        (-times.get(test, middle), hashlib.sha256(test.encode()).hexdigest(), test) for test in tests
    )
    parts: list[list[str]] = [[] for _ in range(count)]
    loads = [(0, 0, index) for index in range(count)]
    for ms, _rest, test in ranked:
        load, held, index = loads[0]
        parts[index].append(test)
        loads[0] = (load - ms, held + 1, index)
        loads.sort()
    return parts


@dataclass
class Plan:
    """What a part was given: its tests, how many there are in all, and a mark of the whole division."""

    tests: list[str]
    total: int
    mark: str


class ShardRun:
    """Leave out the tests of other parts, and keep the results of this one for `devkit test --merge`."""

    def __init__(self, config: pytest.Config, shard: Shard) -> None:
        self._config = config
        self._shard = shard
        self._project = project_of(config)
        self._plan: Plan | None = None
        panel = os.environ.get(PANEL_VARIABLE, "")
        name = f"{shard.number}-of-{shard.count}{f'-{panel}' if panel else ''}.json"
        self._panel = panel
        self._results = RunReport(self._project / FOLDER / name)
        if not hasattr(config, "workerinput"):
            self._make_room()

    def _make_room(self) -> None:
        """Take away an older run's results, which one that ends early would leave.

        Errors: SettingsError when the results cannot be written there.
        """
        path = self._results.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(
                _(f"The results of --shard cannot be written to {path}: {error.strerror}."),
                _("Make its folder one that you may write to."),
            ) from error

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of this part."""
        keys = {item: test_key(self._config, self._project, item.nodeid) for item in items}
        times = read_times(self._project)
        parts = split(set(keys.values()), times, self._shard.count)
        mine = set(parts[self._shard.number - 1])
        mark = hashlib.sha256(json.dumps([sorted(part) for part in parts]).encode()).hexdigest()[:16]
        self._plan = Plan(sorted(mine), len(set(keys.values())), mark)
        self._config.hook.pytest_deselected(items=[item for item in items if keys[item] not in mine])
        items[:] = [item for item in items if keys[item] in mine]
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[PLAN] = asdict(self._plan)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take the plan from a process of the run; all have made the same one."""
        told = getattr(node, "workeroutput", {}).get(PLAN)
        self._plan = Plan(**told) if told else self._plan

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of a test."""
        self._results.pytest_runtest_logreport(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take a file whose tests cannot be read."""
        if report.failed:
            self._results.rows[report.nodeid] = Row(report.nodeid, "error", message=report.longreprtext)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the results; a part without tests is no failure."""
        if self._plan is None or hasattr(self._config, "workerinput"):
            return
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._plan.total:
            session.exitstatus = pytest.ExitCode.OK
        rows = []
        for nodeid, row in self._results.rows.items():
            row.name = test_key(self._config, self._project, nodeid)
            rows.append(asdict(clean_row(row)))
        about = {"format": FORMAT, **asdict(self._shard), "panel": self._panel, **asdict(self._plan)}
        content = json.dumps({**about, "seconds": self._results.seconds, "rows": rows}, ensure_ascii=False)
        write_private(self._results.path, content.encode("utf-8", "replace"), parents=True)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which tests they were, and where the results are."""
        if self._plan is None or not self._plan.total:
            return
        plan = self._plan
        held = _(f"{len(plan.tests) or _('none')} of {plan.total} tests")
        terminalreporter.write_line(_(f"shard {self._shard}: {held}; results: {self._results.path}"))
