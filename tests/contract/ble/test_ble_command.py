"""devkit ble: a search and a served device, each on a controller over TCP."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bumble.link import LocalLink
from click.testing import CliRunner

from devkit.ble.peripheral.radio import Radio
from devkit.ble.profiles.thermometer import Thermometer
from devkit.ble.stacks.bumble_host import PeripheralHost
from devkit.cli.main import main
from tests.contract.ble.centrals import World, until
from tests.helpers.air import Slot, served_controller

KETTLE = '''
from devkit.ble import Advertising, Peripheral, Service


class Kettle(Peripheral):
    """Holds what is written."""

    name = "Kettle"
    advertising = Advertising(interval_ms=20, service_uuids=["FFB0"])
    kettle = Service("FFB0")
    switch = kettle.characteristic("FFB1", "write")
'''


@asynccontextmanager
async def devkit(*arguments: str, cwd: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from devkit.cli.entry import main; main()", *arguments, cwd=cwd,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_search_lists_what_is_around(tmp_path: Path) -> None:
    link, radio = LocalLink(), Radio()
    thermometer = radio.add(Thermometer(interval_ms=0))
    async with served_controller(link) as port, PeripheralHost(thermometer, "air", Slot(link).open):
        setting = f"bumble:tcp-client:127.0.0.1:{port}"
        arguments = ["ble", "scan", "--ble", setting, "--seconds", "2", "--service", "FFF0"]
        async with devkit(*arguments, cwd=tmp_path) as process:
            out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        assert out.decode().split() == [
            "A1:B2:C3:D4:E5:F6", "-50", "dBm", "Thermometer", "FFF0", "FFFFA1B2C3D4E5F6",
        ]  # fmt: skip
        assert "1 devices." in err.decode()
    await radio.aclose()


async def test_a_served_device_is_found_and_shows_its_frames(tmp_path: Path) -> None:
    (tmp_path / "kettle.py").write_text(KETTLE)
    link = LocalLink()
    async with served_controller(link) as port, contextlib.AsyncExitStack() as stack:
        radio = Radio()
        stack.push_async_callback(radio.aclose)
        phone = await World("bumble", radio, link, stack, 20_000).phone()
        arguments = ["ble", "serve", "kettle.py:Kettle", "--ble", f"bumble:tcp-client:127.0.0.1:{port}"]
        async with devkit(*arguments, cwd=tmp_path) as process:
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert line == "Kettle is on the air as C0:DE:00:00:00:01. Press Ctrl+C to end.\n"
            await phone.central.open()
            await phone.central.connect("C0:DE:00:00:00:01")
            await phone.central.write("C0:DE:00:00:00:01", "FFB0", "FFB1", b"\x01\x02")
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert line.split() == ["write", "FFB1", "0102"]
        await until(lambda: phone.events)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan", "--ble", "radio"], 'ble cannot be "radio"'),
        (["scan", "--ble", "bumble:tcp-client:127.0.0.1:1"], "cannot be used"),
        (["serve", "kettle.py:Kettle"], "--ble bumble:usb:0"),
        (["serve", "none.py:Kettle", "--ble", "bumble:usb:0"], "none.py"),
    ],
)
def test_what_cannot_be_says_why(arguments: list[str], words: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["ble", *arguments])
    assert result.exit_code == 1
    assert words in result.output
