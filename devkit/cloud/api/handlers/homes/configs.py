"""Free settings that applications keep on the platform, per device and per user and device."""

from __future__ import annotations

from collections.abc import Callable

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.store.schema import CONFIGS, ConfigRow

ALL = "*"
EVERYONE = ""


def _setter(owner_of: Callable[[Call], str], name: str) -> Callable[[Call], Answer]:
    def set_config(call: Call) -> Answer:
        device = call.usable_device()
        row = ConfigRow(
            owner=owner_of(call),
            device_id=device["device_id"],
            name=call.text("DeviceKey"),
            value=call.text("DeviceValue"),
        )
        call.tx.put(CONFIGS, row)
        return {}

    set_config.__doc__ = f"Keep a text under a key. Source: npm qcloud-iotexplorer-appdev-sdk@3.0.115 {name}."
    return set_config


def _getter(owner_of: Callable[[Call], str], name: str) -> Callable[[Call], Answer]:
    def get_config(call: Call) -> Answer:
        device = call.usable_device()
        where = {"owner": owner_of(call), "device_id": device["device_id"]}
        keys = call.params.get("DeviceKeys") or [call.text("DeviceKey", ALL)]
        rows = call.tx.find(CONFIGS, where)
        return {"Configs": {row["name"]: row["value"] for row in rows if ALL in keys or row["name"] in keys}}

    get_config.__doc__ = (
        f'Return texts by key, "*" for all. Source: npm qcloud-iotexplorer-appdev-sdk@3.0.115 {name}.'
    )
    return get_config


def _everyone(call: Call) -> str:
    return EVERYONE


def _caller(call: Call) -> str:
    return call.user_id


ACTIONS = {
    "AppSetDeviceConfig": _setter(_everyone, "setDeviceConfig"),
    "AppGetDeviceConfig": _getter(_everyone, "getDeviceConfig"),
    "AppSetUserDeviceConfig": _setter(_caller, "setUserDeviceConfig"),
    "AppGetUserDeviceConfig": _getter(_caller, "getUserDeviceConfig"),
}
