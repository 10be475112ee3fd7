"""`devkit audit`: a panel with everything wrong, a clean one, budgets and comparisons."""

import asyncio
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from devkit.cli.main import main
from devkit.testing.audit.rules import RULES
from tests.browser.devserver.harness import MODEL, spawn
from tests.helpers.audit_panels import OF_LATE, everything, write
from tests.helpers.scaffolded import scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]

OF_TIME = {"first-pixels", "long-task", "frames", "slow-tap", "slow-blank"}
"""What two audits may do to each other on a machine of few cores."""
EXPECTED = set(RULES) - OF_LATE - {"runs", "frames", "slow-tap"}
"""These two are findings only beside frames of an idle page, which a busy machine makes slow, too."""


def audit(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, ["audit", "--trust", *arguments])


def test_a_panel_with_everything_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = everything(tmp_path)
    finding = {"rule": "runs", "what": "was", "where": "p", "fix": ""}
    write(bad / "main.json", json.dumps({"version": 1, "metrics": {"js": 1000}, "findings": [finding]}))
    kept = ("--junit", "junit.xml", "--json-file", "kept.json", "--against", "main.json")
    done = audit(bad, monkeypatch, "--json", *kept)
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert "gone: runs: p" in told["compared"]
    assert any(line.startswith("js: 1.0 kB → ") for line in told["compared"])
    assert any(line.startswith("new: throws: ") for line in told["compared"])
    (found,) = told["audits"]
    broken = {finding["rule"] for finding in found["findings"]}
    assert sorted(EXPECTED - broken) == [], found
    assert found["score"] < 40
    assert found["metrics"]["frame_p95"] > 100  # a report keeps it busy for 150 ms
    assert any(line.startswith("js is ") and "100.0 kB" in line for line in told["over_budget"])
    by_rule = {finding["rule"]: finding for finding in found["findings"]}
    assert "src/index.js" in by_rule["throws"]["where"]
    assert by_rule["property-ignored"]["where"] == "brightness (thing-model.json:1)"
    assert by_rule["listeners"]["where"].startswith("src/index.js:32:")
    assert by_rule["memory"]["where"].startswith("src/index.js:")
    assert by_rule["foreign-request"]["where"] == "src/index.js:21"
    assert by_rule["unused-css"]["where"].startswith("src/index.css (")
    untranslated = {
        item["what"]: item["where"] for item in found["findings"] if item["rule"] == "untranslated"
    }
    assert untranslated["“浅色的字” stays Chinese on an English phone"] == "src/index.js:19"
    costs = {cost["name"]: cost for cost in found["imports"]}
    assert costs["big-package"]["where"] == "src/index.js:2"
    assert costs["big-package"]["goes"] == costs["big-package"]["brings"] > 240_000
    assert found["metrics"]["largest_pixels"] >= found["metrics"]["first_pixels"]
    assert found["metrics"]["tap"] > 500
    assert by_rule["console-log"]["where"].endswith("src/index.js:8:1")
    page = (bad / "audit.html").read_text("utf-8")
    assert "big-package" in page
    assert "What imports cost" in page
    assert "data:image/png" in page
    suites = ElementTree.parse(bad / "junit.xml").getroot()
    assert len(suites.findall(".//failure")) > len(EXPECTED)
    assert json.loads((bad / "kept.json").read_text("utf-8"))["score"] == found["score"]


@pytest.mark.parametrize(
    ("template", "features"),
    [("react", ()), ("react", ("i18n", "history", "timer", "share")), ("gateway", ())],
    ids=["react", "features", "gateway"],
)
def test_a_clean_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, features: tuple[str, ...]
) -> None:
    done = audit(scaffold(tmp_path, template, features), monkeypatch, "--json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout.splitlines()[-1])["audits"]
    steady = [item for item in found["findings"] if item["rule"] not in OF_TIME]
    assert steady == []
    assert found["score"] == 100 - sum(item["points"] for item in found["findings"])


def test_a_panel_that_never_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "thing-model.json", json.dumps(MODEL))
    write(tmp_path / "index.js", "window.nothing = 1\n")
    done = audit(tmp_path, monkeypatch, "--js", "index.js", "--html", "reports/new/audit.html")
    assert done.exit_code == 1
    assert (tmp_path / "reports" / "new" / "audit.html").is_file()
    assert "The panel does not run" in done.output
    assert "#app is still empty" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--profile", "mdi"), "Did you mean mid?"),
        (("--against", "nothing.json"), "nothing.json is no audit"),
        (("--against", "number.json"), "number.json is no audit"),
        (("--against", "browsers.json"), "browsers.json is no audit"),
        (("--against", "deep.json"), "deep.json is no audit"),
        (("--js", "index.js", "--html", "index.js/audit.html"), "audit.html cannot be written: "),
        (("--js", "index.js", "--junit", "index.js/audit.xml"), "audit.xml cannot be written: "),
    ],
)
def test_bad_arguments_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    kept = {"version": 1, "metrics": {}, "findings": []}
    write(tmp_path / "number.json", json.dumps({**kept, "findings": [1]}))
    write(tmp_path / "browsers.json", json.dumps({**kept, "browser": ["chromium"]}))
    write(tmp_path / "deep.json", "[" * 10_000)
    write(tmp_path / "index.js", "")
    done = audit(tmp_path, monkeypatch, *arguments)
    assert done.exit_code == 1
    assert told in done.output
    assert not done.stderr.startswith("runs: ")  # nobody waits for an audit that cannot be kept


async def test_two_audits_at_once_do_not_meet(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "minimal")

    async def one(name: str) -> dict[str, Any]:
        given = ("audit", "--trust", "--json", "--profile", "fast", "--json-file", f"{name}.json")
        run = await spawn(project, *given)
        said, told = await asyncio.wait_for(run.process.communicate(), 120)
        assert run.process.returncode == 0, told.decode()
        (found,) = json.loads(said.decode().splitlines()[-1])["audits"]
        assert json.loads((project / f"{name}.json").read_text("utf-8"))["metrics"] == found["metrics"]
        return dict(found)

    for found in await asyncio.gather(one("first"), one("second")):
        steady = [item for item in found["findings"] if item["rule"] not in OF_TIME]
        assert steady == [], found
    page = (project / "audit.html").read_text("utf-8")
    assert page.rstrip().endswith("</html>")
