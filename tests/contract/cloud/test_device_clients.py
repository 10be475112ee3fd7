"""Real clients at the device side: aiomqtt, paho-mqtt, mosquitto's, and the platform's Python SDK."""

import asyncio
import contextlib
import json
import queue
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from click.testing import CliRunner
from paho.mqtt import client as paho

from devkit.cli.main import main
from devkit.cloud.devices.mqtt import tls
from devkit.cloud.devices.mqtt.codec import Connack, Connect, encode
from tests.helpers.device_sdk import FIRMWARE, install_device_sdk
from tests.helpers.device_side import ServedHome, served_home
from tests.helpers.models import LAMP_TEXT

UP, DOWN = "$thing/up/property", "$thing/down/property"


@pytest.fixture
async def served() -> AsyncIterator[ServedHome]:
    async with served_home() as made:
        yield made


async def control(served: ServedHome, **values: object) -> None:
    await served.home.lamp("AppControlDeviceData", Data=values)


@pytest.mark.parametrize("version", [aiomqtt.ProtocolVersion.V31, aiomqtt.ProtocolVersion.V311])
@pytest.mark.parametrize("qos", [0, 1])
async def test_aiomqtt_is_the_lamp(served: ServedHome, version: aiomqtt.ProtocolVersion, qos: int) -> None:
    opening = aiomqtt.Client(
        "127.0.0.1", served.port, username=served.username, password=served.password,
        identifier=served.client_id, protocol=version,
    )  # fmt: skip
    async with opening as client:
        await client.subscribe(served.topic(DOWN), qos=qos)
        await control(served, brightness=70)
        message = await anext(aiter(client.messages))
        control_message = json.loads(message.payload)
        assert control_message["params"] == {"brightness": 70}
        assert message.qos == qos
        reply = {"method": "control_reply", "clientToken": control_message["clientToken"], "code": 0}
        await client.publish(served.topic(UP), json.dumps(reply), qos=qos)
        report = {"method": "report", "clientToken": "P-0", "params": {"brightness": 70}}
        await client.publish(served.topic(UP), json.dumps(report), qos=qos)
        answer = json.loads((await anext(aiter(client.messages))).payload)
        assert (answer["method"], answer["code"], answer["clientToken"]) == ("report_reply", 0, "P-0")
        assert served.home.values()["brightness"] == 70


async def test_aiomqtt_hears_why_it_may_not_connect(served: ServedHome) -> None:
    client = aiomqtt.Client(
        "127.0.0.1", served.port, username=served.username, password="no;hmacsha1",
        identifier=served.client_id, protocol=aiomqtt.ProtocolVersion.V311,
    )  # fmt: skip
    with pytest.raises(aiomqtt.MqttError, match="user name or password"):
        async with client:
            pass


async def test_paho_keeps_its_connection_and_loses_it_to_another(served: ServedHome) -> None:
    messages: queue.Queue[bytes] = queue.Queue()
    ready, lost = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, served.client_id, protocol=paho.MQTTv311)
    client.username_pw_set(served.username, served.password)
    client.on_message = lambda *args: messages.put(args[2].payload)
    client.on_subscribe = lambda *args: loop.call_soon_threadsafe(ready.set)
    client.on_connect = lambda *args: client.subscribe(served.topic(DOWN), 1)
    client.on_disconnect = lambda *args: loop.call_soon_threadsafe(lost.set)
    client.connect_async("127.0.0.1", served.port, keepalive=60)
    client.loop_start()
    try:
        await asyncio.wait_for(ready.wait(), 20)
        await control(served, power=1)
        got = await asyncio.to_thread(messages.get, timeout=20)
        assert json.loads(got)["params"] == {"power": 1}
        served.side.broker.leave(served.home.device_id, "It was taken offline by hand.")
        await asyncio.wait_for(lost.wait(), 20)
    finally:
        await asyncio.to_thread(client.loop_stop)


