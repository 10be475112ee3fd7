"""Signatures against the platform's vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

from devkit.cloud.api.signing import sign_binding, sign_call, sign_gateway, source_text
from devkit.cloud.seed import APP_KEY, APP_SECRET
from devkit.errors import CloudApiError
from devkit.transport.signature import sign
from tests.contract.cloud.world import World

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["calls"])
def test_signed_calls(vector: dict[str, Any]) -> None:
    assert source_text(vector["params"]) == vector["source"]
    assert sign_call(vector["params"], vector["secret"]) == vector["signature"]
    assert sign(vector["params"], vector["secret"]) == vector["signature"]


@pytest.mark.parametrize("kind", ["wifi_sign", "bluetooth_sign"])
def test_device_signatures(kind: str) -> None:
    for vector in VECTORS[kind]:
        signature = sign_binding(
            kind,
            vector["method"],
            product_id="K7M2QX9D4A",
            device_name="lamp01",
            conn_id="48213",
            stamp_s=1750000000,
            psk=vector["psk"],
        )
        assert signature == vector["signature"]


def test_gateway_signature() -> None:
    (vector,) = VECTORS["gateway"]
    params = vector["params"]
    signature = sign_gateway(
        product_id=params["productId"],
        device_name=params["deviceName"],
        nonce=params["nonce"],
        stamp_s=params["timestamp"],
        secret=vector["product_secret"],
    )
    assert signature == vector["signature"]


def signed(world: World, secret: str = APP_SECRET, **changes: Any) -> dict[str, Any]:
    params = {
        "Action": "AppGetTokenByWeiXin",
        "RequestId": "r",
        "AppKey": APP_KEY,
        "Timestamp": world.clock.now_ms() // 1000,
        "Nonce": 71087795,
        "WxOpenID": "oNew",
        "NickName": "小美 & co",
        "Avatar": "https://a.example.com/x.jpg",
        **changes,
    }
    return {**params, "Signature": sign_call(params, secret)}


def test_a_good_signature_works_once(world: World) -> None:
    world.emulator.check_signature(signed(world))
    with pytest.raises(CloudApiError, match="Nonce was used already"):
        world.emulator.check_signature(signed(world))
    world.emulator.check_signature(signed(world, Nonce=5))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"AppKey": "other"}, "no application"),
        ({"Timestamp": 1_750_000_000 - 301}, "Timestamp must be within 300 s"),
        ({"Timestamp": "soon"}, "Timestamp must be within 300 s"),
        ({"Nonce": -5}, "Nonce must be a whole number above 0"),
        ({"Nonce": ""}, "Nonce is missing"),
        ({"AppKey": ["x"]}, "no application"),
    ],
)
def test_a_call_that_is_not_signed_properly(world: World, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CloudApiError, match=text):
        world.emulator.check_signature(signed(world, **changes))
    with pytest.raises(CloudApiError, match="Signature does not fit"):
        world.emulator.check_signature(signed(world, secret="wrong"))
    world.emulator.check_signature(signed(world))


async def test_nonces_are_forgotten_when_they_can_no_longer_be_replayed(world: World) -> None:
    for number in range(1, 50):
        world.emulator.check_signature(signed(world, Nonce=number))
    await world.settle(301_000)
    world.emulator.check_signature(signed(world, Nonce=1))
    with world.emulator.work() as work:
        assert work.tx.count("nonces", {}) == 1
