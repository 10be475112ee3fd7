"""Measure the rerun of one test from the console against a bare `devkit test file::name`.

Run with `python -m bench.suite [--runs 3] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from devkit.devserver.tabs.suite_process import CODE, SuiteProcess
from devkit.settings import load_settings
from tests.helpers.browser import chromium_path
from tests.helpers.scaffolded import scaffold

TEST = "tests/test_panel.py::test_follows_the_device"


async def bare(project: Path) -> float:
    """Run the test as a person does in a terminal; return seconds."""
    browser = ["--browser-path", path] if (path := chromium_path()) else []
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CODE, "test", *browser, TEST, cwd=project,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await process.wait():
        raise SystemExit(f"{TEST} fails.")
    return time.perf_counter() - started


async def rerun(suite: SuiteProcess) -> float:
    """Run the test as the console does; return seconds."""
    started = time.perf_counter()
    await suite.run([TEST])
    while suite.describe()["running"]:
        await asyncio.sleep(0.005)
    took = time.perf_counter() - started
    if [test["outcome"] for test in suite.describe()["tests"] if test["id"] == TEST] != ["passed"]:
        raise SystemExit(suite.describe()["log"])
    return took


async def measure(runs: int) -> dict[str, Any]:
    """Take turns; medians."""
    with tempfile.TemporaryDirectory() as folder:
        project = scaffold(Path(folder), "react")
        suite = SuiteProcess(load_settings(project, {"browser_path": chromium_path() or ""}))
        await suite.run([], collect=True)
        while suite.describe()["running"]:
            await asyncio.sleep(0.05)
        await bare(project)
        pairs = [(await bare(project), await rerun(suite)) for _ in range(runs)]
    alone, again = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {"bare_s": round(alone, 2), "rerun_s": round(again, 2), "ratio": round(again / alone, 2)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = asyncio.run(measure(options.runs))
    print(
        json.dumps(result) if options.json else "\n".join(f"{key}: {value}" for key, value in result.items())
    )


if __name__ == "__main__":
    main()
