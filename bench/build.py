"""Time from a file's write to the new bytes, against esbuild's own rebuild() in the same run.

Run: python -m bench.build [--edits 30]
"""

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from pathlib import Path

from bench.panels import EDITED, edit, median, write_panel
from devkit.build import Builder, BuildOptions, Built, toolchain
from devkit.build.node import find_node
from devkit.settings import load_settings

BUDGET_MS = 15


def raw(project: Path, prefix: str, edits: int) -> tuple[list[float], int]:
    node = find_node()
    if node is None:
        raise SystemExit("This benchmark needs Node.js 18 or later.")
    texts = json.dumps([prefix + edit(1000 + count) for count in range(edits)])
    script = Path(__file__).parent / "raw_rebuild.mjs"
    command = [node, str(script), str(toolchain.ensure(node)), str(project), EDITED, texts]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    return result["times"], result["bytes"]


async def watched(project: Path, prefix: str, edits: int) -> tuple[list[float], list[float], int]:
    """Return the times from write to event, those of the engine alone, and the size of the bundle."""
    settings = load_settings(project, {"react": "bundle" if prefix else "host"}, environ={})
    totals, engine_times = [], []
    async with Builder(BuildOptions.from_settings(settings)) as builder:
        events = builder.events()
        await anext(events)
        for count in range(edits):
            await asyncio.sleep(0.25)  # a person does not save faster; the pacer would take it for a storm
            began = time.perf_counter()
            (project / EDITED).write_text(prefix + edit(count))
            event = await anext(events)
            totals.append((time.perf_counter() - began) * 1000)
            if not isinstance(event, Built) or f"edit-{count}".encode() not in event.result.js:
                raise SystemExit(f"edit {count} did not reach the bundle: {event}")
            engine_times.append(event.result.ms)
        size = len(builder.current.js) if builder.current else 0
    return totals, engine_times, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=30)
    edits = parser.parse_args().edits
    titles = ("panel", "bundle kB", "raw ms", "engine", "write to bytes", "over raw", "ratio")
    print(f"{titles[0]:<14}" + "".join(f"{title:>15}" for title in titles[1:]))
    for name, large, less in (("small", False, False), ("large", True, False), ("large + LESS", True, True)):
        with tempfile.TemporaryDirectory() as folder:
            project = write_panel(Path(folder).resolve(), large=large, less=less)
            prefix = "import React from 'react';\n" if large else ""
            raw_times, _ = raw(project, prefix, edits)
            totals, engine, size = asyncio.run(watched(project, prefix, edits))
        base, total = median(raw_times), median(totals)
        verdict = "ok" if total - base <= BUDGET_MS else f"over {BUDGET_MS} ms"
        figures = (
            round(size / 1000),
            base,
            median(engine),
            total,
            round(total - base, 1),
            round(total / base, 2),
        )
        print(f"{name:<14}" + "".join(f"{figure:>15}" for figure in figures) + f"  {verdict}")


if __name__ == "__main__":
    main()
