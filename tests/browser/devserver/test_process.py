"""The command as a process: signals, ports, JSON lines, bad input."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.browser.devserver.harness import PANEL, Run, edit, free_port, make_project, running, spawn

pytestmark = pytest.mark.node
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    return make_project(tmp_path / "panel")


def processes_of(run: Run) -> set[int]:
    """Return the processes that carry the run's mark in their environment, itself included."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if run.mark.encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
    return found


async def wait_until_none(run: Run) -> None:
    """Wait for the last process to end: what nobody ends stays for longer than a busy machine takes."""
    async with asyncio.timeout(20):
        while processes_of(run):
            await asyncio.sleep(0.01)


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_signals_end_everything(panel: Path, number: int, code: int) -> None:
    async with running(panel, "dev", "--no-proxy") as run:
        assert len(processes_of(run)) > 1
        start = time.monotonic()
        assert await run.stop(number) == code
        assert time.monotonic() - start < 3
        await wait_until_none(run)
        assert await run.errors() == ""


@linux
@pytest.mark.parametrize("moment", [0.15, 0.3, 0.45, 0.6, 0.8])
async def test_interrupt_while_starting_leaves_no_process(panel: Path, moment: float) -> None:
    run = await spawn(panel, "dev", "--no-proxy", "--json", "--port", str(free_port()))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(run.process.wait()), moment)
    code = await run.stop()
    # On a busy machine the moment may lie before the command's first line, while Python itself starts.
    assert code in {130, -signal.SIGINT} or "Failed to import the site module" in await run.errors()
    await wait_until_none(run)
    assert not list(panel.rglob("*.tmp"))


async def test_taken_port_names_the_process_and_the_next_port(panel: Path) -> None:
    async with running(panel, "dev", "--no-proxy") as first:
        port = int(first.ready["console_url"].rstrip("/").rpartition(":")[2])
        second = await spawn(panel, "dev", "--no-proxy", "--port", str(port))
        assert await second.process.wait() == 1
        message = await second.errors()
        assert f"Port {port} is taken" in message
        assert "Use --port " in message
        if sys.platform.startswith("linux"):
            assert f"(pid {first.process.pid})" in message
        third = await spawn(panel, "dev", "--no-proxy", "--port", str(port), "--json")
        told = await third.next("error")
        assert told["kind"] == "PortTakenError"
        assert "--port" in told["hint"]
        assert await third.process.wait() == 1


async def test_json_lines_and_camel_case_flags(panel: Path) -> None:
    async with running(
        panel, "dev", "--no-proxy", "--productId", "OTHERPROD1", "--deviceName", "lamp 7", "--lang", "zh"
    ) as run:
        assert "productId=OTHERPROD1&deviceName=lamp+7" in run.ready["panel_url"]
        assert run.ready["proxy"] is None
        assert len(run.ready["control_token"]) >= 24
        first = run.events[0]
        assert first["event"] == "rebuild"
        assert (first["ok"], first["first"]) == (True, True)
        assert first["bytes"] > 1000
        edit(panel / "src" / "index.jsx", "VERSION", "again")
        again = await run.next("rebuild")
        assert (again["ok"], again["first"]) == (True, False)


async def test_syntax_error_at_start_is_told_and_mended(panel: Path) -> None:
    (panel / "src" / "index.jsx").write_text("const = 1\n", "utf-8")
    async with running(panel, "dev", "--no-proxy") as run:
        assert [event["event"] for event in run.events] == ["rebuild", "error", "ready"]
        finding = run.events[1]["diagnostics"][0]
        assert finding["file"].endswith("index.jsx")
        assert (finding["line"], finding["column"]) == (1, 7)
        assert "const = 1" in finding["frame"]
        (panel / "src" / "index.jsx").write_text(PANEL, "utf-8")
        assert (await run.next("rebuild", ok=True))["ok"]


