"""Measure the start of the command and the memory of `devkit dev` with worker and proxy.

Run: python -m bench.startup [--rounds N] [--json FILE].
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.devserver.harness import SCRIPT, free_port, make_project, running  # noqa: E402

WEBPACK_DEV_SERVER_MIB = 426
HELP_LIMIT_S = 0.2
MEMORY_LIMIT = 0.7
COMMANDS = {
    "python -c pass": (["-c", "pass"], "en"),
    "devkit --help": (["-c", SCRIPT, "--help"], "en"),
    "the same in Chinese": (["-c", SCRIPT, "--help"], "zh"),
    "devkit dev --help": (["-c", SCRIPT, "dev", "--help"], "en"),
}
"""{name: (arguments of Python, language)}."""


def environment(language: str) -> dict[str, str]:
    """Return the variables of a command in a language."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "DEVKIT_LANG": language}


def seconds(arguments: list[str], language: str) -> tuple[float, float]:
    """Return how long one command takes, and the time of a processor in it, which load changes less."""
    start, worked = time.perf_counter(), os.times()
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment(language),
    )
    ended = os.times()
    processor = ended.children_user - worked.children_user + ended.children_system - worked.children_system
    return time.perf_counter() - start, processor


def modules(arguments: list[str], language: str) -> int:
    """Return how many modules one command imports."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        check=True, capture_output=True, text=True, env=environment(language),
    )  # fmt: skip
    return sum(line.startswith("import time:") for line in result.stderr.splitlines()) - 1


async def memory() -> dict[str, float]:
    """Return the resident MiB of every process of `devkit dev` after 20 rebuilds, by program."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder, "panel"))
        source = (project / "src" / "index.jsx").read_text("utf-8")
        async with running(project, "dev", "--proxy-port", str(free_port())) as run:
            for turn in range(20):
                (project / "src" / "index.jsx").write_text(source.replace("VERSION", f"turn {turn}"), "utf-8")
                await run.next("rebuild", ok=True)
            root = psutil.Process(run.process.pid)
            found: dict[str, float] = {}
            for process in [root, *root.children(recursive=True)]:
                mib = process.memory_info().rss / 2**20
                found[process.name()] = round(found.get(process.name(), 0) + mib, 1)
            await run.stop()
    return found


def main() -> None:
    """Print medians, and the total of the memory against webpack-dev-server's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(arguments.rounds):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(*command))
    for name, command in COMMANDS.items():
        median, processor = map(statistics.median, zip(*taken[name], strict=True))
        found = {"seconds": round(median, 3), "processor": round(processor, 3), "modules": modules(*command)}
        rows.append({"name": name, **found})
        print(
            f"{name:20} {median * 1000:6.0f} ms, of a processor {processor * 1000:4.0f} ms  "
            f"{found['modules']} modules"
        )
    processes = asyncio.run(memory())
    total = round(sum(processes.values()), 1)
    ratio = round(total / WEBPACK_DEV_SERVER_MIB, 2)
    rows.append({"name": "memory of devkit dev", "mib": total, "ratio": ratio, "processes": processes})
    print(
        f"memory of devkit dev {total} MiB {processes}, "
        f"{ratio} of webpack-dev-server's {WEBPACK_DEV_SERVER_MIB}"
    )
    print(f"limits: --help {HELP_LIMIT_S} s, memory {MEMORY_LIMIT}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2), "utf-8")


main()
