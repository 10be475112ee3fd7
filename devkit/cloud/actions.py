"""The actions table: every name with its handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devkit.cloud.call import Answer, Call
from devkit.cloud.handlers import (
    as_device,
    automations,
    binding,
    configs,
    control,
    data,
    devices,
    families,
    firmware,
    gateways,
    groups,
    kugou,
    llsync,
    messages,
    places,
    products,
    resources,
    scenes,
    sharing,
    timers,
    users,
    video,
)

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
