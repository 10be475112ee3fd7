"""Dynamic registration in both forms, with the vectors of the SDKs."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.api.signing import seal_key, sign_registration
from devkit.cloud.devices.mqtt.listening import DevicePorts, DeviceSide, open_device_side
from devkit.cloud.http.registration import sign_new_form
from devkit.cloud.seed import seed_home
from devkit.cloud.store.schema import DEVICES, PRODUCTS
from devkit.model import read_model
from tests.helpers.device_side import registration
from tests.helpers.firmware import Firmware
from tests.helpers.models import LAMP_TEXT

PRODUCT = "K7M2QX9D4A"


@pytest.fixture
async def side() -> AsyncIterator[DeviceSide]:
    emulator = Emulator(clock=ManualClock())
    with emulator.work() as work:
        seed_home(work, read_model(LAMP_TEXT), product_id=PRODUCT, device_name="lamp01")
    async with open_device_side(emulator, DevicePorts(plain=0, tls=0)) as opened:
        yield opened
    await emulator.aclose()


def secret_of(side: DeviceSide) -> str:
    with side.broker.emulator.work() as work:
        product = work.tx.get(PRODUCTS, PRODUCT)
    assert product
    return product["secret"]


def opened(payload: str, length: int, secret: str) -> dict[str, Any]:
    """Return what a payload holds, as firmware decrypts it."""
    cipher = Cipher(algorithms.AES(secret.encode()[:16]), modes.CBC(b"0" * 16)).decryptor()
    plain = cipher.update(base64.b64decode(payload)) + cipher.finalize()
    assert plain[length:] == b"\0" * (len(plain) - length)
    found: dict[str, Any] = json.loads(plain[:length])
    return found


def test_the_vector_of_the_old_form() -> None:
    secret = "XoezQjzzMedF4lAr2CqCkVYK"
    signed = sign_registration(
        product_id="L4WG9V9M2M", device_name="TEST2", nonce="1005258070", stamp_s=1611299964, secret=secret
    )
    assert signed == "YWM2ZjM1MDZlYzE4N2M1NGNiYjIwZTcwY2E1YTY5NzIyMWM0Mjg2NA=="
    assert seal_key("MLvMHde65nKPk0Lx+ZThaA==", secret) == (
        53,
        "sf1gANtJCT/PRC4ZHOypfkLnO53otVR/oBAnD3vXhS2m8XkbQ08bTCD+I1Tz5Jjo7vhAnC6QE3RgWWZGg6pWGg==",
    )


def test_the_vector_of_the_new_form() -> None:
    body = b'{"ProductId":"LOCALPROD1","DeviceName":"dev01"}'
    host = "ap-guangzhou.gateway.tencentdevices.com"
    signed = sign_new_form("XoezQjzzMedF4lAr2CqCkVYK", host, "/device/register", "1700000000", "12345", body)
    assert signed == "OduTtTs5rnDfYKbGVD/GHUfRdaso2ozXxN1p1CX/ptc="


def old_form(side: DeviceSide, name: str, **change: object) -> dict[str, object]:
    return {**registration(PRODUCT, name, secret_of(side)), **change}


async def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, content=body, headers=headers)
    assert answer.headers["content-length"] == str(len(answer.content))
    assert len(answer.content) <= 256
    return answer.json()


async def register_old(side: DeviceSide, name: str, **change: object) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded", "host": "gateway.tencentdevices.com"}
    body = json.dumps(old_form(side, name, **change)).encode()
    return await post(f"{side.files_url}/register/dev", body, headers)


async def register_new(side: DeviceSide, name: str, **change: str) -> Any:
    body = json.dumps({"ProductId": PRODUCT, "DeviceName": name}, separators=(",", ":")).encode()
    host, stamp = "ap-guangzhou.gateway.tencentdevices.com", str(side.broker.emulator.clock.now_ms() // 1000)
    signature = sign_new_form(secret_of(side), host, "/device/register", stamp, "12345", body)
    headers = {"Host": host, "X-TC-Algorithm": "hmacsha256", "X-TC-Timestamp": stamp, "X-TC-Nonce": "12345"}
    return await post(
        f"{side.files_url}/device/register", body, {**headers, "X-TC-Signature": signature, **change}
    )


async def test_a_new_device_registers_and_connects_with_what_it_got(side: DeviceSide) -> None:
    answer = await register_old(side, "fresh01")
    assert (answer["code"], answer["message"]) == (0, "success")
    found = opened(answer["payload"], answer["len"], secret_of(side))
    firmware = Firmware(side.broker, f"{PRODUCT}/fresh01")
    assert found == {"encryptionType": 2, "psk": firmware.secret}
    assert (await register_old(side, "fresh01"))["code"] == 0  # until it has connected
    assert firmware.connect() == 0
    answer = await register_old(side, "fresh01")
    assert answer["code"] != 0
    assert "payload" not in answer


async def test_the_new_form_gives_the_same_secret(side: DeviceSide) -> None:
    answer = (await register_new(side, "fresh02"))["Response"]
    found = opened(answer["Payload"], answer["Len"], secret_of(side))
    assert found["psk"] == Firmware(side.broker, f"{PRODUCT}/fresh02").secret


@pytest.mark.parametrize(
    "change",
    [{"signature": "no"}, {"nonce": "17"}, {"timestamp": None}, {"productId": "NOBODY"}, {"productId": 3},
     {"deviceName": ""}, {"deviceName": "x" * 49}, {"deviceName": "a/b"}],
)  # fmt: skip
async def test_the_old_form_refuses_in_words(side: DeviceSide, change: dict[str, object]) -> None:
    answer = await register_old(side, "fresh03", **change)
    assert answer["code"] != 0
    assert answer["message"]
    with side.broker.emulator.work() as work:
        assert work.tx.get(DEVICES, f"{PRODUCT}/fresh03") is None


@pytest.mark.parametrize(
    "change",
    [{"X-TC-Signature": "no"}, {"X-TC-Timestamp": "1"}, {"X-TC-Timestamp": "x"}, {"X-TC-Algorithm": "md5"}],
)
async def test_the_new_form_refuses_in_words(side: DeviceSide, change: dict[str, str]) -> None:
    answer = (await register_new(side, "fresh04", **change))["Response"]
    assert "Len" not in answer
    assert answer["Error"]["Message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{" * 20_000, b'{"productId":1}'])
async def test_bodies_that_are_none_are_refused(side: DeviceSide, body: bytes) -> None:
    assert (await post(f"{side.files_url}/register/dev", body))["code"] != 0
    assert "Error" in (await post(f"{side.files_url}/device/register", body))["Response"]


async def test_head_and_body_come_in_one_read(side: DeviceSide) -> None:
    """The C SDK takes them apart in the first packet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(side.files_url.rpartition(":")[2]))
    writer.write(
        b"POST /register/dev HTTP/1.1\r\nHost: gateway.tencentdevices.com\r\nContent-Length: 2\r\n\r\n{}"
    )
    first = await reader.read(4096)
    assert first.partition(b"\r\n\r\n")[2].endswith(b"}")
    writer.close()
