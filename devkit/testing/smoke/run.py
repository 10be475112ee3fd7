"""Run the checks of a smoke test, tell of them line by line, and write the report."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError, PanelError, ToolchainError
from devkit.language import _, language, marked
from devkit.testing.run.browsers import CHROMIUM
from devkit.testing.run.bundle import Bundle, build
from devkit.testing.run.open import open_lab
from devkit.testing.run.report import Row, write
from devkit.testing.smoke.checks import CHECKS, ERROR, Outcome, Trial

if TYPE_CHECKING:
    from devkit.settings import Settings

Say = Callable[[str], None]
REPORT = "smoke-report.html"
MAX_SEED = 999_999
LEFT = marked("A panel leaves #app, its page and the browser's own functions as they are.")
"""What to do when a script that looks at the page fails in it."""
MARKS = {"failed": "✗", "skipped": "!", "passed": "✓"}


def run_smoke(settings: Settings, options: Mapping[str, Any], say: Say) -> int:
    """Try a panel; return 1 when there was an error, else 0.

    options: js, css, model, html, seed, timeout, browsers, browser_path and devices of `devkit test`; checks:
    names of CHECKS to run, all when left out.
    Errors: BuildError, BrowserError, SettingsError, ModelError.
    """
    seed = options.get("seed")
    seed = random.SystemRandom().randint(0, MAX_SEED) if seed is None else int(seed)
    say(_(f"smoke test, seed {seed} (repeat it with --seed {seed})"))
    rows = asyncio.run(_smoke(settings, options, seed, say))
    report = Path(options.get("html") or REPORT)
    write(
        report,
        _(f"Smoke test of {settings.project.name}, seed {seed}"),
        rows,
        sum(row.seconds for row in rows),
    )
    say(_(f"report: {report.absolute()}"))
    return int(any(row.outcome == "failed" for row in rows))


async def _smoke(settings: Settings, options: Mapping[str, Any], seed: int, say: Say) -> list[Row]:
    from devkit.testing.run.presets import preset

    bundle = await _bundle(settings, options)
    spec: dict[str, Any] = preset(str(options["devices"])) if options.get("devices") else {}
    if options.get("model"):
        spec["model"] = Path.cwd() / str(options["model"])
    if options.get("timeout"):
        spec["timeout"] = options["timeout"]
    rows = []
    path = str(options.get("browser_path") or "")
    (engine,) = options.get("browsers") or (CHROMIUM,)
    async with open_lab(settings.project, bundle=bundle, browser_path=path, engine=engine, **spec) as room:
        trial = Trial(room, random.Random(seed), await asyncio.to_thread(find_axe, say))  # noqa: S311  not a secret
        wanted = options.get("checks") or CHECKS
        for name, check in ((name, CHECKS[name]) for name in wanted):
            row = await _run_check(name, check, trial)
            rows.append(row)
            for line in _lines(row):
                say(line)
            if name == "loads" and row.outcome == "failed":
                break
    return rows


async def _bundle(settings: Settings, options: Mapping[str, Any]) -> Bundle:
    if not options.get("js"):
        return await build(settings)
    css = Path(options["css"]) if options.get("css") else None
    return Bundle.read(Path(options["js"]), css, project=settings.project)


def find_axe(say: Say) -> str | None:
    """Return axe-core's script with its words in the user's language; None without Node.

    say is told when it has to be installed first.
    """
    from devkit.build import node, toolchain

    found = node.find_node()
    if found is None:
        return None
    try:
        script = toolchain.ensure(found, say) / "node_modules" / "axe-core" / "axe.min.js"
    except ToolchainError:
        return None
    if not script.is_file():
        return None
    words = script.parent / "locales" / "zh_CN.json"
    spoken = language() == "zh" and words.is_file()
    configure = f"\n;axe.configure({{locale: {words.read_text('utf-8')}}})" if spoken else ""
    return script.read_text("utf-8") + configure


async def _run_check(name: str, check: Any, trial: Trial) -> Row:
    from playwright.async_api import Error

    found = Outcome()
    started = time.perf_counter()
    try:
        await check(trial, found)
    except PanelError as error:
        found.error(error.message)
    except DevkitError as error:
        found.error(str(error))
    except Error as error:
        trial.room.lab.check_browser()
        found.error(f"{error.message.splitlines()[0]}\n{_(LEFT)}")
    failed = any(finding.severity == ERROR for finding in found.findings)
    outcome = "failed" if failed else "skipped" if found.findings else "passed"
    texts = list(dict.fromkeys(f"{_(finding.severity)}: {finding.text}" for finding in found.findings))
    about = _((check.__doc__ or "").strip())
    pictures = [f"data:image/png;base64,{base64.b64encode(png).decode()}" for png in found.pictures]
    title = f"{name}: {about}" + (f" ({found.note})" if found.note else "")
    return Row(title, outcome, time.perf_counter() - started, "\n".join(texts), [], pictures)


def _lines(row: Row) -> list[str]:
    head = f"{MARKS[row.outcome]} {row.name} {row.seconds:.1f} s"
    return [head, *(f"    {line}" for line in row.message.splitlines())]
