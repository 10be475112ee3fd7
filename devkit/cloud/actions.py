"""The actions table: every name with its handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devkit.cloud.call import Answer, Call
from devkit.cloud.handlers import control, data, devices, families, firmware, products, sharing, users

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
}
