"""What headless panel tests cost, against bare Playwright in the same run.

1. One test's own cost (a world opened, the panel mounted, controlled once and torn down), against a bare new
   context, a page and the load of a 500 KB script in a Chromium as Playwright starts it: at most 0.6 of it.
2. 100 tests of the react template with -n 2: under 15 s on 2 cores.
3. `devkit test` from its start to the first test: under 1.5 s.

Run: python -m bench.testing [--rounds 30]
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.panels import median
from devkit.settings import load_settings
from devkit.testing import expect_control
from devkit.testing.run.browsers import launch_options
from devkit.testing.run.bundle import Bundle
from devkit.testing.run.lab import Lab
from devkit.testing.world.spec import PanelSpec

SIZE = 500_000
SHARE = 0.6
HUNDRED_SECONDS = 15.0
START_SECONDS = 1.5
ONLY_OURS = ("-p", "no:hypothesispytest", "-p", "no:asyncio", "-p", "no:anyio")
"""Plugins of this repository's own tests, which a panel project does not have."""
MODEL = (
    '{"version": "1.0", "properties": [{"id": "power_switch", "name": "power", "mode": "rw", '
    '"define": {"type": "bool", "mapping": {"0": "off", "1": "on"}}}], "events": [], "actions": []}'
)
BUTTON = """
var button = document.getElementById('app').appendChild(document.createElement('button'))
button.textContent = 'power'
button.onclick = function () { h5PanelSdk.controlDeviceData({ power_switch: 1 }) }
"""
HUNDRED = """
import pytest
from playwright.sync_api import expect
from devkit.testing import expect_control

@pytest.mark.parametrize("turn", range(50))
def test_controls(panel, virtual_device, turn):
    panel.get_by_role("switch").first.click()
    expect_control(virtual_device, power_switch=1)

@pytest.mark.parametrize("turn", range(50))
def test_follows(panel, virtual_device, turn):
    virtual_device.report(power_switch=1)
    expect(panel.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
"""


def big_script() -> bytes:
    """Return 500 KB of functions, as a bundled panel has."""
    lines, size, number = [], 0, 0
    while size < SIZE - len(BUTTON) - 100:
        line = f"function part{number}(value) {{ return value + {number} + '{'x' * 60}' }}\n"
        lines.append(line)
        size, number = size + len(line), number + 1
    return ("".join(lines) + BUTTON).encode()


def bare(browser: object, script: bytes) -> float:
    """Return the time of what a test does without devkit: context, page, load, close."""
    began = time.perf_counter()
    context = browser.new_context(viewport={"width": 375, "height": 812})
    page = context.new_page()
    page.route("**/*.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    html = "<div id=app></div><script src=panel.js></script>"
    page.route("**/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("https://panel.example/")
    context.close()
    return time.perf_counter() - began


def ours(lab: Lab, spec: PanelSpec) -> float:
    """Return the time of one panel test."""
    began = time.perf_counter()
    world = lab.run(lab.world(spec))
    panel = lab.view(lab.run(world.open_panel()))
    panel.get_by_role("button").click()
    expect_control(world.device, power_switch=1)
    lab.run(world.aclose())
    return time.perf_counter() - began


def binding(browser: object, calls: int = 200) -> float:
    """Return the median of one bare binding call."""
    page = browser.new_page()
    page.expose_binding("echo", lambda source, value: value)
    script = """async (calls) => { const times = []
      for (let call = 0; call < calls; call++) {
        const began = performance.now(); await echo(call); times.push(performance.now() - began) }
      return times }"""
    times = page.evaluate(script, calls)
    page.close()
    return median(times)


def one_test(rounds: int) -> bool:
    script = big_script()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "thing-model.json").write_text(MODEL)
        given = os.environ.get("DEVKIT_BROWSER_PATH", "")
        options = launch_options(playwright.chromium.executable_path, given)
        browser = playwright.chromium.launch(**options)
        plain = playwright.chromium.launch(
            executable_path=options.get("executable_path"), chromium_sandbox=False
        )
        settings = load_settings(Path(folder), {"product_id": "BENCHLAMP1"}, environ={})
        lab, spec = Lab(browser, settings, Bundle(script)), PanelSpec()
        bare(plain, script), ours(lab, spec)
        pairs = [(bare(plain, script), ours(lab, spec)) for _ in range(rounds)]
        call = binding(plain)
        lab.run(lab.aclose())
        browser.close()
        plain.close()
    theirs, mine = (median([pair[side] * 1000 for pair in pairs]) for side in (0, 1))
    print(f"bare context + page + 500 KB   {theirs:7.0f} ms   (one binding call {call:.2f} ms)")
    print(f"one panel test                 {mine:7.0f} ms   ratio {mine / theirs:.2f}, limit {SHARE}")
    return mine <= SHARE * theirs


def scaffold(folder: Path) -> Path:
    command = "from devkit.cli.main import main; main()"
    devkit = [sys.executable, "-c", command]
    subprocess.run([*devkit, "new", "demo", "--template", "react", "--yes"], cwd=folder, check=True,
                   capture_output=True)  # fmt: skip
    return folder / "demo"


def run_devkit(project: Path, *args: str) -> tuple[float, str, float]:
    """Return seconds, output, and the time until the plugin says that the first test began."""
    command = [sys.executable, "-c", "from devkit.cli.main import main; main()", "test", *args, *ONLY_OURS]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(project.parent / "bytecode")  # as an installed package has it
    began = time.time()
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, env=environ)
    seconds = time.time() - began
    first = re.search(r"first test at ([\d.]+)", done.stdout)
    return seconds, done.stdout + done.stderr, float(first[1]) - began if first else 0.0


def whole_runs() -> bool:
    with tempfile.TemporaryDirectory() as name:
        project = scaffold(Path(name))
        tests = project / "tests"
        (tests / "test_panel.py").unlink()
        (tests / "conftest.py").write_text(
            "import time\n\ndef pytest_runtest_call(item):\n"
            "    if not hasattr(item.config, 'told'):\n        item.config.told = True\n"
            "        print('first test at', time.time())\n"
        )
        (tests / "test_hundred.py").write_text(HUNDRED)
        run_devkit(project, "-q", "--trace", "off", "-k", "test_follows and 49")  # compiles what is imported
        starts = [
            run_devkit(project, "-q", "-s", "--trace", "off", "-k", "test_follows and 49")[2]
            for _ in range(5)
        ]
        seconds, output, _ = run_devkit(project, "-q", "-n", "2", "--trace", "off")
    start = median(starts)
    print(f"devkit test to the first test  {start:7.2f} s    limit {START_SECONDS} s")
    print(f"100 react tests with -n 2      {seconds:7.1f} s    limit {HUNDRED_SECONDS} s")
    if "100 passed" not in output:
        print(output[-1500:])
    return start <= START_SECONDS and seconds <= HUNDRED_SECONDS and "100 passed" in output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    good = [one_test(rounds), whole_runs()]
    raise SystemExit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
