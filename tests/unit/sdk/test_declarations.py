"""The declarations that templates ship name the same Bluetooth members as the member table."""

import re

from devkit.resources import packed_files
from devkit.sdk.surface import MEMBERS

TEXT = packed_files("templates")["_shared/h5-panel-sdk.d.ts"].decode()
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TOKEN = re.compile(r"=>|[{}()\[\]<>]|([A-Za-z_]\w*)(?=\??\s*[:(])")
STATICS = {"new", "serviceId", "deviceFilter"}


def declared(interface: str) -> set[str]:
    """Return the names of an interface's own members."""
    found = re.search(rf"interface {interface}\b[^{{]*{{", TEXT)
    assert found, interface
    names, depth = set(), 0
    for token in TOKEN.finditer(COMMENT.sub("", TEXT[found.end() :])):
        text = token.group()
        if text in "{([<":
            depth += 1
        elif text in "})]>":
            depth -= 1
        elif text != "=>" and depth == 0:
            names.add(text)
        if depth < 0:
            break
    return names


def named(prefix: str, *kinds: str) -> set[str]:
    """Return the first part of the names in the table that start with prefix."""
    found = [item.name for item in MEMBERS if item.name.startswith(prefix) and item.kind in kinds]
    return {name.removeprefix(prefix).partition(".")[0] for name in found}


def test_the_adapter() -> None:
    emitter = declared("Emitter")
    assert named("blueToothAdapter.", "method") == declared("BluetoothAdapter") | (emitter & {"on", "off"})
    assert named("event blueToothAdapter ", "event") == declared("BleAdapterEvents")


def test_a_device() -> None:
    ours = declared("DeviceAdapter") | declared("StandardDeviceAdapter") | {"on", "off"}
    assert named("deviceAdapter.", "method", "attribute") == ours
    assert named("event deviceAdapter ", "event") == declared("DeviceAdapterEvents")


def test_the_classes() -> None:
    assert declared("DeviceAdapterClass") == STATICS
    for name in ("DeviceAdapter", "StandardDeviceAdapter"):
        assert named(f"{name}.", "static") <= STATICS
        assert f"export const {name}: " in TEXT
    assert {"blueToothAdapter", "getBleDeviceAdapter", "DeviceAdapter", "StandardDeviceAdapter"} <= declared(
        "Sdk"
    )
    assert "injectOptions" in TEXT
