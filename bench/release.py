"""Time and bytes of `devkit release` as a process, against esbuild's in the same run.

Run: python -m bench.release [--runs 15]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.panels import median, write_panel
from devkit.build import toolchain
from devkit.build.node import find_node

BUDGET_MS = 200
BUDGET_BYTES = 1.02


def timed(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    node = find_node()
    if node is None:
        raise SystemExit("This benchmark needs Node.js 18 or later.")
    packages = toolchain.ensure(node)
    script = Path(__file__).parent / "raw_build.mjs"
    devkit = [sys.executable, "-c", "from devkit.cli.main import main; main()", "release"]
    titles = ("panel", "raw ms", "devkit ms", "over raw", "ratio", "raw bytes", "devkit bytes", "ratio")
    print("".join(f"{title:>13}" for title in titles))
    for name, large in (("small", False), ("large", True)):
        with tempfile.TemporaryDirectory() as folder:
            project = write_panel(Path(folder).resolve(), large=large)
            (project / "devkit.toml").write_text('react = "bundle"\n' if large else "")
            raw, own = [], []
            for _ in range(runs):
                raw.append(timed([node, str(script), str(packages), str(project)], project))
                own.append(timed(devkit, project))
            sizes = [
                sum((project / out / file).stat().st_size for file in ("index.js", "index.css"))
                for out in (".raw", "dist")
            ]
        base, total = median(raw), median(own)
        bytes_ratio = sizes[1] / sizes[0]
        verdict = "ok" if total - base <= BUDGET_MS and bytes_ratio <= BUDGET_BYTES else "over budget"
        figures = (
            name,
            base,
            total,
            round(total - base, 1),
            round(total / base, 2),
            *sizes,
            round(bytes_ratio, 3),
        )
        print("".join(f"{figure:>13}" for figure in figures) + f"  {verdict}")


if __name__ == "__main__":
    main()
