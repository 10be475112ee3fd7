"""Measure panel tests on four Playwright servers, by four processes and by four shards, against one server.

A proxy makes each server as far away as one in another region, so that tests wait and need few cores. Four
processes share this machine all the same; shards have a machine each, so they are run one after another, and
count as the longest of them and the merge. One test fails and one is left out: results must be the same in
every way.

Run with `python -m bench.farm [--tests 58] [--delay 300]`; it takes some minutes, most of them waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from xml.etree import ElementTree

from tests.browser.testing import panels
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.slow_proxy import slow_proxy

SERVERS = 4
LIMIT = 0.35
DEVKIT = [sys.executable, "-c", "from devkit.cli.main import main; main()", "test", "-q", "--trace", "off"]
ONLY_OURS = ("-p", "no:hypothesispytest", "-p", "no:asyncio", "-p", "no:anyio")
TESTS = """
import pytest
from playwright.sync_api import expect
from devkit.testing import expect_control

@pytest.mark.parametrize("turn", range({count}))
def test_controls(panel, virtual_device, turn):
    power = panel.get_by_role("switch")
    power.click()
    expect_control(virtual_device, power_switch=1)
    expect(power).to_have_attribute("aria-checked", "true")
    virtual_device.report(brightness=turn)
    expect(panel.locator("#bright")).to_have_text(str(turn))

def test_fails(panel):
    assert panel.title() == "no such title"

def test_left_out(panel):
    pytest.skip("later")
"""


async def serve(stack: AsyncExitStack, folder: Path, delay: float) -> str:
    """Start a Playwright server; return its address behind a proxy."""
    config = folder / "launch.json"
    config.write_text(json.dumps({"executablePath": chromium_path(), "args": LAUNCH_ARGS}))
    command = ["-m", "playwright", "launch-server", "--browser", "chromium", "--config", str(config)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    stack.push_async_callback(stop, process)
    assert process.stdout
    scheme, _, place = (await process.stdout.readline()).decode().strip().partition("//")
    port, path = place.partition(":")[2].split("/")
    proxy = await stack.enter_async_context(slow_proxy(int(port), delay))
    return f"{scheme}//127.0.0.1:{proxy.port}/{path}"


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a server and what it has started."""
    os.killpg(process.pid, signal.SIGTERM)
    await process.communicate()


async def devkit(project: Path, *args: str) -> float:
    """Run devkit test; return the seconds."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *DEVKIT, *args, cwd=project, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode not in (0, 1) or b"browsers:" in output:
        print(output.decode()[-2000:])
    return time.perf_counter() - began


def reports(name: str) -> tuple[str, ...]:
    """Return the options for both reports, one of them with pictures."""
    return "--junit", f"{name}.xml", "--html", f"{name}.html"


def outcomes(file: Path) -> set[tuple[str, str]]:
    """Return {(test, outcome)} of a JUnit report."""
    cases = ElementTree.parse(file).getroot().iter("testcase")
    return {
        (f"{case.get('classname')}::{case.get('name')}", str([child.tag for child in case])) for case in cases
    }


async def measure(options: argparse.Namespace) -> bool:
    """Run the same tests in three ways, and compare."""
    async with AsyncExitStack() as stack:
        project = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (project / "devkit.toml").write_text('product_id = "BENCHLAMP1"\n')
        (project / "pytest.ini").write_text("[pytest]\n")
        (project / "thing-model.json").write_text(panels.MODEL_JSON)
        (project / "panel.js").write_text(panels.LAMP)
        (project / "test_panel.py").write_text(TESTS.format(count=options.tests))
        urls = [await serve(stack, project, options.delay) for _ in range(SERVERS)]
        common = ("--js", "panel.js", *ONLY_OURS)
        every = ("--browser-ws", ",".join(urls))
        seconds = {
            "one": await devkit(project, *common, "--browser-ws", urls[0], *reports("one")),
            "four": await devkit(project, *common, *every, "-n", "4", *reports("four")),
        }
        parts = [
            await devkit(project, *common, *every, "--shard", f"{part}/{SERVERS}")
            for part in range(1, SERVERS + 1)
        ]
        merged = await devkit(project, "--merge", "test-shards", *reports("shards"))
        seconds["shards"] = max(parts) + merged
        results = {name: outcomes(project / f"{name}.xml") for name in seconds}
    same = results["one"] == results["four"] == results["shards"] and len(results["one"]) == options.tests + 2
    ratios = {name: taken / seconds["one"] for name, taken in seconds.items()}
    told = {"one": "one server", "four": "-n 4, four servers", "shards": "four shards, merged"}
    for name, ratio in ratios.items():
        limit = "" if name == "one" else f", limit {LIMIT}"
        print(f"{told[name]:22}{seconds[name]:7.1f} s   {ratio:.2f}{limit}")
    equal = "equal" if same else "DIFFERENT"
    print(f"{options.tests + 2} tests, {options.delay:.0f} ms to each server, results {equal}")
    return same and max(ratios["four"], ratios["shards"]) <= LIMIT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=58)
    parser.add_argument("--delay", type=float, default=300, help="ms, both ways together")
    raise SystemExit(0 if asyncio.run(measure(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
