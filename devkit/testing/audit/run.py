"""Run an audit: build, open, measure, and put it together."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import Diagnostic, PanelError
from devkit.language import _
from devkit.source_map import SourceMap
from devkit.testing.audit.checks import CHECKS, TIMED, AuditCheck, loading
from devkit.testing.audit.places import Places
from devkit.testing.audit.profiles import PhoneProfile
from devkit.testing.audit.rules import RULES, AuditFinding, score
from devkit.testing.audit.size import ImportCost, Part, check_sizes, import_costs, parts
from devkit.testing.audit.trial import AuditTrial
from devkit.testing.page.driver import within
from devkit.testing.run.browsers import CHROMIUM, ENGINES
from devkit.testing.run.bundle import Bundle
from devkit.testing.run.open import browser_of, open_lab
from devkit.testing.smoke.run import LEFT, find_axe

if TYPE_CHECKING:
    from devkit.settings import Settings

Say = Callable[[str], None]
LOG_TEXT = "console.log"
CHECK_S = 90.0
"""What a check may take: DevTools of a page that loops do not answer, and would be waited for without end."""


VERSION = 1
"""Of what is kept of an audit."""


@dataclass(frozen=True)
class Audit:
    """What came of an audit. metrics: {name: bytes, ms, or as named}; pictures: PNG by name.

    engine: Playwright's name of the browser.
    """

    panel: str
    profile: PhoneProfile
    findings: tuple[AuditFinding, ...]
    metrics: Mapping[str, float]
    packages: tuple[Part, ...] = ()
    imports: tuple[ImportCost, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    engine: str = CHROMIUM

    @property
    def phone(self) -> str:
        """Return what the panel was opened on."""
        return (
            self.profile.name if self.engine == CHROMIUM else f"{self.profile.name}, {ENGINES[self.engine]}"
        )

    @property
    def score(self) -> int:
        """Return 0 to 100."""
        return score(self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return what is kept of an audit, and compared with the next."""
        return {
            "version": VERSION,
            "panel": self.panel,
            "profile": self.profile.name,
            "browser": self.engine,
            "score": self.score,
            "metrics": {name: round(value, 3) for name, value in self.metrics.items()},
            "packages": {part.name or _("(your sources)"): part.size for part in self.packages},
            "imports": [vars(cost) for cost in self.imports],
            "findings": [
                {**vars(item), "title": _(RULES[item.rule].title), "points": RULES[item.rule].points}
                for item in self.findings
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class AuditedPanel:
    """A panel to audit: its files, what they are made of, and what the build warned of.

    modules, imports: as ProductionBuild has them. css_map: the source map of the style sheet.
    """

    bundle: Bundle
    modules: Sequence[tuple[str, int]] = ()
    imports: Sequence[tuple[str, Sequence[str], int, int]] = ()
    css_map: bytes = b""
    warnings: Sequence[Diagnostic] = ()


def audited_panel(settings: Settings, js: Path | None, css: Path | None, say: Say) -> AuditedPanel:
    """Return the panel of given files, or the project's release; say is told what has to be installed.

    Errors: BuildError, ToolchainError.
    """
    if js is not None:
        return AuditedPanel(Bundle.read(js, css, project=settings.project))
    from devkit.build.release import build_production

    built = build_production(settings, say)
    result = built.result
    bundle = Bundle(result.js, result.css, result.js_map, settings.project)
    return AuditedPanel(bundle, built.modules, built.imports, result.css_map, built.warnings)


async def run_audit(
    settings: Settings, panel: AuditedPanel, profile: PhoneProfile, say: Say, engine: str = CHROMIUM
) -> Audit:
    """Audit a panel on one phone; say is told of each check. engine: Playwright's name of the browser.

    Errors: BrowserError, ModelError, SettingsError.
    """
    began = time.perf_counter()
    bundle = panel.bundle
    packed = len(gzip.compress(bundle.js, 6))
    axe = await asyncio.to_thread(find_axe, say)
    found = parts(panel.modules)
    path = browser_of(settings, engine)
    async with open_lab(settings.project, bundle=bundle, browser_path=path, engine=engine) as room:
        places = Places(settings.project, bundle.source_map, SourceMap(panel.css_map), settings.path("model"))
        costs = import_costs(panel.imports, places)
        sizes = packed, len(gzip.compress(bundle.css, 6))
        trial = AuditTrial(room, profile, sizes, axe, places=places)
        trial.findings += check_sizes(
            bundle.js, bundle.css, found, costs, host_react=settings.react == "host"
        )
        trial.findings += warned(panel.warnings)
        trial.metrics |= {"js": len(bundle.js), "css": len(bundle.css), "js_gzip": packed}
        if not panel.modules:
            trial.notes.append(_("Packages are known only when devkit builds the panel with Node.js."))
        if engine != CHROMIUM:
            trial.notes.append(
                _(
                    "WebKit cannot be slowed down and does not tell what memory, listeners and CSS are used: "
                    "times are this machine's, and what only Chromium measures was left out."
                )
            )
        for checks in (*({name: check} for name, check in TIMED.items()), CHECKS):
            await asyncio.gather(*(_check(trial, name, check, say) for name, check in checks.items()))
            if any(finding.rule == "runs" for finding in trial.findings):
                trial.notes.append(_("The other checks need a panel that runs."))
                break
    trial.metrics["score"] = score(trial.findings)
    return Audit(
        settings.panel or settings.project.name, profile, tuple(trial.findings), trial.metrics, tuple(found),
        costs, trial.pictures, tuple(trial.notes), time.perf_counter() - began, engine,
    )  # fmt: skip


async def _check(trial: AuditTrial, name: str, check: AuditCheck, say: Say) -> None:
    from playwright.async_api import Error

    say(f"{name}: {_((check.__doc__ or '').strip())}")
    rule = "runs" if check is loading else "throws"
    try:
        await within(CHECK_S, check(trial))
    except TimeoutError:
        text = _(f"{name}: the page kept it from ending for {CHECK_S:g} s")
        trial.add(rule, text, "", _("Let the page rest: a loop or a flood leaves no time for anything else."))
    except PanelError as error:
        trial.add("throws", f"{name}: {error.message.splitlines()[0]}", "", error.hint)
    except Error as error:
        trial.room.lab.check_browser()
        trial.add(rule, f"{name}: {error.message.splitlines()[0]}", "", _(LEFT))


def warned(warnings: Sequence[Diagnostic]) -> list[AuditFinding]:
    """Return what a build warned of, as far as a rule is about it."""
    found = []
    for item in warnings:
        where = f"{item.short_file}:{item.line}:{item.column}" if item.file else ""
        if LOG_TEXT in item.message:
            found.append(AuditFinding("console-log", item.message, where, item.hint or _("Take it out.")))
        elif item.stage == "target" or "target" in item.message:
            found.append(AuditFinding("too-new", item.message, where, item.hint))
    return found


def unmeasured(engine: str) -> tuple[str, ...]:
    """Return the metrics that a browser may not tell."""
    return () if engine == CHROMIUM else ("heap_growth", "first_pixels", "largest_pixels", "tap")


def audit_all(
    settings: Settings,
    panel: AuditedPanel,
    profiles: Sequence[PhoneProfile],
    say: Say,
    engine: str = CHROMIUM,
) -> list[Audit]:
    """Audit a panel on each phone, one after the other so that they do not slow each other down.

    Errors: as of run_audit.
    """

    async def each() -> list[Audit]:
        return [await run_audit(settings, panel, profile, say, engine) for profile in profiles]

    return asyncio.run(each())
