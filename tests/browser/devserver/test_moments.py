"""SIGINT and SIGTERM at every 10 ms of the first second, with the processors busy."""

import asyncio
import contextlib
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.browser.devserver.harness import Run, free_port, make_project, spawn
from tests.browser.devserver.test_process import wait_until_none

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

KETTLE = "from devkit.ble import Peripheral\n\nclass Kettle(Peripheral):\n    name = 'Kettle'\n"
# A board's program that hears nothing, and has a child that hears nothing.
DEAF = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; time.sleep(60)"
STUBBORN = ("sh", "-c", f'trap "" INT TERM; {sys.executable} -c "{DEAF}"; sleep 60')
COMMANDS = {
    "dev": ("dev", "--json", "--port", "PORT", "--proxy-port", "PROXY"),
    "preview": ("preview", "--js", "built.js", "--json", "--port", "PORT"),
    "release": ("release",),
    "test": ("test", "-q", "-p", "no:cacheprovider"),
    "cloud": ("cloud", "serve", "--port", "0", "--json"),
    "ble": ("ble", "serve", "kettle.py:Kettle", "--ble", "bumble:tcp-client:127.0.0.1:RADIO"),
    "new": ("new", "FRESH", "--template", "minimal", "--yes", "--no-install"),
    "ca": ("ca", "show"),
    "guide": ("device", "guide", "c"),
    "device": ("device", "run", "--server", "127.0.0.1:RADIO"),
    "firmware": (
        "firmware", "check", "--mqtt-port", "MQTT", "--mqtt-tls-port", "MQTTS", "--", *STUBBORN,
    ),
}  # fmt: skip
SHORT = {"release", "test", "new", "ca", "guide"}  # may be done before the signal
FEW = {"new", "ca", "guide", "device", "firmware"}
# Python itself ends like this when the signal comes before the first line of the command.
NOT_BEGUN = "init_import_site"
# Or it goes on, when the exception came where its import machinery drops it: then there is no such file yet.
SCRIPT = "from devkit.cli.entry import main; import os; os.close(os.open({begun!r}, os.O_CREAT)); main()"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("moments") / "panel")
    (folder / "built.js").write_text("document.getElementById('app').innerText = 'built'", "utf-8")
    (folder / "kettle.py").write_text(KETTLE, "utf-8")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_panel.py").write_text("def test_app(panel): assert panel.locator('#app')\n")
    return folder


@pytest.fixture(scope="module")
def busy() -> Iterator[None]:
    """Keep two processors busy."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


@contextlib.asynccontextmanager
async def started(project: Path, command: str, radio: int, begun: Path) -> AsyncIterator[Run]:
    places = {name: str(free_port()) for name in ("PORT", "PROXY", "MQTT", "MQTTS")}
    places["FRESH"] = f"fresh-{secrets.token_hex(4)}"
    arguments = [places.get(word, word).replace("RADIO", str(radio)) for word in COMMANDS[command]]
    run = await spawn(project, *arguments, script=SCRIPT.format(begun=str(begun)))
    try:
        yield run
    finally:
        begun.unlink(missing_ok=True)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.process.pid, signal.SIGKILL)
        await run.process.communicate()


async def end(project: Path, command: str, moment: float, number: int, radio: int) -> str:
    """Start a command, send it a signal after some seconds, and tell what was wrong with its end."""
    begun = project.parent / f"begun-{secrets.token_hex(4)}"
    async with started(project, command, radio, begun) as run:
        said = asyncio.ensure_future(run.process.communicate())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(said), moment)
        if run.process.returncode is not None and command in SHORT:
            return ""  # it was done before
        has_begun = begun.exists()
        with contextlib.suppress(ProcessLookupError):
            os.kill(run.process.pid, number)  # send_signal takes the code of one that ends right now
        try:
            _, errors = await asyncio.wait_for(said, 20 if has_begun else 3)
        except TimeoutError:
            if not has_begun:
                return ""
            return f"{command} at {moment} s: it went on after {signal.Signals(number).name}"
        code = run.process.returncode
        good = {-number, 128 + number}
        text = errors.decode()
        await wait_until_none(run)
        if code in good or NOT_BEGUN in text or not has_begun:
            return ""
        if code == 0 and command in SHORT:
            return ""  # the signal came after its last line
        return f"{command} at {moment} s: {signal.Signals(number).name} gave {code}: {text}"


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_signal_at_any_moment_of_the_start_ends_everything(
    project: Path, busy: None, command: str
) -> None:
    """The commands share the hundred moments among them; DEVKIT_TEST_MOMENTS=all gives each of them all."""
    step = 1 if os.environ.get("DEVKIT_TEST_MOMENTS") == "all" else 40 if command in FEW else 6
    offset = list(COMMANDS).index(command) % step
    with socket.create_server(("127.0.0.1", 0)) as radio:
        port = radio.getsockname()[1]
        numbers = itertools.cycle((signal.SIGINT, signal.SIGTERM))
        turns = zip((hundredth / 100 for hundredth in range(offset, 100, step)), numbers, strict=False)
        wrong = [await end(project, command, moment, number, port) for moment, number in turns]
    assert [line for line in wrong if line] == []
    assert not list(project.rglob("*.tmp"))
    halves = [made for made in project.glob("*fresh-*") if not (made / "devkit.toml").exists()]
    assert not halves


HUGE = 38_000  # 4.9 MB; a model may have 5
SLOW_BUILD = "module.exports = { plugins: [() => { while (true) {} }] }"


@pytest.mark.parametrize("busy_with", ["model", "build"])
async def test_a_signal_amid_a_long_work_is_answered_in_time(tmp_path: Path, busy_with: str) -> None:
    project = make_project(tmp_path / "panel")
    if busy_with == "model":
        define = {"type": "int", "min": "0", "max": "9", "start": "0", "step": "1"}
        rows = [{"id": f"p{n}", "name": f"P{n}", "mode": "rw", "define": define} for n in range(HUGE)]
        model = {"version": "1.0", "properties": rows, "events": [], "actions": []}
        (project / "thing-model.json").write_text(json.dumps(model), "utf-8")
    else:
        (project / "postcss.config.js").write_text(SLOW_BUILD, "utf-8")
    run = await spawn(project, "dev", "--no-proxy", "--trust", "--json", "--port", str(free_port()))
    try:
        for _ in range(3):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(run.process.wait()), 0.5)
        assert run.process.returncode is None, await run.errors()
        began = time.monotonic()
        assert await run.stop(signal.SIGTERM) == 143
        assert time.monotonic() - began < 4  # a second, and what a crowded machine takes
        await wait_until_none(run)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.process.pid, signal.SIGKILL)
