"""The actions table: every name with its handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.devices import (
    as_device,
    binding,
    control,
    data,
    devices,
    firmware,
    gateways,
    groups,
    llsync,
    products,
)
from devkit.cloud.api.handlers.homes import configs, families, messages, places, sharing, users
from devkit.cloud.api.handlers.media import kugou, resources, video
from devkit.cloud.api.handlers.rules import automations, scenes, timers

ActionHandler = Callable[[Call], Answer]

ACTIONS: Mapping[str, ActionHandler] = {
    **users.ACTIONS,
    **products.ACTIONS,
    **devices.ACTIONS,
    **control.ACTIONS,
    **data.ACTIONS,
    **sharing.ACTIONS,
    **families.ACTIONS,
    **firmware.ACTIONS,
    **timers.ACTIONS,
    **configs.ACTIONS,
    **groups.ACTIONS,
    **as_device.ACTIONS,
    **binding.ACTIONS,
    **gateways.ACTIONS,
    **scenes.ACTIONS,
    **automations.ACTIONS,
    **messages.ACTIONS,
    **video.ACTIONS,
    **kugou.ACTIONS,
    **places.ACTIONS,
    **llsync.ACTIONS,
    **resources.ACTIONS,
}
