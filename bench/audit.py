"""Audit panels with seeded defects and clean templates, and the first beside Lighthouse 12.

At least 19 of 20 seeded defects are to be found, none on a clean template, and the React template is to be
done within 10 s. Lighthouse is looked for in DEVKIT_BENCH_LIGHTHOUSE, or installed with npm into the user's
cache folder; it loads the same built files from `devkit preview`, with a phone of its own.

Run with `python -m bench.audit [--templates react,vue3] [--no-lighthouse] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from devkit.settings import load_settings
from devkit.testing.audit.profiles import profile
from devkit.testing.audit.rules import RULES
from devkit.testing.audit.run import Audit, audit_all, audited_panel
from tests.browser.devserver.harness import MODEL, running
from tests.helpers.audit_panels import OF_LATE, everything, late, write
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.scaffolded import scaffold

TEMPLATES = ("minimal", "react", "react-ts", "vanilla-ts", "vue3", "vue3-ts")
LIMIT_S = 10.0


def dead(folder: Path) -> Path:
    """Write a panel that draws nothing."""
    write(folder / "thing-model.json", json.dumps(MODEL))
    write(folder / "src/index.js", "window.nothing = 1\n")
    return folder


SEEDED: Mapping[Callable[[Path], Path], set[str]] = {
    everything: set(RULES) - OF_LATE - {"runs"},
    late: OF_LATE,
    dead: {"runs"},
}
"""The rules that each panel breaks on purpose."""
BOTH: Mapping[str, tuple[Callable[[Audit], object], Callable[[Mapping[str, Any]], object]]] = {
    "first pixels ms": (
        lambda audit: round(audit.metrics["first_pixels"]),
        lambda found: round(found["first-contentful-paint"]["numericValue"]),
    ),
    "longest task ms": (
        lambda audit: round(audit.metrics["long_task"]),
        lambda found: round(found["max-potential-fid"]["numericValue"]),
    ),
    "layout shift": (
        lambda audit: round(audit.metrics["layout_shift"], 2),
        lambda found: round(found["cumulative-layout-shift"]["numericValue"], 2),
    ),
    "unused CSS bytes": (
        lambda audit: round(audit.metrics["unused_css"]),
        lambda found: sum(
            round(item["wastedBytes"]) for item in found["unused-css-rules"]["details"].get("items", ())
        ),
    ),
    "button without a name": (
        lambda audit: any(item.rule == "axe-critical" for item in audit.findings),
        lambda found: found["button-name"]["score"] == 0,
    ),
    "contrast": (
        lambda audit: any("color-contrast" in item.what for item in audit.findings),
        lambda found: found["color-contrast"]["score"] == 0,
    ),
    "errors in the console": (
        lambda audit: any(item.rule == "throws" for item in audit.findings),
        lambda found: found["errors-in-console"]["score"] == 0,
    ),
}
"""What both tell of a page."""


def audited(folder: Path, phone: str = "mid") -> tuple[Audit, float]:
    """Audit a project; return what came of it, and the seconds with the build."""
    began = time.perf_counter()
    settings = load_settings(folder)
    panel = audited_panel(settings, None, None, lambda line: None)
    (audit,) = audit_all(settings, panel, [profile(phone)], lambda line: None)
    return audit, time.perf_counter() - began


def lighthouse() -> Path:
    """Return Lighthouse's command, installed when it is not there."""
    if given := os.environ.get("DEVKIT_BENCH_LIGHTHOUSE"):
        return Path(given)
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("devkit-bench")) / "lighthouse"
    command = folder / "node_modules/lighthouse/cli/index.js"
    if not command.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--prefix", str(folder), "--no-save", "--ignore-scripts", "lighthouse@12"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return command


async def lit(folder: Path) -> tuple[Mapping[str, Any], float]:
    """Let Lighthouse look at a project's release; return its audits, and the seconds."""
    from devkit.build.release import build_production

    node = shutil.which("node") or "node"
    built = build_production(load_settings(folder)).result
    files = folder / "built.js", folder / "built.css"
    for file, data in zip(files, (built.js, built.css), strict=True):
        file.write_bytes(data)
    flags = " ".join(["--headless=new", *LAUNCH_ARGS])
    async with running(folder, "preview", "--trust", "--js", "built.js", "--css", "built.css") as run:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            node, str(lighthouse()), run.ready["panel_url"], "--quiet", "--output=json",
            f"--chrome-flags={flags}", "--only-categories=performance,accessibility,best-practices",
            env={**os.environ, "CHROME_PATH": chromium_path() or ""}, stdout=subprocess.PIPE,
        )  # fmt: skip
        output, _ = await process.communicate()
    return json.loads(output)["audits"], time.perf_counter() - began


def measure(templates: list[str], *, beside: bool) -> dict[str, Any]:
    """Audit everything; return what is printed."""
    result: dict[str, Any] = {"missed": [], "seeded": 0, "on_clean": {}, "seconds": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for write_panel, rules in SEEDED.items():
            place = folder / write_panel.__name__
            audit, seconds = audited(write_panel(place))
            result["seconds"][place.name] = round(seconds, 1)
            result["seeded"] += len(rules)
            result["missed"] += sorted(rules - {finding.rule for finding in audit.findings})
        for template in templates:
            audit, seconds = audited(scaffold(folder / template, template))
            result["seconds"][template] = round(seconds, 1)
            result["on_clean"][template] = [finding.rule for finding in audit.findings]
        if beside:
            ours, ours_s = audited(folder / "everything", "low")
            theirs, theirs_s = asyncio.run(lit(folder / "everything"))
            rows = {row: [str(mine(ours)), str(other(theirs))] for row, (mine, other) in BOTH.items()}
            result["beside"] = {**rows, "seconds": [f"{ours_s:.1f}", f"{theirs_s:.1f}"]}
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", default=",".join(TEMPLATES))
    parser.add_argument("--no-lighthouse", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure([name for name in options.templates.split(",") if name], beside=not options.no_lighthouse)
    if options.json:
        print(json.dumps(found))
        return
    missed, seeded = found["missed"], found["seeded"]
    print(f"seeded defects found: {seeded - len(missed)} of {seeded}, missed: {missed or 'none'}")
    for template, rules in found["on_clean"].items():
        print(f"{template}: {rules or 'nothing found'}, {found['seconds'][template]} s (limit {LIMIT_S:g} s)")
    for row, (mine, other) in found.get("beside", {}).items():
        print(f"{row:24} devkit {mine:>8}   lighthouse {other:>8}")


if __name__ == "__main__":
    main()
