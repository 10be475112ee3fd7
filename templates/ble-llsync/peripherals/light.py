"""The device of this panel, written in Python: what its firmware does on the air.

LLSyncPeripheral speaks the protocol: binding, authentication, properties, events and firmware upgrades, for
any thing model. Here is what is special about this light.
"""

from devkit.ble.llsync import LLSyncPeripheral


class Light(LLSyncPeripheral):
    """A lamp that obeys, has a button, and reports how warm it is."""

    def on_control(self, values: dict) -> int:
        """Take over what the app wants; the code is the answer, 0 for success."""
        return super().on_control(values)

    def button(self) -> None:
        """Press the button on the lamp: it switches its first bool property."""
        switch = next((item.id for item in self.model.properties if item.define.type == "bool"), "")
        if switch:
            self.report({switch: 1 - self.values[switch]})

    def warm_up(self, celsius: float) -> None:
        """Get warmer: report the temperature, and an event when it is too much."""
        self.report({"temperature": celsius})
        if celsius > 80:
            self.fire("overheat", {"temperature": celsius})
