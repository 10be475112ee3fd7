"""The HTML report of a run: every test with its story and its screenshots, in one file."""

from __future__ import annotations

import base64
import os
import re
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import SettingsError
from devkit.language import _, marked
from devkit.private_files import write_private
from devkit.redaction import redact
from devkit.testing.run.artifacts import SCREENSHOT

if TYPE_CHECKING:
    import pytest

RANKS = (marked("failed"), marked("error"), marked("skipped"), marked("passed"))
TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass
class Row:
    """One test of the report; sections are (title, text), pictures data URLs."""

    name: str
    outcome: str = "passed"
    seconds: float = 0.0
    message: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    decisive: str = ""


class RunReport:
    """Collect what every test says, and write one HTML file at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.rows: dict[str, Row] = {}
        self._started = time.time()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of a test."""
        row = self.rows.setdefault(report.nodeid, Row(report.nodeid))
        row.seconds += report.duration
        if report.failed:
            row.outcome = "failed" if report.when == "call" else "error"
            row.message = report.longreprtext
            row.decisive = decisive_line(report)
            row.sections += [(title, text) for title, text in report.sections if title != _(SCREENSHOT)]
        elif report.skipped and row.outcome == "passed":
            row.outcome = "skipped"
            row.message = report.longreprtext
        for name, value in report.user_properties:
            if name == "panel_server":
                row.sections.append(("Browsers", str(value)))
            elif name == "panel_screenshot" and (picture := data_url(Path(str(value)))) not in row.pictures:
                row.pictures.append(picture)

    @property
    def seconds(self) -> float:
        """Return how long the run has taken."""
        return time.time() - self._started

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        write(self.path, _("Panel tests"), list(self.rows.values()), self.seconds)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where it is."""
        terminalreporter.write_line(_(f"report: {self.path}"))


def decisive_line(report: pytest.TestReport) -> str:
    """Return the first line of what failed, without the class of the error."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash else report.longrepr).strip()
    return re.sub(r"^[\w.]+(Error|Failed): ", "", text.split("\n", 1)[0])


def data_url(picture: Path) -> str:
    """Return a PNG as an address that needs no file; "" when there is no file any more."""
    try:
        content = picture.read_bytes()
    except OSError:
        return ""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def clean_row(row: Row) -> Row:
    """Return a row without the secrets that a story or a failure has shown."""
    sections = [(title, redact(text)) for title, text in row.sections]
    return replace(row, message=redact(row.message), decisive=redact(row.decisive), sections=sections)


def make_folders(files: Iterable[Path]) -> None:
    """Make the folders of reports before the work, which may take minutes.

    Errors: SettingsError for one that cannot be written there.
    """
    for file in files:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=file.parent):
                pass
        except OSError as error:
            raise SettingsError(
                _(f"{file} cannot be written: {error.strerror}."),
                _("Make its folder one that you may write to."),
            ) from error


def replace_text(path: Path, text: str) -> None:
    """Write a file in one go: who reads it meanwhile sees the old or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write(path: Path, title: str, rows: Sequence[Row], seconds: float) -> None:
    """Write a report; failures come first."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    ordered = sorted(map(clean_row, rows), key=lambda row: (RANKS.index(row.outcome), row.name))
    counts = {rank: sum(row.outcome == rank for row in rows) for rank in RANKS}
    stamp = time.strftime("%Y-%m-%d %H:%M")
    page = template.render(_=_, title=title, rows=ordered, counts=counts, seconds=seconds, stamp=stamp)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, page.encode("utf-8", "replace"))
