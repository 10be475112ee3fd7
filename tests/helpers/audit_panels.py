"""Panels with seeded defects, one for each rule of an audit."""

import json
import random
from pathlib import Path

from tests.browser.devserver.harness import MODEL

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
  document.querySelector('.icon').onclick = () => busy(900)
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


LATE = """\
import React from '../node_modules/react/index.js'
import ReactDOM from 'react-dom'

async function start() {
  await window.h5PanelSdk.requestTokenApi('AppGetUser')
  const end = performance.now() + 2600
  while (performance.now() < end);
  ReactDOM.render(React.createElement('h1', null, 'late'), document.getElementById('app'))
}
start()
"""
OF_LATE = {"slow-blank", "first-pixels", "host-copy"}
"""The rules that LATE breaks on purpose; everything() breaks the others, but for "runs"."""


def blob(size: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(size))


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def everything(folder: Path) -> Path:
    """Write a panel that breaks every rule but those of OF_LATE, and runs."""
    write(folder / "thing-model.json", json.dumps(MODEL))
    write(folder / "devkit.toml", 'target = "chrome66"\n[budget]\njs = "100 kB"\nscore = 90\n')
    write(folder / "src/index.js", BAD)
    write(folder / "src/blob.js", f"export default '{blob(330_000)}'\n")
    unused = "".join(f".unused-{number} {{ color: rgb({number % 255}, 1, 2) }}\n" for number in range(3600))
    write(folder / "src/index.css", CSS + unused)
    for place in ("node_modules/big-package", "node_modules/uses-big/node_modules/big-package"):
        write(folder / place / "package.json", '{"name": "big-package", "version": "1.0.0", "main": "i.js"}')
        write(folder / place / "i.js", f"module.exports = '{blob(240_000, len(place))}'\n")
    write(
        folder / "node_modules/uses-big/package.json",
        '{"name": "uses-big", "version": "1.0.0", "main": "i.js"}',
    )
    write(folder / "node_modules/uses-big/i.js", "module.exports = require('big-package').length\n")
    return folder


def late(folder: Path) -> Path:
    """Write a panel that draws late, with a React of its own."""
    write(folder / "thing-model.json", json.dumps(MODEL))
    write(folder / "src/index.js", LATE)
    write(folder / "node_modules/react/package.json", '{"name": "react", "version": "16.14.0"}')
    write(folder / "node_modules/react/index.js", "module.exports = window.React\n")
    return folder
