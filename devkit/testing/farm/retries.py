"""A test whose browser is lost is run once more on another server; the run says so."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from devkit.language import _
from devkit.testing.farm.servers import BrowserServers
from devkit.testing.run.plugin import LABS, WORLD

NOTE = "panel_server"


class Retries:
    """What pytest does otherwise while browsers come from servers."""

    def __init__(self, servers: BrowserServers) -> None:
        self.servers = servers
        self._notes: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test, and once more when its browser was lost."""
        from _pytest.runner import runtestprotocol

        if "panel_labs" not in getattr(item, "fixturenames", ()):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if self.servers.lost:
            if WORLD in item.stash:
                del item.stash[WORLD]
            self.servers.told_again(item.nodeid)
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            self.servers.lost = ""
        reports[-1].user_properties += [(NOTE, note) for note in self.servers.notes]
        self.servers.notes.clear()
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """See whether the browser of a failed test is gone, before anybody asks its pages."""
        report = yield
        labs = item.config.stash.get(LABS, None)
        if report.failed and call.when in ("setup", "call") and labs is not None:
            labs.look()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a process of the run has to say about servers."""
        self._notes += [str(text) for name, text in report.user_properties if name == NOTE]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it."""
        for note in dict.fromkeys(self._notes):
            terminalreporter.write_line(_(f"browsers: {note}"), yellow=True)
