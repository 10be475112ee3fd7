"""Budgets, sizes and the treemap of an audit."""

import asyncio
import json
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
from devkit.source_map import SourceMap
from devkit.testing.audit import run
from devkit.testing.audit.comparison import compare, read_audit, write_audits
from devkit.testing.audit.places import Places
from devkit.testing.audit.profiles import profile
from devkit.testing.audit.rules import RULES, AuditFinding, score
from devkit.testing.audit.size import check_sizes, import_costs, package_of, parts, treemap
from devkit.testing.audit.trial import AuditTrial
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


SOURCES = {
    "src/index.js": "import _ from 'lodash'\nconst a = <p className=\"soft pale\">{'你好世界'}</p>\n",
    "src/more.js": "import _ from 'lodash'\nfetch('https://cdn.example.com/x.js')\n",
    "node_modules/a/i.js": "export const pale = 'only in a package'\n",
}


def places(folder: Path) -> Places:
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "model.json").write_text('{"properties": [\n {"id": "on"},\n {"id": "level"}]}', "utf-8")
    # The script itself is a source, too, of what a tool has added to it.
    whole = {"index.js": "".join(SOURCES.values()), **SOURCES}
    raw = {"sources": list(whole), "sourcesContent": list(whole.values()), "mappings": ""}
    return Places(folder, SourceMap(json.dumps(raw)), model=folder / "model.json")


def test_what_was_seen_has_its_line(tmp_path: Path) -> None:
    found = places(tmp_path)
    assert found.shown("12:05 你好世界 3") == "src/index.js:2"
    assert found.literal("cdn.example.com") == "src/more.js:2"
    assert found.element("main > p.pale") == "src/index.js:2"
    assert found.property("level") == "model.json:3"
    assert found.imported("lodash", ["src/more.js", "src/index.js"]) == "src/more.js:1"
    assert found.imported("lodash", ["src/other.vue", "src/more.js"]) == "src/more.js:1"
    assert found.imported("gone", ["src/other.vue"]) == "src/other.vue"
    unknown = ["only in a package", "", "1", ".*("]
    assert [found.shown(text) for text in unknown] == [""] * len(unknown)
    assert (found.element("p:nth-child(3)"), found.property("o"), found.property("on(")) == ("", "", "")


def test_unused_rules_are_told_by_their_source() -> None:
    css = ".a{color:red}.b{color:blue}"
    raw = {"sources": ["src/a.css", "node_modules/x/b.css"], "mappings": "AAAA,aCAA"}
    found = Places(Path(), styles=SourceMap(json.dumps(raw))).styles(css, [(0, len(css))])
    assert found == {"node_modules/x/b.css": 14, "src/a.css": 13}
    assert Places(Path()).styles(css, [(13, len(css))]) == {"index.css": 14}


def test_an_import_that_something_lighter_can_replace(tmp_path: Path) -> None:
    costs = import_costs([("lodash", ("src/index.js", "src/more.js"), 72_000, 72_000)], places(tmp_path))
    assert [vars(cost) for cost in costs] == [
        {"name": "lodash", "where": "src/index.js:1", "files": 2, "brings": 72_000, "goes": 72_000}
    ]
    found = parts([("node_modules/lodash/lodash.js", 72_000), ("src/index.js", 5_000)])
    (finding,) = check_sizes(b"", b"", found, costs, host_react=True)
    assert (finding.rule, finding.where) == ("heavy-package", "src/index.js:1")
    other = parts([("node_modules/vue/index.js", 72_000), ("src/index.js", 5_000)])
    assert list(check_sizes(b"", b"", other, host_react=True)) == []


def audit_of(phone: str, metrics: Mapping[str, float], *findings: AuditFinding) -> run.Audit:
    return run.Audit("lamp", profile(phone), findings, metrics)


def test_audits_are_compared_phone_by_phone(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    write_audits(file, [audit_of("mid", {"tap": 100}), audit_of("low", {"tap": 200})])
    before = read_audit(file)
    assert compare(audit_of("low", {"tap": 250}), before) == ["tap: 200 ms → 250 ms"]
    told = compare(audit_of("fast", {"tap": 100}), before)
    assert told == ["The audit before was on the phone mid: its times are another phone's."]
    file.write_text(json.dumps({**before, "more": [{"version": 1}]}), "utf-8")
    with pytest.raises(SettingsError, match="is no audit"):
        read_audit(file)


def test_a_line_that_has_moved_is_no_new_finding() -> None:
    was = [
        AuditFinding("untranslated", "a", "src/a.js:7"),
        AuditFinding("memory", "1,000 reports leave 9.1 MB"),
    ]
    now = [
        AuditFinding("untranslated", "a", "src/a.js:9"),
        AuditFinding("untranslated", "b", "src/a.js:12"),
        AuditFinding("memory", "981 reports leave 9.3 MB"),
    ]
    before = audit_of("mid", {"js": 29_510}, *was).to_json()
    assert compare(audit_of("mid", {"js": 29_520}, *now), before) == ["new: untranslated: src/a.js:12"]


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
