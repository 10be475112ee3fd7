"""The device of a test: what its hardware does, and what reached it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.cloud import ActionFailedError, VirtualDevice
from devkit.testing.page.handle import Handle
from devkit.transport.acts import ACTS, Body

if TYPE_CHECKING:
    from devkit.model import ThingModel
    from devkit.testing.world.world import World
    from devkit.timeline.kinds import Push


@dataclass(frozen=True)
class Arrival:
    """Something that reached a device: seq is its place in the timeline."""

    seq: int
    name: str
    values: Mapping[str, Any]


@dataclass
class Inbox:
    """What reached a device, and how far a test has read."""

    controls: list[Arrival] = field(default_factory=list)
    actions: list[Arrival] = field(default_factory=list)
    read_controls: int = 0
    read_actions: int = 0

    def take(self, seq: int, push: Push) -> None:
        """Keep a control or an action that a push brings."""
        if not isinstance(push.payload, dict):
            return
        values = push.payload.get("params") or {}
        if push.type == "Property":
            self.controls.append(Arrival(seq, "control", values))
        elif push.type == "Action":
            self.actions.append(Arrival(seq, str(push.payload.get("actionId")), values))


class DeviceHandle(Handle):
    """A virtual device in a test's hands."""

    def __init__(self, world: World, device_id: str) -> None:
        super().__init__(world)
        self.id = device_id
        self.product_id, _, self.name = device_id.partition("/")
        self.inbox = Inbox()

    @property
    def model(self) -> ThingModel:
        """Return the thing model of its product."""
        return self._played.model

    @property
    def properties(self) -> dict[str, Any]:
        """Return the current values, {property id: value}."""
        return self._played.properties

    @property
    def online(self) -> bool:
        """Tell whether it is connected."""
        return self._played.online

    @property
    def controls(self) -> list[dict[str, Any]]:
        """Return the values of every control that reached it, oldest first."""
        return [dict(arrival.values) for arrival in self.inbox.controls]

    @property
    def actions(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (action id, inputs) of every action that reached it, oldest first."""
        return [(arrival.name, dict(arrival.values)) for arrival in self.inbox.actions]

    async def report(self, values: Mapping[str, Any] | None = None, /, **more: object) -> None:
        """Report property values: report(power_switch=1), or report({"power_switch": 1}).

        Errors: PropertyValueError when the thing model does not allow one.
        """
        await self._act("report", {**(values or {}), **more})

    async def post_event(self, event_id: str, /, **params: object) -> None:
        """Post an event of the thing model.

        Errors: PropertyValueError.
        """
        await self._act("event", {"eventId": event_id, "params": params})

    async def go_offline(self) -> None:
        """Lose the connection."""
        await self._act("status", {"online": False})

    async def go_online(self) -> None:
        """Connect again."""
        await self._act("status", {"online": True})

    async def provision(self, token: str = "") -> None:
        """Join Wi-Fi and bring a provisioning token, by default the newest that no device has brought.

        Errors: CloudApiError for a token that is unknown, expired or used.
        """
        await self._act("provision", {"token": token})

    async def mqtt_fault(self, **faults: object) -> None:
        """Change what goes wrong with firmware's messages: loss, delay_ms, duplicate, errors, refuse.

        cut and takeover end its connection. Without any, nothing goes wrong any more.
        Errors: SettingsError; DeviceNotFoundError for cut and takeover while no firmware is connected.
        """
        await self._act("mqtt_fault", faults)

    async def send(self, **what: object) -> None:
        """Send firmware one of rrpc="…", broadcast="…", raw="01 ff", log_level=4 and file="name", text="…".

        Errors: DeviceNotFoundError, SettingsError.
        """
        await self._act("send", what)

    async def script(self, kind: type[VirtualDevice]) -> None:
        """Let a class of one's own (devkit.cloud.VirtualDevice) play the device from now on."""
        self._world.emulator.devices.script(self.id, kind)

    async def ignore_controls(self) -> None:
        """Take controls without ever reporting: what a hung firmware does."""

        async def on_control(self: VirtualDevice, values: dict[str, Any]) -> None:
            """Do nothing."""

        self._override(on_control=on_control)

    async def answer_action(self, action_id: str, /, **outputs: object) -> None:
        """Let an action succeed with these outputs.

        Errors: PropertyValueError when the thing model does not have them.
        """
        self.model.validate_output(action_id, outputs)
        self._override_action(action_id, lambda: dict(outputs))

    async def fail_action(self, action_id: str, /, message: str = "failed", code: int = -1) -> None:
        """Let an action fail with this message.

        Errors: PropertyValueError when the thing model does not have it.
        """
        self.model.action(action_id)

        def fail() -> dict[str, Any]:
            raise ActionFailedError(message, code)

        self._override_action(action_id, fail)

    async def _act(self, name: str, body: Body) -> None:
        await ACTS[name].perform(self._world.transport.bench, self.id, body)
        await self._world.settle()

    def _override_action(self, wanted: str, outcome: Callable[[], dict[str, Any]]) -> None:
        before = type(self._played).on_action

        async def on_action(self: VirtualDevice, action_id: str, params: dict[str, Any]) -> dict[str, Any]:
            """Answer as the test said."""
            return outcome() if action_id == wanted else await before(self, action_id, params)

        self._override(on_action=on_action)

    def _override(self, **methods: object) -> None:
        kind = type(self._played)
        self._world.emulator.devices.script(self.id, type(kind.__name__, (kind,), {**methods, "tick_ms": 0}))

    @property
    def _played(self) -> VirtualDevice:
        return self._world.emulator.devices.device(self.id)
