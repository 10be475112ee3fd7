"""Time and bytes of `devkit release` against webpack 5 and Rspack: ten projects of about 200 modules with
antd-mobile or Vant, echarts, LESS or Sass and a folder of SVG files; and the cases that the tests keep.

Each figure is of a whole process. A ratio is that of devkit's bytes, and of them gzipped, to the smaller of
the other two; 1.05 is the limit.

Run: python -m bench.sources [--rounds 3] [--only NAME …] [--tools rspack …] [--cases DIR]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.panels import median
from bench.source_projects import KINDS, Kind, files_of, write_project
from devkit.build import node, toolchain

BUDGET_BYTES = 1.05
PACKAGES = Path(__file__).parent / "source_packages.json"
CASES = Path(__file__).parents[1] / "tests" / "data" / "cases"
RELEASE = ["-c", "from devkit.cli.main import main; main()", "release", "--trust", "--no-try"]
TITLES = (
    "project",
    "modules",
    "webpack s",
    "Rspack s",
    "devkit s",
    "JS kB",
    "ratio",
    "gzipped",
    "CSS kB",
    "ratio",
    "gzipped",
)
NOTE = "Rspack cannot run svg-sprite-loader: such projects are compared with webpack alone."


class FailedBuildError(Exception):
    """A tool did not build a project."""


def node_path() -> str:
    found = node.find_node()
    if found is None:
        raise SystemExit("This benchmark needs Node.js 18 or later.")
    return found


def installed() -> Path:
    """Return the folder with the packages of the projects; the first run installs them."""
    text = PACKAGES.read_text("utf-8")
    folder = toolchain.cache_dir() / f"bench-sources-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not (folder / "node_modules").is_dir():
        print("Installing the packages of the projects (once; 400 MB) ...", file=sys.stderr)
        npm = node.npm_command(node_path())
        if npm is None:
            raise SystemExit("npm was not found.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as name:
            (Path(name) / "package.json").write_text(text, "utf-8")
            flags = (
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "--package-lock=false",
            )
            subprocess.run([*npm, "install", *flags], cwd=name, check=True, stdout=sys.stderr)
            Path(name).rename(folder)
            Path(name).mkdir()
    return folder


def timed(command: list[str], folder: Path) -> float:
    """Run a build; return its seconds."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedBuildError((done.stderr or done.stdout).strip())
    return time.perf_counter() - began


def sizes(folder: Path) -> list[int]:
    """Return the bytes of the script, of it gzipped, of the style, and of it gzipped."""
    found = []
    for name in ("index.js", "index.css"):
        data = (folder / name).read_bytes() if (folder / name).is_file() else b""
        found += [len(data), len(gzip.compress(data, 6))]
    return found


def command_of(tool: str, kind: Kind, project: Path, packages: Path) -> list[str]:
    if tool == "devkit":
        return [sys.executable, *RELEASE]
    entry = "./src/main.js" if kind.script == "vue" else f"./src/index.{kind.script}"
    told = {name: getattr(kind, name) for name in ("script", "styles", "icons", "react", "bundler")}
    script = str(Path(__file__).parent / "bundle.mjs")
    return [node_path(), script, tool, str(packages), str(project), json.dumps({"entry": entry, **told})]


def compare(kind: Kind, packages: Path, tools: list[str], rounds: int) -> bool:
    """Print the row of a project; tell whether its bytes are within the budget."""
    times: dict[str, list[float]] = {}
    made: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as name:
        project = write_project(kind, Path(name).resolve())
        (project / "node_modules").symlink_to(packages / "node_modules")
        for _ in range(rounds):
            for tool in (*tools, "devkit"):
                try:
                    took = timed(command_of(tool, kind, project, packages), project)
                except FailedBuildError as error:
                    if "svg-sprite-loader" not in str(error):
                        raise SystemExit(f"{tool} did not build {kind.name}:\n{error}") from error
                    continue
                times.setdefault(tool, []).append(took)
                made[tool] = sizes(project / ("dist" if tool == "devkit" else tool))
    ratios = [made["devkit"][n] / min(made[tool][n] for tool in made if tool != "devkit") for n in range(4)]
    script, _, style, _ = made["devkit"]
    modules = sum(name.startswith("src/") for name, _ in files_of(kind))
    shown = [median(times[tool]) if tool in times else "-" for tool in ("webpack", "rspack", "devkit")]
    within = max(ratios) <= BUDGET_BYTES
    row = (
        kind.name,
        modules,
        *shown,
        script // 1000,
        *(f"{ratio:.3f}" for ratio in ratios[:2]),
        style // 1000,
    )
    row = (*row, *(f"{ratio:.3f}" for ratio in ratios[2:]), "ok" if within else "over budget")
    print(f"{row[0]:<14}" + "".join(f"{value:>11}" for value in row[1:-1]) + f"  {row[-1]}", flush=True)
    return within


def run_cases(folder: Path, packages: Path) -> None:
    """Print what comes of each small project that fails elsewhere."""
    cases = sorted(case for case in folder.glob("*/") if (case / "src").is_dir())
    print(f"\n{'case':<14}{'ms':>8}{'JS B':>9}{'CSS B':>9}  outcome")
    for case in cases:
        with tempfile.TemporaryDirectory() as name:
            project = Path(name).resolve() / case.name
            shutil.copytree(case, project)
            if not case.name.startswith("vue2") and not (project / "node_modules").exists():
                (project / "node_modules").symlink_to(packages / "node_modules")
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, *RELEASE, "--json"], cwd=project, capture_output=True, text=True, check=False
            )
            took = (time.perf_counter() - began) * 1000
            told = [json.loads(line) for line in done.stdout.splitlines()]
            script, _, style, _ = sizes(project / "dist")
        said = [
            one
            for line in told
            for one in line.get("diagnostics", [line] if line["event"] == "warning" else [])
        ]
        outcome = "built" if done.returncode == 0 else "said"
        first = f": {Path(said[0]['file']).name}:{said[0]['line']} {said[0]['message'][:70]}" if said else ""
        print(f"{case.name:<14}{took:>8.0f}{script:>9}{style:>9}  {outcome}{first}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[kind.name for kind in KINDS], metavar="NAME")
    parser.add_argument("--tools", nargs="*", default=["webpack", "rspack"], choices=["webpack", "rspack"])
    parser.add_argument("--cases", type=Path, default=CASES, metavar="DIR")
    given = parser.parse_args()
    os.environ["DEVKIT_TRUST"] = "1"
    packages = installed()
    toolchain.ensure(node_path())
    print(f"{TITLES[0]:<14}" + "".join(f"{title:>11}" for title in TITLES[1:]))
    chosen = [kind for kind in KINDS if kind.name in given.only]
    within = [compare(kind, packages, given.tools, given.rounds) for kind in chosen]
    print(NOTE)
    print(
        f"{sum(within)} of {len(within)} within {BUDGET_BYTES} of the smaller, raw and gzipped, JS and CSS."
    )
    run_cases(given.cases, packages)


if __name__ == "__main__":
    main()
