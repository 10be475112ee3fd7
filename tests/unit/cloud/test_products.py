"""Kinds of products: how they are connected, and gateways with their sub-devices."""

import json
from pathlib import Path
from typing import Any

import pytest

from devkit.errors import ModelError, SettingsError
from devkit.model import read_model
from devkit.settings import load_settings
from devkit.transport import open_transport
from devkit.transport.local import LocalTransport
from tests.helpers.models import LAMP, LAMP_ID, LAMP_TEXT

GATEWAY_TOML = """
gateway = true
net_type = "cellular"
[sub_devices]
"SENSOR0001/door" = "sensor.json"
"SENSOR0001/window" = "sensor.json"
"""
SENSOR = {"properties": [{"id": "open", "define": {"type": "bool"}}], "profile": {"NetType": "ble"}}


def written(folder: Path, model: Any = LAMP_TEXT, toml: str = "") -> Path:
    (folder / "thing-model.json").write_text(model if isinstance(model, str) else json.dumps(model), "utf-8")
    (folder / "sensor.json").write_text(json.dumps(SENSOR), "utf-8")
    (folder / "devkit.toml").write_text(toml, "utf-8")
    return folder


async def product_and_device(project: Path, **flags: Any) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    transport = await open_transport(load_settings(project, flags, {}))
    assert isinstance(transport, LocalTransport)
    try:
        device_id = next(iter(transport.bench.snapshot()["devices"]))
        product_id, _, name = device_id.partition("/")
        product = (await transport.call("AppGetProducts", {"ProductIds": [product_id]}))["Products"][0]
        device = (await transport.call("AppGetDevice", {"DeviceId": device_id}))["Data"]
        subs: list[str] = []
        if product["ProductType"] == 5:
            asked = {"GatewayProductId": product_id, "GatewayDeviceName": name, "Offset": 0, "Limit": 50}
            found = await transport.call("AppGetFamilySubDeviceList", asked)
            subs = sorted(row["DeviceId"] for row in found["DeviceList"])
        return product, device, subs
    finally:
        await transport.aclose()


async def test_a_product_is_plain_and_on_wifi_when_nothing_says_otherwise(tmp_path: Path) -> None:
    product, device, subs = await product_and_device(written(tmp_path))
    assert (product["ProductType"], product["NetType"], device["DeviceType"], subs) == (0, "wifi", 0, [])


async def test_a_flag_makes_a_gateway_with_two_sub_devices(tmp_path: Path) -> None:
    product, device, subs = await product_and_device(written(tmp_path), gateway=True)
    assert (product["ProductType"], device["DeviceType"]) == (5, 1)
    assert subs == ["SUBDEVICE1/sub01", "SUBDEVICE1/sub02"]


async def test_the_settings_name_sub_devices_and_their_thing_models(tmp_path: Path) -> None:
    product, _, subs = await product_and_device(written(tmp_path, toml=GATEWAY_TOML))
    assert (product["ProductType"], product["NetType"]) == (5, "cellular")
    assert subs == ["SENSOR0001/door", "SENSOR0001/window"]
    transport = await open_transport(load_settings(tmp_path, {}, {}))
    assert isinstance(transport, LocalTransport)
    assert transport.bench.snapshot()["devices"]["SENSOR0001/door"]["properties"] == {"open": 0}
    sub = (await transport.call("AppGetDevice", {"DeviceId": "SENSOR0001/door"}))["Data"]
    sensor = (await transport.call("AppGetProducts", {"ProductIds": ["SENSOR0001"]}))["Products"][0]
    assert (sub["DeviceType"], sensor["NetType"]) == (2, "ble")
    await transport.aclose()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: {"Product": {"NetType": "ethernet", "ProductType": 5, "DataTemplate": model}},
        lambda model: {
            "Products": [{"NetType": "ethernet", "ProductType": "5", "DataTemplate": json.dumps(model)}]
        },
        lambda model: {**model, "NetType": "ethernet", "ProductType": 5},
        lambda model: {**model, "profile": {**model["profile"], "NetType": "ethernet", "ProductType": 5}},
    ],
)  # fmt: skip
async def test_the_file_of_the_thing_model_tells_the_kind(tmp_path: Path, wrap: Any) -> None:
    product, _, subs = await product_and_device(written(tmp_path, wrap(LAMP)))
    assert (product["ProductType"], product["NetType"], len(subs)) == (5, "ethernet", 2)
    assert product["ProductId"] == LAMP_ID.partition("/")[0]
    plain, _, _ = await product_and_device(tmp_path, gateway=False)
    assert plain["ProductType"] == 0


async def test_a_kept_sandbox_follows_the_settings(tmp_path: Path) -> None:
    written(tmp_path)
    for gateway in (False, True, True, False):
        product, device, subs = await product_and_device(tmp_path, db="project", gateway=gateway)
        assert (product["ProductType"], device["DeviceType"]) == ((5, 1) if gateway else (0, 0))
        assert len(subs) == (2 if gateway else 0)


async def test_what_is_no_sub_device_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'door' is no device"):
        await product_and_device(written(tmp_path, toml='[sub_devices]\ndoor = ""\n'))
    with pytest.raises(ModelError, match="no such file"):
        await product_and_device(written(tmp_path, toml='[sub_devices]\n"S/door" = "none.json"\n'))


def test_odd_kinds_in_the_file_are_no_kinds() -> None:
    for odd in ("gateway", [5], {"a": 1}, -1):
        assert read_model(json.dumps({**LAMP, "ProductType": odd})).product_type == 0
