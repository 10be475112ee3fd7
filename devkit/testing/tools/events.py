"""What a run of tests tells other programs: one JSON object a line, as `devkit test --json` prints them."""

from __future__ import annotations

import json
import linecache
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.redaction import redact, redacted
from devkit.testing.run.artifacts import TITLE
from devkit.testing.run.report import decisive_line

if TYPE_CHECKING:
    import pytest

LONGEST = 20_000
KEPT = {"panel_screenshot": "picture", "panel_trace": "trace", "panel_device": "device"}
"""What artifacts attach to a report, and its name in an event."""


class RunEvents:
    """Write what pytest does to a file descriptor.

    Events: `collected` with every test that will run, `broken` for a file that cannot be imported, `started`,
    `finished` with what helps to understand a failure, `ended` with pytest's exit code.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._tests: dict[str, dict[str, Any]] = {}
        self._files: dict[str, Path] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell of a file that cannot be imported."""
        if report.failed:
            text = report.longreprtext
            own = [line[1:].strip("\n") for line in text.splitlines() if line.startswith("E ")]
            self._tell("broken", id=report.nodeid, message=redact("\n".join(own) or text)[-LONGEST:])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell of every test that will run; the processes of -n collect for themselves."""
        tests = [
            {
                "id": item.nodeid,
                "path": str(item.path),
                "line": (item.reportinfo()[1] or 0) + 1,
                "name": item.name,
            }
            for item in session.items
        ]
        self._files = {item.nodeid: item.path for item in session.items}
        self._tell("collected", tests=tests)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test begins."""
        self._tests[nodeid] = {"outcome": "passed", "seconds": 0.0}
        self._tell("started", id=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of a test; the last one tells of all."""
        test = self._tests.setdefault(report.nodeid, {"outcome": "passed", "seconds": 0.0})
        test["seconds"] += report.duration
        if report.failed and test["outcome"] != "failed":
            test |= {
                "outcome": "failed",
                "message": redact(decisive_line(report))[:LONGEST],
                **self._step(report),
            }
            test["details"] = redact(report.longreprtext)[-LONGEST:]
            story = "\n".join(text for title, text in report.sections if title == _(TITLE))
            test["story"] = redact(story)[-LONGEST:]
        elif report.skipped and test["outcome"] == "passed":
            test["outcome"] = "skipped"
        for name, value in report.user_properties:
            if name in KEPT:
                test[KEPT[name]] = redacted(value) if isinstance(value, dict) else value
        if report.when == "teardown":
            self._tests.pop(report.nodeid)
            self._tell("finished", id=report.nodeid, **test)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Tell that it is over."""
        self._tell("ended", code=int(exitstatus))

    def _tell(self, event: str, **more: object) -> None:
        line = json.dumps({"event": event, **more}, ensure_ascii=False, default=str) + "\n"
        left = line.encode("utf-8", "replace")
        while left:
            left = left[os.write(self._descriptor, left) :]

    def _step(self, report: pytest.TestReport) -> dict[str, Any]:
        """Return the line of the test's file that failed: its number, and the source in it."""
        file = self._files.get(report.nodeid, Path(report.location[0]))
        entries = getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", [])
        places = [place for entry in entries if (place := getattr(entry, "reprfileloc", None))]
        own = [place.lineno for place in places if Path(place.path).name == file.name]
        if not own:
            return {}
        return {"line": own[-1], "step": redact(linecache.getline(str(file), own[-1]).strip())[:LONGEST]}