async def test_mosquitto_publishes_and_subscribes(served: ServedHome) -> None:
    login = ["-h", "127.0.0.1", "-p", str(served.port), "-i", served.client_id, "-u", served.username,
             "-P", served.password, "-V", "mqttv311", "-q", "1"]  # fmt: skip
    report = json.dumps({"method": "report", "clientToken": "m-1", "params": {"power": 1}})
    sending = await asyncio.create_subprocess_exec(
        "mosquitto_pub", *login, "-t", served.topic(UP), "-m", report
    )
    assert await sending.wait() == 0
    assert served.home.values()["power"] == 1
    pushes = served.home.subscribe()
    listening = await asyncio.create_subprocess_exec(
        "mosquitto_sub", *login, "-t", served.topic(DOWN), "-C", "1", stdout=asyncio.subprocess.PIPE
    )
    assert (await anext(pushes)).sub_type == "Online"
    body = served.side.broker.body(served.home.device_id)
    async with asyncio.timeout(20):
        while body.connection.granted(served.topic(DOWN)) is None:
            await asyncio.sleep(0)
    await control(served, brightness=3)
    out, _ = await listening.communicate()
    assert json.loads(out)["params"] == {"brightness": 3}


async def test_killed_firmware_is_offline_at_once(served: ServedHome) -> None:
    pushes = served.home.subscribe()
    listening = await asyncio.create_subprocess_exec(
        "mosquitto_sub", "-h", "127.0.0.1", "-p", str(served.port), "-i", served.client_id,
        "-u", served.username, "-P", served.password, "-V", "mqttv31", "-t", served.topic(DOWN),
    )  # fmt: skip
    async with asyncio.timeout(20):
        while served.home.device_id not in served.side.broker.connected():
            await asyncio.sleep(0.005)
    listening.kill()
    await listening.wait()
    assert (await anext(pushes)).sub_type == "Offline"


@pytest.mark.skipif(not tls.KEYS_POSSIBLE, reason="keys without certificates need Python 3.13's ssl")
@pytest.mark.parametrize("suite", ["PSK-AES128-CBC-SHA", "PSK-AES256-CBC-SHA"])
async def test_firmware_proves_itself_by_its_key_in_tls(served: ServedHome, suite: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # there is no certificate in these suites
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{suite}:@SECLEVEL=0")
    key = tls.decode_secret(served.secret)
    if sys.version_info >= (3, 13):
        context.set_psk_client_callback(lambda hint: (served.client_id, key))
    port = int(served.side.tls_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(encode(Connect(4, served.client_id, 60, username=served.username)))
    assert await reader.readexactly(4) == encode(Connack(0))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def test_without_python_3_13_the_way_out_is_said() -> None:
    assert "FEATURE_AUTH_WITH_NOTLS" in tls.WHY_NO_KEYS


@pytest.fixture(scope="session")
def device_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_device_sdk(tmp_path_factory)


async def test_the_platforms_python_sdk_is_the_lamp(
    served: ServedHome, device_sdk: Path, tmp_path: Path
) -> None:
    product_id, _, name = served.home.device_id.partition("/")
    device = {"DEVICE_PRODUCT_ID": product_id, "DEVICE_NAME": name, "DEVICE_SECRET": served.secret}
    running = await asyncio.create_subprocess_exec(
        sys.executable, str(FIRMWARE),
        env={**device, "DEVICE_PORT": str(served.port), "PYTHONPATH": str(device_sdk)},
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert running.stdout
    seen: list[str] = []

    async def line(word: str) -> str:
        async with asyncio.timeout(60):
            while text := (await running.stdout.readline()).decode():  # type: ignore[union-attr]
                seen.append(text)
                if text.startswith(word):
                    return text
        raise AssertionError("".join(seen))

    try:
        await line("ready")
        await control(served, brightness=42)
        assert "42" in await line("control")
        await line("reported")
        assert served.home.values()["brightness"] == 42
        words = [data.get("words", "") for kind, data in served.home.heard if kind == "mqtt"]
        assert any("MQTT 3.1 from" in text for text in words)
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


def test_the_check_finds_what_the_python_sdk_forgets(
    device_sdk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers controls, of several in a row the last alone, and does not subscribe again after a cut."""
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(device_sdk))
    program = [sys.executable, str(FIRMWARE)]
    ports = ["--mqtt-port", "0", "--mqtt-tls-port", "0", "--patience", "1"]
    names = ["log-in", "subscriptions", "properties", "burst", "silence", "reconnect", "nothing-refused"]
    only = [word for name in names for word in ("--only", name)]
    result = CliRunner().invoke(main, ["firmware", "check", *ports, *only, "--", *program])
    failed = [line for line in result.output.splitlines() if line.startswith("✗")]
    # how many of a burst it forgets is a matter of its threads' pace
    assert {line.split()[1] for line in failed} | {"burst:"} == {"burst:", "reconnect:"}, result.output
    assert "It did not subscribe within" in result.output
