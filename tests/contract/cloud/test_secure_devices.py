"""The device side over TLS with certificates, over WebSocket, and registration over HTTPS."""

import asyncio
import contextlib
import json
import socket
import ssl
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import websockets
from paho.mqtt import client as paho

from devkit.cloud.devices.authority import DeviceAuthority
from devkit.cloud.devices.mqtt.codec import Connack, Connect, Publish, Subscribe, encode
from devkit.cloud.store.schema import PRODUCTS
from devkit.errors import ServeError
from tests.helpers.device_side import ServedHome, registration, served_home

DOWN = "$thing/down/property"


@pytest.fixture(scope="module")
def authority() -> DeviceAuthority:
    return DeviceAuthority()


@pytest.fixture(scope="module")
def trusting(authority: DeviceAuthority) -> Callable[[], ssl.SSLContext]:
    """Return what makes a client's context that knows the authority, as firmware does."""

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=authority.pem.decode())
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 has it by default
        return context

    return make


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[ServedHome]:
    async with served_home() as made:
        yield made


@pytest.fixture(scope="module")
def of_lamp(served: ServedHome, authority: DeviceAuthority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the lamp's certificate and key."""
    pair = authority.for_device(served.client_id)
    file = tmp_path_factory.mktemp("lamp") / "lamp.pem"
    file.write_bytes(pair.key + pair.certificate)
    return file


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def refusals(served: ServedHome) -> str:
    told = [data for kind, data in served.home.heard if kind == "mqtt" and data.get("state") == "refused"]
    return "\n".join(data["words"] for data in told)


async def is_the_lamp(served: ServedHome, client: paho.Client, port: int) -> None:
    """Connect a client, control the lamp, and wait until the client has heard it."""
    loop = asyncio.get_running_loop()
    ready, heard = loop.create_future(), loop.create_future()
    client.on_connect = lambda *args: client.subscribe(served.topic(DOWN), 1)
    client.on_subscribe = lambda *args: loop.call_soon_threadsafe(ready.set_result, None)
    client.on_message = lambda *args: loop.call_soon_threadsafe(heard.set_result, args[2].payload)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    try:
        async with asyncio.timeout(20):
            await ready
            await served.home.lamp("AppControlDeviceData", Data={"brightness": 7})
            assert json.loads(await heard)["params"] == {"brightness": 7}
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


def client_of(served: ServedHome, transport: str = "tcp", *, password: bool = True) -> paho.Client:
    made = paho.Client(
        paho.CallbackAPIVersion.VERSION2, served.client_id, protocol=paho.MQTTv311, transport=transport
    )  # type: ignore[arg-type]
    made.username_pw_set(served.username, served.password if password else None)
    return made


async def test_paho_is_the_lamp_over_a_websocket(served: ServedHome) -> None:
    await is_the_lamp(served, client_of(served, "websockets"), port_of(served.side.files_url))


async def test_paho_is_the_lamp_over_a_websocket_in_tls(
    served: ServedHome, trusting: Callable[[], ssl.SSLContext]
) -> None:
    client = client_of(served, "websockets")
    client.tls_set_context(trusting())
    await is_the_lamp(served, client, port_of(served.side.https_url))


async def test_paho_proves_itself_by_a_certificate_and_sends_no_password(
    served: ServedHome, trusting: Callable[[], ssl.SSLContext], of_lamp: Path
) -> None:
    context = trusting()
    context.load_cert_chain(of_lamp)
    client = client_of(served, password=False)
    client.tls_set_context(context)
    await is_the_lamp(served, client, port_of(served.side.tls_url))


async def test_in_tls_a_password_does_as_well(
    served: ServedHome, trusting: Callable[[], ssl.SSLContext]
) -> None:
    client = client_of(served)
    client.tls_set_context(trusting())
    await is_the_lamp(served, client, port_of(served.side.tls_url))


async def hello(served: ServedHome, context: ssl.SSLContext, client_id: str) -> bytes:
    """Open TLS, send CONNECT without a password and return what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served.side.tls_url), ssl=context)
    writer.write(encode(Connect(4, client_id, 60, username=served.username)))
    try:
        return await reader.read(4)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_certificate_is_of_one_device(
    served: ServedHome, trusting: Callable[[], ssl.SSLContext], of_lamp: Path
) -> None:
    context = trusting()
    context.load_cert_chain(of_lamp)
    other = served.home.device_id.partition("/")[0] + "other"
    with served.home.emulator.work() as work:
        from devkit.cloud.seed import add_device

        add_device(work, served.home.device_id.partition("/")[0], "other")
    assert await hello(served, context, other) == encode(Connack(5))
    assert f"is that of {served.client_id}, but the client id is {other}" in refusals(served)


def distrust(port: int) -> None:
    """Do a handshake with a client that does not know the authority."""
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost"),
    ):
        pass


async def test_what_tls_does_not_take_is_said(
    served: ServedHome, trusting: Callable[[], ssl.SSLContext], tmp_path: Path
) -> None:
    pair = DeviceAuthority(tmp_path).for_device(served.client_id)
    file = tmp_path / "foreign.pem"
    file.write_bytes(pair.key + pair.certificate)
    context = trusting()
    context.load_cert_chain(file)
    with contextlib.suppress(OSError):
        await hello(served, context, served.client_id)
    assert "its certificate is not of the authority here" in refusals(served)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.to_thread(distrust, port_of(served.side.tls_url))
    async with asyncio.timeout(20):
        while "does not know the authority here" not in refusals(served):
            await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served.side.tls_url))
    writer.write(encode(Connect(4, served.client_id, 60)))  # MQTT without TLS at the port of TLS
    assert await reader.read() == b""
    writer.close()


async def test_registration_over_https(served: ServedHome, trusting: Callable[[], ssl.SSLContext]) -> None:
    product_id = served.home.device_id.partition("/")[0]
    with served.home.emulator.work() as work:
        product = work.tx.get(PRODUCTS, product_id)
    assert product
    body = registration(product_id, "fresh", product["secret"])
    async with httpx.AsyncClient(verify=trusting(), trust_env=False) as client:
        answer = await client.post(f"{served.side.https_url}/register/dev", content=json.dumps(body))
    assert answer.json()["code"] == 0


async def test_packets_need_not_end_where_frames_do(served: ServedHome) -> None:
    url = f"ws://127.0.0.1:{port_of(served.side.files_url)}/mqtt"
    connect = Connect(4, served.client_id, 60, username=served.username, password=served.password.encode())
    sent = encode(connect) + encode(Subscribe(1, ((served.topic(DOWN), 0),)))
    sent += encode(Publish(served.topic("$thing/up/property"), b'{"method":"get_status","clientToken":"w"}'))
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("mqtt")]) as socket:
        for place in range(0, len(sent), 11):
            await socket.send(sent[place : place + 11])
        got = b""
        async with asyncio.timeout(20):
            while b"get_status_reply" not in got:
                part = await socket.recv()
                assert isinstance(part, bytes)
                got += part
    assert got.startswith(encode(Connack(0)))


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "offers no subprotocol"),
        ({"Sec-WebSocket-Protocol": "mqtt", "Origin": "https://evil.example"}, "A page of https://evil"),
    ],
)
async def test_websockets_of_others_are_refused(
    served: ServedHome, headers: dict[str, str], words: str
) -> None:
    url = f"ws://127.0.0.1:{port_of(served.side.files_url)}/mqtt"
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(url, additional_headers=headers):
            pass
    assert words in refusals(served)


async def test_text_frames_end_the_connection(served: ServedHome) -> None:
    url = f"ws://127.0.0.1:{port_of(served.side.files_url)}/mqtt"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("mqtt")]) as socket:
        await socket.send("CONNECT")
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()


async def test_the_authority_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    made = DeviceAuthority(tmp_path)
    assert made.pem == DeviceAuthority(tmp_path).pem
    file = tmp_path / "ca-devices.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("nothing")
    with pytest.raises(ServeError, match="is no authority of devices"):
        _ = DeviceAuthority(tmp_path).pem
