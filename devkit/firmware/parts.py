"""What a project's device is made of: its class, its thing model, and its sub-devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.cloud.devices.device import VirtualDevice
from devkit.firmware.running import DevicePart
from devkit.model.product import product_kind
from devkit.model.project import project_model

if TYPE_CHECKING:
    from devkit.settings import Settings


def device_parts(settings: Settings, device_id: str, spec: str = "") -> dict[str, DevicePart]:
    """Return the device first, then the sub-devices of a gateway, which do what they are told.

    spec: file.py:Class or module:Class, "" for a device that does what it is told.
    Errors: SettingsError for a class that is not there; ModelError.
    """
    from devkit.phone.scenario import load_device

    model = project_model(settings)
    kind = load_device(spec, settings.project, "device") if spec else VirtualDevice
    subs = product_kind(settings, model).sub_devices
    return {
        device_id: DevicePart(model, kind),
        **{f"{sub.product_id}/{sub.device_name}": DevicePart(sub.model) for sub in subs},
    }
