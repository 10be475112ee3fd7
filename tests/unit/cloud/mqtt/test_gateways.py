"""`$gateway`: sub-devices behind their gateway's connection; and tokens of phones that set devices up."""

from typing import Any

import pytest

from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.services.gateways import sign_sub_device
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.schema import DEVICES
from devkit.model import read_model
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.helpers.models import LAMP_TEXT
from tests.unit.cloud.mqtt.conftest import said

GATEWAY, SUB = "GATEWAY001", "SUBPROD001"
SUB_ID = f"{SUB}/sub01"


@pytest.fixture
async def gateway(home: Home, broker: Broker) -> Firmware:
    with home.emulator.work() as work:
        model = read_model(LAMP_TEXT)
        add_product(work, GATEWAY, model, gateway=True)
        add_product(work, SUB, model)
        place = {"family_id": home.family_id, "user_id": home.users["owner"]}
        add_device(work, GATEWAY, "gate01", **place)
        add_device(work, SUB, "sub01", **place, gateway_id=f"{GATEWAY}/gate01")
        add_device(work, SUB, "loose", **place)
    made = Firmware(broker, f"{GATEWAY}/gate01")
    assert made.connect() == 0
    made.subscribe("$gateway/operation/result")
    return made


def operate(gateway: Firmware, kind: str, name: str = "sub01", **more: Any) -> int:
    device = {"product_id": SUB, "device_name": name, **more}
    answer = gateway.ask("$gateway/operation", {"type": kind, "payload": {"devices": [device]}})
    assert answer["type"] == kind
    (told,) = answer["payload"]["devices"]
    assert (told["product_id"], told["device_name"]) == (SUB, name)
    result: int = told["result"]
    return result


def test_the_vector_of_the_sdk() -> None:
    signed = sign_sub_device("c3Vic3Vic3Vic3Vic3ViMQ==", "SUBPROD001/sub01", 12345, 1700000000)
    assert signed == "3HSfW5gQSzmRBE12E9c/l7ZU7lE="


async def test_a_sub_device_works_on_its_gateways_connection(home: Home, gateway: Firmware) -> None:
    pushes = home.subscribe(SUB_ID)
    topics = [f"$thing/down/property/{SUB_ID}"]
    sub = Firmware.__new__(Firmware)
    sub.__dict__.update(gateway.__dict__, id=SUB_ID)
    assert sub.subscribe("$thing/down/property") == (0x80,)
    assert operate(gateway, "online") == 0
    assert (await anext(pushes)).sub_type == "Online"
    assert sub.subscribe("$thing/down/property") == (0,)
    reply = sub.ask("$thing/up/property", {"method": "report", "clientToken": "1", "params": {"power": 1}})
    assert reply["code"] == 0
    assert (await anext(pushes)).payload["params"] == {"power": 1}
    await home.call("AppControlDeviceData", DeviceId=SUB_ID, Data={"brightness": 9})
    await home.emulator.devices.idle()
    ((topic, message),) = list(sub.messages())
    assert (topic, message["params"]) == ("$thing/down/property", {"brightness": 9})
    assert topics
    assert operate(gateway, "offline") == 0
    assert not gateway.wire.closed
    assert [(await anext(pushes)).sub_type for _ in range(2)][-1] == "Offline"


async def test_sub_devices_go_when_their_gateway_goes(home: Home, gateway: Firmware) -> None:
    assert operate(gateway, "online") == 0
    gateway.connection.connection_lost(None)
    assert not home.emulator.devices.device(SUB_ID).online


def signature(home: Home, name: str = "loose", method: str = "hmacsha1", **change: Any) -> dict[str, Any]:
    stamp = home.clock.now_ms() // 1000
    with home.emulator.work() as work:
        row = work.tx.get(DEVICES, f"{SUB}/{name}")
    assert row
    fields = {"random": 12345, "timestamp": stamp, "signmethod": method, "authtype": "psk"}
    signed = sign_sub_device(row["psk"], f"{SUB}/{name}", 12345, stamp, method)
    return {"signature": signed, **fields, **change}


