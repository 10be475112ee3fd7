"""Identifiers of devices, families and rooms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from devkit.errors import SettingsError

PRODUCT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
DEVICE_NAME = re.compile(r"[A-Za-z0-9:_~-]{1,48}")


@dataclass(frozen=True)
class DeviceId:
    """The name of a device on the platform, written "productId/deviceName".

    Source: docs/reference/app-api.yaml common.identifiers; the letters of a device name are unverified.
    """

    product_id: str
    device_name: str

    def __post_init__(self) -> None:
        if not PRODUCT_ID.fullmatch(self.product_id):
            raise SettingsError(
                f"{self.product_id!r} is not a product id.", "Use the id of the console, such as K7M2QX9D4A."
            )
        if not DEVICE_NAME.fullmatch(self.device_name):
            raise SettingsError(
                f"{self.device_name!r} is not a device name.",
                "Use 1 to 48 letters, digits and the signs : _ - ~.",
            )

    @classmethod
    def parse(cls, text: str) -> DeviceId:
        """Read "productId/deviceName".

        Errors: SettingsError.
        """
        product_id, slash, device_name = text.partition("/")
        if not slash:
            raise SettingsError(f"{text!r} is not a device id.", 'Write it as "productId/deviceName".')
        return cls(product_id, device_name)

    def __str__(self) -> str:
        return f"{self.product_id}/{self.device_name}"
