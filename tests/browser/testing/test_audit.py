"""`devkit audit`: a panel with everything wrong, a clean one, budgets and comparisons."""

import json
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from devkit.cli.main import main
from devkit.testing.audit.rules import RULES
from tests.browser.devserver.harness import MODEL
from tests.helpers.scaffolded import scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]

BAD = """\
import './index.css'
import big from 'big-package'
import other from 'uses-big'
import blob from './blob.js'

const sdk = window.h5PanelSdk
const app = document.getElementById('app')
console.log('start')
setTimeout(() => { throw new Error('at the start') }, 20)
window.kept = []

function busy(ms) { const end = performance.now() + ms; while (performance.now() < end); }

async function start() {
  await sdk.sdkReady()
  const user = await sdk.requestTokenApi('AppGetUser')
  const rooms = await sdk.requestTokenApi('AppGetFamilyList')
  busy(800)
  app.innerHTML = '<main><h1>灯</h1><button class="icon"></button><p class="pale">浅色的字</p>' +
    '<p class="night">夜里看不清</p><p class="wide">' + 'word '.repeat(40) + '</p>' +
    '<p class="tight">大字会被切掉</p><img src="https://cdn.example.com/x.png" alt="">' +
    '<p id="shown">0</p></main>'
  setTimeout(() => {
    const note = document.createElement('div')
    note.style.height = '300px'
    app.prepend(note)
  }, 60)
  sdk.on('wsReport', ({ deviceData }) => {
    busy(150)
    window.kept.push(new Array(3000).fill(rooms.FamilyList.length + window.kept.length))
    document.addEventListener('touchmove', () => window.kept.length)
    if (deviceData.power_switch) document.getElementById('shown').textContent = deviceData.power_switch.Value
  })
  sdk.on('wsStatusChange', () => { null.offline })
  window.sum = [big, other, blob, user.Data, 'a'.replaceAll('a', 'b')]
}
start()
"""
CSS = """\
.icon { width: 40px; height: 40px }
.pale { color: #ccc; background: #fff }
.night { color: #222; background: #fff }
@media (prefers-color-scheme: dark) { .night { background: #333 } }
.wide { white-space: nowrap; width: 340px; overflow: hidden }
.tight { height: 22px; width: 100px; font-size: 16px; line-height: 22px; overflow: hidden }
"""
EXPECTED = set(RULES) - {"runs", "host-copy", "slow-blank", "first-pixels"}


def blob(size: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(size))


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    write(tmp_path / "thing-model.json", json.dumps(MODEL))
    write(tmp_path / "devkit.toml", 'target = "chrome66"\n[budget]\njs = "100 kB"\nscore = 90\n')
    write(tmp_path / "src/index.js", BAD)
    write(tmp_path / "src/blob.js", f"export default '{blob(330_000)}'\n")
    unused = "".join(f".unused-{number} {{ color: rgb({number % 255}, 1, 2) }}\n" for number in range(3600))
    write(tmp_path / "src/index.css", CSS + unused)
    for folder in ("node_modules/big-package", "node_modules/uses-big/node_modules/big-package"):
        write(
            tmp_path / folder / "package.json", '{"name": "big-package", "version": "1.0.0", "main": "i.js"}'
        )
        write(tmp_path / folder / "i.js", f"module.exports = '{blob(240_000, len(folder))}'\n")
    write(
        tmp_path / "node_modules/uses-big/package.json",
        '{"name": "uses-big", "version": "1.0.0", "main": "i.js"}',
    )
    write(tmp_path / "node_modules/uses-big/i.js", "module.exports = require('big-package').length\n")
    return tmp_path


def audit(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, ["audit", "--trust", *arguments])


def test_a_panel_with_everything_wrong(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert any(line.startswith("js is ") and "100.0 kB" in line for line in told["over_budget"])
    by_rule = {finding["rule"]: finding for finding in found["findings"]}
    assert "src/index.js" in by_rule["throws"]["where"]
    assert by_rule["property-ignored"]["where"] == "brightness"
    assert by_rule["console-log"]["where"].endswith("src/index.js:8:1")
    page = (bad / "audit.html").read_text("utf-8")
    assert "big-package" in page
    assert "data:image/png" in page
    suites = ElementTree.parse(bad / "junit.xml").getroot()
    assert len(suites.findall(".//failure")) > len(EXPECTED)
    assert json.loads((bad / "kept.json").read_text("utf-8"))["score"] == found["score"]


def test_a_clean_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = audit(scaffold(tmp_path, "react"), monkeypatch, "--json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout.splitlines()[-1])["audits"]
    assert found["findings"] == []
    assert found["score"] == 100


def test_a_panel_that_never_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "thing-model.json", json.dumps(MODEL))
    write(tmp_path / "index.js", "window.nothing = 1\n")
    done = audit(tmp_path, monkeypatch, "--js", "index.js")
    assert done.exit_code == 1
    assert "The panel does not run" in done.output
    assert "#app is still empty" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--profile", "mdi"), "Did you mean mid?"),
        (("--against", "nothing.json"), "nothing.json is no audit"),
    ],
)
def test_bad_arguments_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    done = audit(tmp_path, monkeypatch, *arguments)
    assert done.exit_code == 1
    assert told in done.output
