"""Measure a base install: time and size of `pip install` of the wheel, without extras.

Run with `python -m bench.install`. The time depends on the network and pip's cache; the size does not.
"""

import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
KINDS = {
    ".py": "Python",
    ".js": "scripts of pages",
    ".mjs": "build worker",
    ".po": "Chinese",
    ".zip": "templates",
}


def run(*command: str | Path) -> float:
    """Run a command; return its seconds."""
    began = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def mib(folder: Path) -> float:
    """Return the size of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def parts(wheel: Path) -> str:
    """Return what weighs in a wheel: compressed MiB by kind of file, and what the archive itself takes."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            suffix = PurePosixPath(entry.filename).suffix
            found[KINDS.get(suffix, "the rest")] += entry.compress_size
    found["headers"] = wheel.stat().st_size - found.total()
    return ", ".join(f"{kind} {size / 2**20:.2f}" for kind, size in found.most_common())


def main() -> None:
    """Print the figures, and the largest packages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
        wheel = next(folder.glob("*.whl"))
        venv.create(folder / "venv", with_pip=True)
        python = next(path for path in (folder / "venv").glob("*/python*") if path.is_file())
        packages = next((folder / "venv").rglob("site-packages"))
        empty = mib(packages)
        seconds = run(
            python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel
        )
        names = [path for path in packages.iterdir() if path.name.endswith(".dist-info")]
        print(f"wheel              {wheel.stat().st_size / 2**20:8.2f} MiB: {parts(wheel)}")
        print(f"base install       {seconds:8.1f} s")
        print(f"                   {mib(packages) - empty:8.1f} MiB, {len(names) - 1} packages besides pip")
        print(f"devkit --help      {run(python.parent / 'devkit', '--help'):8.2f} s, the first time")
        largest = sorted(
            ((mib(path), path.name) for path in packages.iterdir() if path.is_dir()), reverse=True
        )
        print("largest            " + ", ".join(f"{name} {size:.1f} MiB" for size, name in largest[:6]))


if __name__ == "__main__":
    main()
