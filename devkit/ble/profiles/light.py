"""An LLSync light, for panels of standard Bluetooth devices and their firmware upgrades."""

from __future__ import annotations

from typing import Any

from devkit.ble.llsync.device import LLSyncPeripheral
from devkit.ble.llsync.identity import Binding
from devkit.ble.llsync.ota import OtaPlan
from devkit.model import ThingModel

PSK, SECRET = "1a28167f", "AAECAwQFBgcICQoLDA0ODw=="


class LLSyncLight(LLSyncPeripheral):
    """A lamp that obeys, and switches itself with its button.

    It works with any thing model; `button` toggles the first bool property. user_id: whose lamp it is; ""
    leaves it unbound. The keys are for simulation: a real device has its own.
    """

    def __init__(
        self,
        model: ThingModel,
        product_id: str,
        device_name: str,
        *,
        user_id: str = "",
        local_psk: str = PSK,
        secret: str = SECRET,
        product_secret: str = "",
        ota: OtaPlan | None = None,
        address: str = "",
        distance: float = 1.0,
    ) -> None:
        super().__init__(
            model,
            product_id,
            device_name,
            secret=secret,
            product_secret=product_secret,
            binding=Binding.of(local_psk, user_id) if user_id else None,
            ota=ota,
            address=address,
            distance=distance,
        )
        self.controls: list[dict[str, Any]] = []

    def on_control(self, values: dict[str, Any]) -> int:
        """Obey, and remember what was asked."""
        self.controls.append(values)
        return super().on_control(values)

    def button(self) -> bool:
        """Press the button; return False when no app hears of it."""
        switch = next((item.id for item in self.model.properties if item.define.type == "bool"), None)
        return switch is not None and self.report({switch: 1 - self.values[switch]})
