"""devkit device run: the classes of the sandbox over real MQTT."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from devkit.app import open_cloud
from devkit.cli.main import main
from devkit.cloud import ActionFailedError, VirtualDevice
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.schema import DEVICES
from devkit.errors import SettingsError, TransportError
from devkit.firmware import remote, running
from devkit.firmware.identity import DeviceIdentity, DeviceServer
from devkit.firmware.parts import device_parts
from devkit.firmware.running import DevicePart, DeviceRun
from devkit.model import read_model
from devkit.model.product import SUB_MODEL
from devkit.settings import Settings, load_settings
from tests.helpers.device_side import ServedHome, served_home
from tests.helpers.models import LAMP_TEXT

MODEL = read_model(LAMP_TEXT)
DOCS = Path(__file__).parents[3] / "docs" / "devices.md"
SUB = "SUBDEVICE1/sub01"


class Lamp(VirtualDevice):
    async def on_start(self) -> None:
        await self.report({"title": "begun"})

    async def on_control(self, values: dict[str, Any]) -> None:
        await self.report({**values, "cleaned": 1_700_000_000})

    async def on_action(self, action_id: str, params: dict[str, Any]) -> dict[str, Any]:
        if params["times"] == 9:
            raise ActionFailedError("too often", 7)
        await self.post_event("low_voltage", {"voltage": 3.3})
        return {"result": 1}


@pytest.fixture
async def served() -> AsyncIterator[ServedHome]:
    async with served_home() as made:
        yield made


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(remote, "OTA_STEP_MS", 0)
    monkeypatch.setattr(remote, "REBOOT_MS", 0)


async def seen(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


class Played:
    """A run beside the served home; lines are what it told."""

    def __init__(self, served: ServedHome, parts: dict[str, DevicePart] | None = None) -> None:
        self.lines: list[str] = []
        product_id, _, name = served.home.device_id.partition("/")
        parts = parts or {served.home.device_id: DevicePart(MODEL, Lamp)}
        identity = DeviceIdentity(product_id, name, served.secret)
        self.run = DeviceRun(DeviceServer("127.0.0.1", served.port), identity, parts, self.lines.append)

    @contextlib.asynccontextmanager
    async def playing(self) -> AsyncIterator[DeviceRun]:
        working = asyncio.ensure_future(self.run.run())
        try:
            await asyncio.wait_for(self.run.ready.wait(), 10)
            yield self.run
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def test_the_same_class_is_the_device_over_mqtt(served: ServedHome) -> None:
    home, played = served.home, Played(served)
    async with played.playing():
        await seen(lambda: home.values()["title"] == "begun")
        await home.lamp("AppControlDeviceData", Data={"brightness": 33, "hsv": {"h": 7, "v": 8}})
        await seen(lambda: home.values()["brightness"] == 33 and home.values()["cleaned"] == 1_700_000_000)
        assert home.values()["hsv"] == {"h": 7, "v": 8}
        assert not served.side.broker.wanted.get(home.device_id)
        answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink", InputParams={"times": 2})
        assert '"result":1' in answer["OutputParams"].replace(" ", "")
        assert any(data.get("words", "").startswith("posts the event low_voltage") for _, data in home.heard)
        answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink", InputParams={"times": 9})
        assert "too often" in str(answer)
    assert any(line.startswith("↓ is to set brightness = 33") for line in played.lines)


async def test_the_class_of_the_guide_runs(served: ServedHome, tmp_path: Path) -> None:
    (tmp_path / "lamp.py").write_text(
        DOCS.read_text("utf-8").split("```python\n")[1].split("```")[0], "utf-8"
    )
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    parts = device_parts(load_settings(tmp_path), served.home.device_id, "lamp.py")
    played = Played(served, parts)
    async with played.playing():
        await served.home.lamp("AppControlDeviceData", Data={"brightness": 0})
        await seen(lambda: any("posts the event low_voltage" in line for line in played.lines))


async def test_broadcasts_raw_bytes_and_calls_reach_on_message(served: ServedHome) -> None:
    heard: list[tuple[str, Any]] = []

    class Listening(VirtualDevice):
        async def on_message(self, topic: str, payload: Any) -> Any:
            heard.append((topic.partition("/K7")[0], payload))
            return {"heard": len(heard)}

    home = served.home
    played = Played(served, {home.device_id: DevicePart(MODEL, Listening)})
    async with played.playing():
        real = home.emulator.devices.real_one(home.device_id)
        for what in ({"broadcast": "hello"}, {"raw": "01 ff"}, {"rrpc": '{"do": "it"}'}):
            real.send(what)
        await seen(lambda: len(heard) == 3)
        assert heard == [
            ("$broadcast/rxd", "hello"), ("$thing/down/raw", b"\x01\xff"), ("$rrpc/rxd", {"do": "it"})
        ]  # fmt: skip
        await seen(
            lambda: {"heard": 3} in [data.get("payload") for kind, data in home.heard if kind == "mqtt"]
        )


async def test_a_cut_is_mended_and_the_missed_control_applied(served: ServedHome) -> None:
    home, played = served.home, Played(served)
    async with played.playing() as run:
        await seen(lambda: run.device.properties["title"] == "begun")
        served.side.broker.leave(home.device_id, "It was cut.")
        await seen(lambda: not run.device.online)
        served.side.broker.wanted[home.device_id] = {"color": "2"}
        await run.device.report({"brightness": 5})
        await seen(lambda: home.values()["brightness"] == 5 and run.connects == 2)
        await seen(lambda: not served.side.broker.wanted.get(home.device_id))
        assert str(home.values()["color"]) == "2"


async def test_an_upgrade_goes_to_its_end_and_a_wrong_one_fails(served: ServedHome) -> None:
    home, played = served.home, Played(served)
    product_id = home.device_id.partition("/")[0]
    name = {"ProductId": product_id, "DeviceName": home.device_id.partition("/")[2]}

    async def status() -> int:
        answer = await home.call("AppDescribeFirmwareUpdateStatus", **name)
        return int(answer["Status"])

    async def until(wanted: int) -> None:
        async with asyncio.timeout(10):
            while await status() != wanted:
                await asyncio.sleep(0.005)

    async with played.playing() as run:
        home.emulator.firmware.add(product_id, "1.1.0", b"x" * 300_000, md5="0" * 32)
        await home.call("AppPublishFirmwareUpdateMessage", **name)
        await until(5)
        assert any("-4" in str(data.get("payload")) for kind, data in home.heard if kind == "mqtt")
        home.emulator.firmware.add(product_id, "1.2.0", b"y" * 300_000)
        await home.call("AppPublishFirmwareUpdateMessage", **name)
        await until(6)
        await seen(lambda: run.device.version == "1.2.0" and run.device.online)


async def test_an_upgrade_that_throws_fails_and_the_device_goes_on(
    served: ServedHome, caplog: pytest.LogCaptureFixture
) -> None:
    class Bricked(VirtualDevice):
        async def on_ota(self, version: str, url: str) -> None:
            raise ValueError("no flash")

    home = served.home
    product_id, _, name = home.device_id.partition("/")
    played = Played(served, {home.device_id: DevicePart(MODEL, Bricked)})
    async with played.playing():
        home.emulator.firmware.add(product_id, "1.1.0", b"x")
        await home.call("AppPublishFirmwareUpdateMessage", ProductId=product_id, DeviceName=name)
        await seen(lambda: any("no flash (-5)" in str(data.get("message")) for _, data in home.heard))
        await home.lamp("AppControlDeviceData", Data={"brightness": 12})
        await seen(lambda: home.values()["brightness"] == 12)
    assert "The upgrade of" in caplog.text


async def test_a_report_whose_connection_breaks_is_sent_again(
    served: ServedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, played = served.home, Played(served)
    async with played.playing() as run:
        await seen(lambda: home.values()["title"] == "begun")
        say = served.side.broker.say

        def cut(device_id: str, service: str, message: Any, qos: int = 1) -> bool:
            if message.get("method") == "report_reply":
                monkeypatch.setattr(served.side.broker, "say", say)
                served.side.broker.leave(device_id, "It was cut.")
                return False
            return say(device_id, service, message, qos)

        monkeypatch.setattr(served.side.broker, "say", cut)
        await run.device.report({"brightness": 44})
        await seen(lambda: run.connects == 2)
        await seen(
            lambda: [data.get("words") for _, data in home.heard].count("reports brightness = 44") == 2
        )


async def test_a_gateway_brings_its_sub_devices(served: ServedHome) -> None:
    home = served.home
    model = read_model(SUB_MODEL)
    with home.emulator.work() as work:
        add_product(work, "SUBDEVICE1", model)
        work.tx.change(DEVICES, home.device_id, device_type=1)
        for name in ("sub01", "sub02"):
            gateway = home.device_id if name == "sub01" else ""
            add_device(work, "SUBDEVICE1", name, gateway_id=gateway, family_id=home.family_id)
    parts = {
        home.device_id: DevicePart(MODEL, Lamp),
        SUB: DevicePart(model),
        "SUBDEVICE1/sub02": DevicePart(model),
    }
    played = Played(served, parts)
    async with played.playing() as run:
        assert run.is_online(SUB)
        assert SUB in served.side.broker.connected()
        assert any("answers the online of SUBDEVICE1/sub02 with -1" in line for line in played.lines)
        await home.call("AppControlDeviceData", DeviceId=SUB, Data={"power_switch": 1})
        await seen(lambda: run.devices[SUB].properties["power_switch"] == 1)
        await run.devices[SUB].set_online(online=False)
        assert SUB not in served.side.broker.connected()


def test_what_keeps_a_device_from_running_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    (tmp_path / "lamp.py").write_text("class Lamp: pass\n", "utf-8")
    monkeypatch.chdir(tmp_path)

    def told(*words: str) -> str:
        result = CliRunner().invoke(main, ["device", "run", "--db", "memory", *words])
        assert result.exit_code == 1, result.output
        return result.output

    assert "device: there is no file" in told("lam.py")
    assert "Did you mean lamp.py?" in told("lam.py")
    assert "has none" in told("lamp.py:Lamp")
    assert "Nothing takes MQTT at 127.0.0.1:1" in told("--server", "127.0.0.1:1")
    assert "'x:y' is no server" in told("--server", "x:y")
    assert "DEVICE_SECRET is not given" in told("--cloud", "--product-id", "K7M2QX9D4A")


async def test_a_wrong_secret_and_a_lost_server_are_told_apart(served: ServedHome) -> None:
    product_id, _, name = served.home.device_id.partition("/")
    parts = {served.home.device_id: DevicePart(MODEL)}
    server = DeviceServer("127.0.0.1", served.port)
    with pytest.raises(SettingsError, match=r"user name or password does not match \(CONNACK 4\)"):
        await DeviceRun(server, DeviceIdentity(product_id, name, "AAAA"), parts, print).run()
    played = Played(served)
    async with played.playing() as run:
        run.server = DeviceServer("127.0.0.1", 1)
        served.side.broker.leave(served.home.device_id, "It was cut.")
        await seen(lambda: any("The next attempt is in about" in line for line in played.lines))
        run.server = server
        await seen(lambda: run.connects == 2)
    with pytest.raises(TransportError, match="Nothing takes MQTT"):
        await DeviceRun(DeviceServer("127.0.0.1", 1), run.identity, parts, print).run()


def at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (folder / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(folder)
    return load_settings(folder, {"mqtt": True, "mqtt_port": 0, "mqtt_tls_port": 0})


async def devkit(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, list(words))


async def test_a_fleet_reports_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_cloud(at(tmp_path, monkeypatch)) as cloud:
        assert cloud.devices
        server = cloud.devices.url
        ran = await devkit(
            "device", "fleet", "--count", "40", "--rate", "20", "--seconds", "0.2", "--server", server
        )
        assert ran.exit_code == 0, ran.output
        assert "connected  40 of 40" in ran.output
        assert "reports    160, lost 0" in ran.output
        with cloud.emulator.work() as work:
            assert work.tx.count(DEVICES, {}) == 1
        product_id, _, name = cloud.device_id.partition("/")
        (tmp_path / "t.csv").write_text(f"ProductId,DeviceName,DeviceSecret\n{product_id},{name},AAAA\n")
        ran = await devkit("device", "fleet", "--triples", "t.csv", "--seconds", "0", "--server", server)
        assert ran.exit_code == 1
        assert "No device of the fleet could connect" in ran.output
        assert "user name or password does not match" in ran.output
        (tmp_path / "t.csv").write_text("a,b\n")
        ran = await devkit("device", "fleet", "--triples", "t.csv", "--server", server)
        assert "t.csv, line 1: it is not ProductId,DeviceName,DeviceSecret" in ran.output
        ran = await devkit("device", "fleet", "--db", "memory", "--server", server)
        assert "one in memory is seen by its process alone" in ran.output