@pytest.mark.parametrize("method", ["hmacsha1", "hmacsha256"])
async def test_binding_attaches_and_unbinding_detaches(home: Home, gateway: Firmware, method: str) -> None:
    assert operate(gateway, "online", "loose") == -1
    assert operate(gateway, "bind", "loose", **signature(home, method=method)) == 0
    assert operate(gateway, "bind", "loose", **signature(home)) == 809
    listed = gateway.ask("$gateway/operation", {"type": "describe_sub_devices"})
    assert [row["device_name"] for row in listed["payload"]["devices"]] == ["sub01", "loose"]
    assert operate(gateway, "online", "loose") == 0
    assert operate(gateway, "unbind", "loose") == 0
    assert not home.emulator.devices.device(f"{SUB}/loose").online
    assert operate(gateway, "unbind", "loose") == -1


async def test_a_signature_attaches_once(home: Home, gateway: Firmware) -> None:
    first, again = signature(home, method="hmacsha1"), signature(home, method="hmacsha256")
    assert operate(gateway, "bind", "loose", **first) == 0
    assert operate(gateway, "bind", "loose", **again) == 809  # told once more, and heard by who listens
    assert operate(gateway, "unbind", "loose") == 0
    for heard in (first, again):
        assert operate(gateway, "bind", "loose", **heard) == 803


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"signature": "no"}, 803),
        ({"signmethod": "md5"}, 804),
        ({"timestamp": 1}, 805),
        ({"random": "12345"}, 801),
        ({"authtype": "certificate"}, 801),
    ],
)
async def test_bad_bindings_have_the_platforms_codes(
    home: Home, gateway: Firmware, change: dict[str, Any], result: int
) -> None:
    assert operate(gateway, "bind", "loose", **signature(home, **change)) == result
    assert f"result {result}" in said(home, "refused")


async def test_unknown_devices_and_no_gateways_are_refused(
    home: Home, gateway: Firmware, lamp: Firmware
) -> None:
    assert operate(gateway, "bind", "nobody") == 802
    assert operate(gateway, "online", "nobody") == 802
    lamp.subscribe("$gateway/operation/result")
    assert operate(lamp, "bind", "loose", **signature(home)) == 807


@pytest.mark.parametrize("payload", [None, {}, {"devices": []}, {"devices": "x"}, {"devices": [{}] * 101}])
async def test_lists_that_are_none_are_told(home: Home, gateway: Firmware, payload: Any) -> None:
    gateway.publish("$gateway/operation", {"type": "online", "payload": payload})
    assert "payload.devices" in said(home, "refused")
    gateway.publish("$gateway/operation", {"type": "invented"})
    assert list(gateway.messages()) == []


async def test_a_token_of_a_phone_leads_to_a_bound_device(home: Home, broker: Broker) -> None:
    with home.emulator.work() as work:
        add_device(work, "K7M2QX9D4A", "fresh01")
    token = (await home.call("AppCreateDeviceBindToken"))["Token"]
    firmware = Firmware(broker, "K7M2QX9D4A/fresh01").start()
    message = {"method": "app_bind_token", "clientToken": "t", "params": {"token": token}}
    reply = firmware.ask("$thing/up/service", message)
    assert (reply["method"], reply["code"], reply["clientToken"]) == ("app_bind_token_reply", 0, "t")
    assert (await home.call("AppGetDeviceBindTokenState", Token=token))["State"] == 2
    device = {"DeviceId": "K7M2QX9D4A/fresh01", "FamilyId": home.family_id, "RoomId": "0"}
    await home.call("AppTokenBindDeviceFamily", Token=token, **device)
    assert await home.call("AppGetDeviceData", DeviceId="K7M2QX9D4A/fresh01")
    assert list(firmware.messages()) == []  # no bind_device: it ends C firmware


@pytest.mark.parametrize("params", [None, {}, {"token": 3}, {"token": "none"}])
async def test_tokens_that_are_none_are_refused(lamp: Firmware, params: Any) -> None:
    message = {"method": "app_bind_token", "clientToken": "t", "params": params}
    assert lamp.ask("$thing/up/service", message)["code"] != 0


async def test_other_services_get_no_answer(home: Home, lamp: Firmware) -> None:
    lamp.publish("$thing/up/service", {"method": "call_service", "clientToken": "t"})
    assert list(lamp.messages()) == []
    assert "no service 'call_service'" in said(home, "refused")
