"""Budgets, sizes and the treemap of an audit."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Error

from devkit.budget import Budget
from devkit.errors import BrowserError, SettingsError
from devkit.settings import load_settings
from devkit.testing.audit import run
from devkit.testing.audit.checks import AuditTrial
from devkit.testing.audit.profiles import profile
from devkit.testing.audit.rules import RULES, AuditFinding, score
from devkit.testing.audit.size import package_of, parts, treemap
from devkit.testing.run.lab import Lab as BrowserLab
from devkit.testing.smoke import run as smoke_run


def test_a_budget_of_devkit_toml(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text('[budget]\njs = "300 kB"\nfirst_pixels = "1.2 s"\nscore = 90\n')
    budget = load_settings(tmp_path).budget
    assert budget.limits == {"js": 300_000, "first_pixels": 1200, "score": 90}
    assert budget.broken({"js": 300_000, "first_pixels": 1200, "score": 90}) == []
    assert budget.broken({"js": 300_100, "score": 89}) == [
        "js is 300.1 kB; the budget is 300.0 kB",
        "first_pixels was not measured; the budget is 1.20 s",
        "score is 89; the budget is 90",
    ]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"jss": "1 kB"}, "Did you mean js?"),
        ({"js": 300}, "must be a number with a unit"),
        ({"js": "1 s"}, "must be a number with a unit"),
        ({"first_pixels": "1 kB"}, "must be a number with a unit"),
        ({"score": 101}, "must be 0 to 100"),
        ({"score": True}, "must be 0 to 100"),
        ("x", "must be a table"),
    ],
)
def test_bad_budgets_are_told(table: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Budget.read(table, "devkit.toml")


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 10_000_000), max_size=30))
def test_tiles_cover_the_map_by_size(sizes: Mapping[str, int]) -> None:
    tiles = treemap(sizes)
    assert sorted(tile.name for tile in tiles) == sorted(sizes)
    total = sum(sizes.values())
    for tile in tiles:
        assert tile.width * tile.height == pytest.approx(10_000 * tile.size / total, rel=1e-6)
        assert tile.x >= -1e-6
        assert tile.x + tile.width <= 100 + 1e-6
        assert tile.y + tile.height <= 100 + 1e-6


def test_packages_are_found_by_their_folder() -> None:
    assert package_of("src/a.js") == ""
    assert package_of("node_modules/a/node_modules/@b/c/d.js") == "@b/c"
    (first, second) = parts([("node_modules/a/i.js", 5), ("src/x.js", 2), ("src/y.js", 1)])
    assert (first.name, first.size, second.name, second.size) == ("a", 5, "", 3)


def test_a_rule_counts_once() -> None:
    twice = [AuditFinding("narrow", "a"), AuditFinding("narrow", "b")]
    assert score(twice) == 100 - RULES["narrow"].points
    assert score([AuditFinding(name, "x") for name in RULES]) == 0


class Lab:
    """A lab whose browser is there, or not."""

    def __init__(self, *, is_connected: bool) -> None:
        self.browser = SimpleNamespace(is_connected=lambda: is_connected)
        self.engine = "chromium"

    check_browser = BrowserLab.check_browser


async def broken(_trial: object, _found: object = None) -> None:
    """The panel has taken away what the check looks at."""
    raise Error("TypeError: Cannot read properties of null\n    at look")


async def test_a_panel_that_breaks_a_check_has_a_finding() -> None:
    room = cast(Any, SimpleNamespace(lab=Lab(is_connected=True)))
    trial = AuditTrial(room, profile("mid"), (0, 0), None)
    said: list[str] = []
    await run._check(trial, "words", broken, said.append)
    (found,) = trial.findings
    assert (found.rule, found.what) == ("throws", "words: TypeError: Cannot read properties of null")
    row = await smoke_run._run_check("words", broken, cast(Any, SimpleNamespace(room=room)))
    assert row.outcome == "failed"
    assert "error: TypeError: Cannot read properties of null" in row.message


async def test_a_page_that_never_answers_ends_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHECK_S", 0.01)
    trial = AuditTrial(cast(Any, None), profile("mid"), (0, 0), None)

    async def stuck(_trial: AuditTrial) -> None:
        await asyncio.Event().wait()

    await run._check(trial, "frames", stuck, print)
    (found,) = trial.findings
    assert (found.rule, found.what) == ("throws", "frames: the page kept it from ending for 0.01 s")


async def test_a_browser_that_is_gone_is_not_the_panels_fault() -> None:
    room = cast(Any, SimpleNamespace(lab=Lab(is_connected=False)))
    trial = AuditTrial(room, profile("mid"), (0, 0), None)
    with pytest.raises(BrowserError, match="Chromium went away"):
        await run._check(trial, "words", broken, print)
    with pytest.raises(BrowserError, match="Chromium went away"):
        await smoke_run._run_check("words", broken, cast(Any, SimpleNamespace(room=room)))
