"""The device side beside a served cloud and a run: opened with --mqtt alone, and said where."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from devkit.app import PanelFiles, PanelRun, open_cloud
from devkit.app.events import DevicesReady
from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.codec import Connect, Puback, Publish, encode
from devkit.cloud.devices.mqtt.login import password
from devkit.errors import DeviceNotFoundError, PortTakenError, ServeError
from devkit.settings import Settings, load_settings
from devkit.transport.local import open_local
from devkit.web.binding import bind
from tests.helpers.firmware import Firmware
from tests.helpers.models import LAMP_TEXT

MAIN = "from devkit.cli.entry import main; main()"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    flags = {"mqtt": True, "mqtt_port": 0, "mqtt_tls_port": 0, "port": 0, "db": "memory"}
    return load_settings(tmp_path, flags)


def client_of(devices: DevicesReady) -> aiomqtt.Client:
    client_id = devices.product_id + devices.device_name
    username = f"{client_id};21010406;abcde;2147483647"
    return aiomqtt.Client(
        "127.0.0.1", int(devices.url.rpartition(":")[2]), username=username, identifier=client_id,
        password=f"{password(devices.device_secret, username)};hmacsha1",
        protocol=aiomqtt.ProtocolVersion.V311,
    )  # fmt: skip


async def test_firmware_connects_to_a_served_cloud(settings: Settings) -> None:
    async with open_cloud(settings) as cloud:
        assert cloud.devices
        async with client_of(cloud.devices) as client:
            await client.subscribe(f"$thing/down/property/{cloud.device_id}")
            params = {"AccessToken": cloud.token, "DeviceId": cloud.device_id, "Data": '{"brightness": 5}'}
            await cloud.emulator.call("AppControlDeviceData", params)
            message = await anext(aiter(client.messages))
            assert json.loads(message.payload)["params"] == {"brightness": 5}


async def test_a_run_tells_where_devices_connect(settings: Settings, tmp_path: Path) -> None:
    panel = tmp_path / "index.js"
    panel.write_text("window.x = 1", "utf-8")
    async with PanelRun(settings, files=PanelFiles(panel)) as run:
        ready = await run.ready()
        async for event in run.events():
            if isinstance(event, DevicesReady):
                break
        assert isinstance(event, DevicesReady)
        assert ready.mqtt == event.url
        async with client_of(event) as client:
            topic = f"{event.product_id}/{event.device_name}"
            await client.subscribe(f"$thing/down/property/{topic}")
            await client.publish(
                f"$thing/up/property/{topic}", '{"method": "get_status", "clientToken": "1"}'
            )
            message = await anext(aiter(client.messages))
            assert json.loads(message.payload)["code"] == 0


async def test_a_taken_port_names_its_setting(settings: Settings) -> None:
    taken = bind("127.0.0.1", 0)
    with pytest.raises(PortTakenError, match="mqtt_port"):
        async with open_cloud(settings.replace(mqtt_port=taken.getsockname()[1])):
            pass
    taken.close()


async def test_a_foreign_address_is_refused(settings: Settings) -> None:
    with pytest.raises(ServeError):
        async with open_cloud(settings.replace(host="192.0.2.77")):
            pass


async def test_a_killed_cloud_knows_its_devices_when_it_is_back(settings: Settings, tmp_path: Path) -> None:
    serving = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAIN, "cloud", "serve", "--mqtt", "--port", "0", "--mqtt-port", "0",
        "--mqtt-tls-port", "0", "--db", "project", "--json", cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert serving.stdout
    told = DevicesReady(**json.loads(await serving.stdout.readline())["devices"])
    reader, writer = await asyncio.open_connection("127.0.0.1", int(told.url.rpartition(":")[2]))
    device_id, client_id = f"{told.product_id}/{told.device_name}", told.product_id + told.device_name
    user = f"{client_id};21010406;abcde;2147483647"
    word = f"{password(told.device_secret, user)};hmacsha1".encode()
    report = b'{"method":"report","clientToken":"k","params":{"brightness":41}}'
    writer.write(
        encode(Connect(4, client_id, 60, username=user, password=word))
        + encode(Publish(f"$thing/up/property/{device_id}", report, 1, 7))
    )
    assert (await reader.readexactly(8))[-4:] == encode(Puback(7))
    serving.kill()
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    await serving.wait()
    async with open_cloud(settings.replace(db="project")) as cloud:
        assert cloud.devices
        assert cloud.devices.device_secret == told.device_secret
        assert cloud.emulator.devices.device(device_id).properties["brightness"] == 41


def test_nothing_of_it_is_imported_without_mqtt(tmp_path: Path) -> None:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    code = (
        "import asyncio, sys, pathlib\n"
        "from devkit.app import open_cloud\n"
        "from devkit.settings import load_settings\n"
        "async def run():\n"
        "    async with open_cloud(load_settings(pathlib.Path.cwd(), {'db': 'memory'})):\n"
        "        print([name for name in sys.modules if 'mqtt' in name])\n"
        "asyncio.run(run())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


async def test_a_snapshot_tells_which_devices_are_real(settings: Settings) -> None:
    transport = await open_local(settings)
    device_id = transport.seed.device_id

    def device() -> dict[str, Any]:
        found: dict[str, Any] = transport.bench.snapshot()["devices"][device_id]
        return found

    broker = Broker(transport.emulator)
    assert (device()["real"], device()["played_by"], device()["link"]) == (False, "VirtualDevice", {})
    firmware = Firmware(broker, device_id).start()
    transport.bench.set_link(device_id, {"loss": 0.5})
    assert (device()["real"], device()["link"]) == (True, {"loss": 0.5})
    transport.bench.set_link(device_id, {"cut": True})
    assert firmware.wire.closed
    assert (device()["real"], device()["link"]) == (False, {"loss": 0.5})
    with pytest.raises(DeviceNotFoundError, match="No firmware is connected"):
        transport.bench.set_link(device_id, {"takeover": True})
    with pytest.raises(DeviceNotFoundError, match="No firmware is connected"):
        transport.bench.send(device_id, {"rrpc": "?"})
    broker.close()
    await transport.aclose()
