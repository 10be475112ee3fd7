"""Coverage: which lines of the sources the tests ran, counted by V8, mapped through the source map."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import ToolchainError
from devkit.language import _

if TYPE_CHECKING:
    import pytest

    from devkit.testing.run.bundle import Bundle

SCRIPT = Path(__file__).with_name("coverage.mjs")
COLUMNS = (("lines", "Lines"), ("functions", "Functions"), ("branches", "Branches"))
SHOWN_GAPS = 6
SECONDS = 120


class Coverage:
    """Collect the counts of every process of a run, and report them at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._file = Path(config.invocation_params.dir, config.getoption("--panel-coverage"))
        self._items: dict[str, list[Any]] = {}
        self._bundles: dict[str, dict[str, str]] = {}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take this process's counts; a worker hands them to the process that reports."""
        from devkit.testing.run.plugin import LABS

        labs = session.config.stash.get(LABS, None)
        if labs is not None:
            labs.close()
            for project, bundle, items in labs.covered:
                self._add(str(project), _texts(bundle), items)
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["devkit_coverage"] = json.dumps([self._bundles, self._items])

    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Take the counts of a worker."""
        text = getattr(node, "workeroutput", {}).get("devkit_coverage")
        if text:
            bundles, items = json.loads(text)
            for project, bundle in bundles.items():
                self._add(project, bundle, items[project])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the lcov file and print the table."""
        if hasattr(self._config, "workerinput"):
            return
        terminalreporter.section(_("coverage of the panel"))
        if not self._items:
            terminalreporter.write_line(_("No panel was loaded, so nothing was counted."))
            return
        for project, items in self._items.items():
            try:
                summary = report(Path(project), self._bundles[project], items, self._file)
            except ToolchainError as error:
                terminalreporter.write_line(str(error), red=True)
                continue
            for line in table(summary):
                terminalreporter.write_line(line)
            terminalreporter.write_line(_(f"lcov: {self._file}"))

    def _add(self, project: str, bundle: dict[str, str], items: Iterable[Any]) -> None:
        self._bundles[project] = bundle
        self._items.setdefault(project, []).extend(items)


def _texts(bundle: Bundle) -> dict[str, str]:
    return {"bundle": bundle.js.decode("utf-8", "replace"), "map": bundle.js_map.decode("utf-8", "replace")}


def report(project: Path, bundle: Mapping[str, str], items: Sequence[Any], lcov: Path) -> dict[str, Any]:
    """Write lcov and return {"rows": [{file, lines, functions, branches, missed}], "total": {...}}.

    items: for each page, V8's [{functionName, ranges, isBlockCoverage}].
    Errors: ToolchainError without Node, without a source map, or when istanbul fails.
    """
    from devkit.build import node, toolchain

    if not bundle["map"]:
        raise ToolchainError(
            _("Coverage needs the panel's source map."),
            _("Set sourcemap = true in devkit.toml; of a built panel, put index.js.map beside index.js."),
        )
    node_path = node.find_node()
    if node_path is None:
        raise ToolchainError(_("Coverage needs Node.js, which was not found."), node.how_to_install())
    job = {
        **bundle,
        "project": str(project),
        "items": items,
        "lcov": str(lcov),
        "toolchain": str(toolchain.ensure(node_path)),
    }
    with tempfile.TemporaryFile() as stdin:
        stdin.write(json.dumps(job).encode())
        stdin.seek(0)
        done = subprocess.run(
            [node_path, str(SCRIPT)], stdin=stdin, capture_output=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        raise ToolchainError(
            _(f"The coverage could not be worked out: {done.stderr.decode()[-500:].strip()}")
        )
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def table(summary: Mapping[str, Any]) -> list[str]:
    """Return the lines of a table: a row for each file, and the sum."""
    names = [row["file"] for row in summary["rows"]]
    width = max([len(name) for name in names] + [5])
    head = f"{'File':<{width}}  " + "  ".join(f"{title:>9}" for _, title in COLUMNS) + _("  Not run")
    lines = [head]
    for row in sorted(summary["rows"], key=lambda row: str(row["file"])):
        lines.append(f"{row['file']:<{width}}  {_percents(row)}  {gaps(row['missed'])}".rstrip())
    return [*lines, f"{'Total':<{width}}  {_percents(summary['total'])}"]


def _percents(row: Mapping[str, Any]) -> str:
    return "  ".join(f"{float(row[name]['pct'] or 0):>8.1f}%" for name, _ in COLUMNS)


def gaps(lines: Sequence[int]) -> str:
    """Return line numbers as ranges: "3-5, 9"."""
    ranges: list[list[int]] = []
    for line in sorted(lines):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    more = _(f", … {len(texts) - SHOWN_GAPS} more") if len(texts) > SHOWN_GAPS else ""
    return ", ".join(texts[:SHOWN_GAPS]) + more
