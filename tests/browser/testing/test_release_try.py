"""`devkit release` opens what it built: dead panels are not uploaded as if they were fine."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.devserver.harness import SCRIPT
from tests.browser.testing import panels

pytestmark = [pytest.mark.browser, pytest.mark.node]

GOOD = "document.getElementById('app').textContent = h5PanelSdk.deviceId\n"
REACHING = """const home = 'http://127.0.0.1:PORT/', add = (name, fields) =>
  document.body.append(Object.assign(document.createElement(name), fields))
fetch(home).catch(() => 0)
navigator.sendBeacon(home, 'x')
new WebSocket('ws://127.0.0.1:PORT/').onerror = () => 0
new EventSource(home)
window.open(home)
add('img', { src: home })
add('script', { src: home })
add('iframe', { src: home })
for (const rel of ['prefetch', 'preconnect', 'stylesheet']) add('link', { rel, href: home })
const code = `fetch('${home}').catch(() => 0); try { importScripts('${home}') } catch (error) {}`
new Worker(URL.createObjectURL(new Blob([code])))
"""
REACT = """import React from 'react'
import ReactDOM from 'react-dom'

ReactDOM.render(<h1>hi</h1>, document.getElementById('root'))
"""
LATE = """const app = document.getElementById('app')
app.innerHTML = '<p>drawn</p>'
function first(list) {
  return list.items[0].name
}
setTimeout(() => first({}), 1000)
"""


def write(folder: Path, source: str, *, model: str = panels.MODEL_JSON) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "index.jsx").write_text(source, "utf-8")
    if model:
        (folder / "thing-model.json").write_text(model, "utf-8")
    return folder


def release(folder: Path, *flags: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-c", SCRIPT, "release", "--json", *flags]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_panel_that_runs_is_said_to_run_and_reaches_nothing_meanwhile(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, lines, _ = release(write(tmp_path, GOOD + REACHING.replace("PORT", str(port))))
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert code == 0
    assert [(line["event"], line["not_tried"]) for line in lines] == [("release", "")]
    assert not (tmp_path / ".devkit" / "try.png").exists()


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        (REACT, ("index.jsx", 4), "mount on #app"),
        (LATE, ("index.jsx", 4), "Cannot read properties of undefined"),
        (LATE.replace("() => first({})", "async () => first({})"), ("index.jsx", 4), "of undefined"),
        ("export default function App() { return 1 }\n", ("index.jsx", 1), "#app is still empty"),
        (
            "const root = document.getElementById('root')\nroot.innerHTML = 'x'\n",
            ("index.jsx", 2),
            "of null",
        ),
        ("while (true) { h5PanelSdk.deviceId }\n", None, "running the same script"),
    ],
)
def test_a_panel_that_does_not_is_an_error_with_its_place(
    tmp_path: Path, source: str, place: tuple[str, int] | None, words: str
) -> None:
    code, lines, _ = release(write(tmp_path, source))
    assert code == 1
    assert lines[0]["event"] == "release"
    tried = next(line for line in lines if line["event"] == "try")
    assert not tried["ok"]
    found = next(line for line in lines if line["event"] == "error")["diagnostics"][0]
    assert words in f"{found['message']} {found['hint']}"
    if place:
        assert (Path(found["file"]).name, found["line"]) == place
        assert Path(tried["picture"]).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "dist" / "index.js").exists()


def test_it_is_left_out_when_asked_and_without_a_thing_model(tmp_path: Path) -> None:
    code, lines, _ = release(write(tmp_path, "throw new Error('dead')\n"), "--no-try")
    assert (code, [line["event"] for line in lines]) == (0, ["release"])
    (tmp_path / "thing-model.json").unlink()
    code, lines, told = release(tmp_path)
    assert (code, [line["event"] for line in lines]) == (0, ["release"])
    assert lines[0]["not_tried"] == "there is no thing-model.json"
    assert told == ""
    code, lines, _ = release(tmp_path, "--try")
    assert code == 1