async def test_deleted_entry_is_an_error_until_it_is_back(panel: Path) -> None:
    async with running(panel, "dev", "--no-proxy") as run:
        (panel / "src" / "index.jsx").unlink()
        error = await run.next("error")
        assert "index.jsx" in json.dumps(error)
        (panel / "src" / "index.jsx").write_text(PANEL, "utf-8")
        assert await run.next("rebuild", ok=True)


async def test_no_entry_at_all_says_what_to_do(tmp_path: Path) -> None:
    run = await spawn(tmp_path, "dev", "--no-proxy", "--port", str(free_port()))
    assert await run.process.wait() == 1
    message = await run.errors()
    assert "No entry module" in message
    assert "src/index.jsx" in message


@linux
async def test_killed_worker_is_started_again(panel: Path) -> None:
    async with running(panel, "dev", "--no-proxy") as run:
        workers = processes_of(run) - {run.process.pid}
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        edit(panel / "src" / "index.jsx", "VERSION", "after the kill")
        assert (await run.next("rebuild", ok=True))["bytes"] > 1000
        assert await run.stop() == 130


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"version": "1.0",\n "properties": [}', "thing-model.json:2:"),
        ('{"version": "1.0", "properties": 7}', "properties"),
        (None, "thing-model.json"),
    ],
)
async def test_broken_thing_model_is_explained(panel: Path, text: str | None, expected: str) -> None:
    if text is None:
        (panel / "thing-model.json").unlink()
    else:
        (panel / "thing-model.json").write_text(text, "utf-8")
    run = await spawn(panel, "dev", "--no-proxy", "--port", str(free_port()), "--model", "thing-model.json")
    assert await run.process.wait() == 1
    message = await run.errors()
    assert expected in message
    assert "Traceback" not in message


async def test_no_thing_model_runs_and_says_how_to_get_one(panel: Path) -> None:
    (panel / "thing-model.json").unlink()
    async with running(panel, "dev", "--no-proxy", "--productId", "ABCDEFGHIJ") as run:
        assert "productId=ABCDEFGHIJ" in run.ready["panel_url"]
        assert await run.stop() == 130
        assert "devkit pull --productId" in await run.errors()


async def test_thing_model_edits_are_followed(panel: Path) -> None:
    async with running(panel, "dev", "--no-proxy") as run:
        model = panel / "thing-model.json"
        good = model.read_text("utf-8")
        model.write_text("{", "utf-8")
        error = await run.next("error")
        assert error["kind"] == "ModelError"
        assert error["line"] == 1
        model.write_text(good.replace("亮度", "Helligkeit"), "utf-8")
        assert "changed" in (await run.next("notice"))["message"]


async def test_save_storm_makes_few_rebuilds(panel: Path) -> None:
    async with running(panel, "dev", "--no-proxy") as run:
        script = panel / "src" / "index.jsx"

        def storm() -> None:
            for turn in range(1000):
                script.write_text(PANEL.replace("VERSION", f"turn {turn}"), "utf-8")

        start = time.monotonic()
        await asyncio.to_thread(storm)
        seconds = time.monotonic() - start
        await asyncio.to_thread(script.write_text, PANEL.replace("VERSION", "the last turn" * 100), "utf-8")
        builds, enough = 0, run.events[0]["bytes"] + 1200
        while builds == 0 or run.events[-1]["bytes"] < enough:
            builds += 1
            await run.next("rebuild", ok=True)
        assert builds <= 3 + seconds  # a crowded machine writes slowly, which is no storm


async def test_without_a_terminal_output_is_plain_and_keys_are_off(panel: Path) -> None:
    run = await spawn(panel, "dev", "--no-proxy", "--port", str(free_port()))
    assert run.process.stdout
    lines = []
    while "Console" not in "".join(lines):
        line = await asyncio.wait_for(run.process.stdout.readline(), 20)
        assert line, await run.errors()
        lines.append(line.decode())
    text = "".join(lines)
    assert "Built in" in text
    assert "\x1b" not in text
    assert "quit" not in text
    assert await run.stop() == 130
