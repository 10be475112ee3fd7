"""The thing model, keys and app of docs/reference/ble.md's example frames."""

import json

from devkit.ble import ValueChanged
from devkit.ble.llsync import codes
from devkit.ble.llsync.codes import INFO, SERVICE
from devkit.ble.llsync.frames import cut
from devkit.ble.llsync.identity import connect_request_signature
from devkit.model import read_model

PRODUCT, NAME = "STUBPROD01", "dev01"
MAC = "11:22:33:44:55:66"
NUMBER = {"type": "int", "min": "-1000", "max": "1000", "start": "0", "step": "1", "unit": ""}
MODES = {"type": "enum", "mapping": {"0": "a", "1": "b", "2": "c"}}
SWITCH = {"type": "bool", "mapping": {"0": "off", "1": "on"}}
FLOAT = {"type": "float", "min": "-100", "max": "100", "start": "0", "step": "0.1", "unit": ""}
CONF = {
    "type": "struct",
    "specs": [
        {"id": "on", "name": "on", "dataType": SWITCH},
        {"id": "lv", "name": "lv", "dataType": NUMBER},
    ],
}


def _property(name: str, define: dict) -> dict:
    return {"id": name, "name": name, "desc": "", "mode": "rw", "required": False, "define": define}


TEMPLATE = {
    "version": "1.0",
    "profile": {"ProductId": PRODUCT, "CategoryId": "1"},
    "properties": [
        _property("power_switch", SWITCH),
        _property("brightness", NUMBER),
        _property("name", {"type": "string", "min": "0", "max": "512"}),
        _property("temperature", FLOAT),
        _property("mode", MODES),
        _property("at", {"type": "timestamp"}),
        _property("conf", CONF),
        _property("steps", {"type": "array", "arrayInfo": {"type": "int", **NUMBER}}),
    ],
    "events": [
        {
            "id": "low", "name": "low", "type": "alert", "desc": "", "required": False,
            "params": [
                {"id": "level", "name": "level", "define": NUMBER},
                {"id": "note", "name": "note", "define": {"type": "string", "min": "0", "max": "512"}},
            ],
        }
    ],
    "actions": [
        {
            "id": "turn", "name": "turn", "desc": "", "required": False,
            "input": [{"id": "angle", "name": "angle", "define": NUMBER}],
            "output": [{"id": "done", "name": "done", "define": SWITCH}],
        }
    ],
}  # fmt: skip


def model():
    return read_model(json.dumps(TEMPLATE))


def replies(lab) -> list[bytes]:
    """Return what the device has sent, oldest first."""
    return [event.value for event in lab.seen(ValueChanged)]


async def say(lab, device, uuid: str, *frames: str | bytes) -> list[bytes]:
    """Write frames and return what the device answers."""
    before = len(replies(lab))
    for frame in frames:
        value = bytes.fromhex(frame) if isinstance(frame, str) else frame
        await lab.central.write(device.address, SERVICE, uuid, value)
    await lab.wait()
    return replies(lab)[before:]


async def meet(lab, device) -> None:
    """Connect and listen, as every app does first."""
    await lab.central.connect(device.address)
    await lab.central.set_notify(device.address, SERVICE, codes.EVENT)


async def authorize(lab, device, timestamp: int = 1_795_420_420) -> None:
    """Prove both sides, up to the device's information."""
    await meet(lab, device)
    data = timestamp.to_bytes(4, "big") + connect_request_signature(device.binding.local_psk, timestamp)
    await say(lab, device, INFO, *cut(codes.Info.CONNECT, data, 20))
    await say(lab, device, INFO, "05", "0C")
