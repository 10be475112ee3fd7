"""The device of this panel, written in Python: what its firmware does on the air.

LLSyncPeripheral speaks the protocol: binding, authentication, properties, events and firmware upgrades, for
any thing model. Here is what is special about this light.
"""

from devkit.ble.llsync import LLSyncPeripheral

TOO_HOT = 80


class Light(LLSyncPeripheral):
    """A lamp that obeys, has a button, and reports how warm it is."""

    celsius = 26.5
    charge = 92

    def on_control(self, values: dict) -> int:
        """Take over what the app wants; the code is the answer, 0 for success."""
        return super().on_control(values)

    def button(self) -> None:
        """Press the button on the lamp: it switches its first bool property."""
        switch = next((item.id for item in self.model.properties if item.define.type == "bool"), "")
        if switch:
            self.report({switch: 1 - self.values[switch]})

    def warm_up(self, celsius: float) -> None:
        """Get warmer; when it is too much, send an event."""
        self.celsius = celsius
        self.tell_state()
        if celsius > TOO_HOT:
            self.fire("overheat", {"temperature": celsius})

    def tell_state(self) -> None:
        """Report what the lamp measures, as far as the thing model has it."""
        measured = {"temperature": self.celsius, "battery": self.charge}
        self.report({name: value for name, value in measured.items() if name in self.values})

    async def run(self) -> None:
        """Live as long as the lamp is switched on: measure soon after an app is there, and every 2 s then."""
        while True:
            await self.sleep(2000 if self.authorized else 400)
            if self.authorized:
                self.tell_state()
