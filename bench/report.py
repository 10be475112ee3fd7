"""Run the benchmarks and write what they print into docs/performance.md.

Run with `python -m bench.report [--light] [NAME …]`. Without names all are run. --light takes few rounds:
good enough for ratios, not for medians. Sections of benchmarks that were not run stay as they are.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
LIGHT = {
    "startup": ["--rounds", "3"],
    "install": [],
    "build": ["--edits", "8"],
    "release": ["--runs", "3"],
    "sources": ["--rounds", "1"],
    "dev": ["--rounds", "1", "--updates", "100"],
    "load": ["--rounds", "6"],
    "sdk": ["--seconds", "2", "--rounds", "60"],
    "cloud": ["--seconds", "5", "--actions", "50000"],
    "remote": ["--rounds", "5"],
    "audit": ["--templates", "react,vue3"],
    "gallery": [],
    "suite": ["--runs", "1"],
    "console": ["--seconds", "2", "--rate", "2000"],
    "ble": ["--rounds", "40", "--kib", "64"],
    "ble_page": ["--rounds", "20", "--kib", "64"],
    "proxy": ["--quick"],
    "testing": ["--rounds", "8"],
    "agents": [],
    "mqtt": ["--seconds", "5"],
    "mqtt_page": ["--rounds", "50"],
}
"""Every benchmark, in the order of the page, with its arguments for a light run."""
HEAD = """# Performance

**English** | [中文](performance.zh.md)

Written by `make bench`, one section for each benchmark in `bench/`. Every figure stands beside its
alternative from the same run: on a busy machine times grow and ratios stay. A section says when and where it
was measured, and how busy the machine was; `light` means few rounds. `make bench BENCH='--light build sdk'`
measures these two again.
"""


def sections() -> dict[str, str]:
    """Return {name: section} of the page as it is."""
    text = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    parts = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def purpose(name: str) -> str:
    """Return what a benchmark measures: the first paragraph of its docstring."""
    text = (ROOT / "bench" / f"{name}.py").read_text("utf-8")
    return " ".join(text.split('"""')[1].split("\n\n")[0].split())


def machine(*, light: bool) -> str:
    """Return where and when this is."""
    load = f", load {os.getloadavg()[0]:.0f} when it began" if hasattr(os, "getloadavg") else ""
    kind = "light, " if light else ""
    return (
        f"{datetime.date.today()}, {kind}Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors{load}."
    )


def measure(name: str, *, light: bool) -> tuple[str, bool]:
    """Run one benchmark; return its section, and whether it ran to its end."""
    where = machine(light=light)
    command = [sys.executable, "-m", f"bench.{name}", *(LIGHT[name] if light else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    text = f"{purpose(name)}\n\n{where}\n\n```text\n{done.stdout.rstrip()}\n```"
    return text, done.returncode == 0


def main() -> None:
    """Measure what was asked for; keep the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"One of {', '.join(LIGHT)}.")
    parser.add_argument("--light", action="store_true", help="Take few rounds.")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in LIGHT]:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(LIGHT)}")
    known, failed = sections(), []
    for name in arguments.names or LIGHT:
        print(f"{name} …", flush=True)
        text, ok = measure(name, light=arguments.light)
        if ok:
            known[name] = text
        else:
            failed.append(name)
        body = "\n\n".join(f"## {name}\n\n{known[name]}" for name in LIGHT if name in known)
        PAGE.write_text(f"{HEAD}\n{body}\n", "utf-8")
    if failed:
        raise SystemExit(f"These did not run to their end: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
