"""What a rule does to a device."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from devkit.cloud.api.wire import new_token
from devkit.cloud.push.changes import control_payload
from devkit.cloud.store.schema import DEVICES
from devkit.cloud.store.work import Work
from devkit.errors import PropertyValueError
from devkit.json_types import JSON

logger = logging.getLogger(__name__)


def control(work: Work, device_id: str, data: str) -> None:
    """Control a device for a rule; one that is gone, offline or has another thing model now is left alone."""
    device = work.tx.get(DEVICES, device_id)
    if device is None or not device["online"]:
        logger.info("A rule leaves %s alone: it is offline or gone.", device_id)
        return
    try:
        values = work.emulator.model(work.tx, device["product_id"]).validate(json.loads(data))
    except PropertyValueError as error:
        logger.info("A rule leaves %s alone: %s", device_id, error)
        return
    topic = f"$thing/down/property/{device_id}"
    work.push(device_id, "Property", "Push", control_payload(values, new_token("c-")), topic)
    work.after(lambda: work.emulator.devices.control(device_id, values))


def in_family(work: Work, family_id: str, device_id: str) -> bool:
    """Tell whether a device is still in the family of a rule, which has no say elsewhere."""
    device = work.tx.get(DEVICES, device_id)
    return device is not None and device["family_id"] == family_id


def device_of(place: Mapping[str, JSON]) -> str:
    """Return the device that an action or a condition names."""
    return str(place.get("DeviceId") or f"{place.get('ProductId')}/{place.get('DeviceName')}")
