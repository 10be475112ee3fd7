"""The seam between the SDK and a cloud: what every transport does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from devkit.clock import Clock
from devkit.subscriptions import Subscription
from devkit.timeline.kinds import Push as Push

if TYPE_CHECKING:
    from devkit.model.thing_model import ThingModel

JSON = Any  # JSON values are checked where they enter, not by the type checker


VIRTUAL_DEVICE = "~virtualDev"
"""Name of the virtual device that the platform provides. Source: the platform's H5 panel guide, "Real Device
Debugging"."""

CONNECTION_KEY = "ble_psk_device_ket"
"""Name under which an app keeps a device's key of connections in the cloud. Source: docs/reference/ble.md
section 2.4, sic."""


@dataclass(frozen=True)
class DeviceKeys:
    """What a Bluetooth device knows of itself: its key in base64, whose it is, and their key of connections.

    user_id and local_psk (hex) are "" for a device that belongs to nobody.
    """

    secret: str = ""
    user_id: str = ""
    local_psk: str = ""


class DeviceBench(Protocol):
    """The device side of a local transport: what the hardware would do. The real cloud has none."""

    @property
    def clock(self) -> Clock:
        """Return what the cloud takes for now."""

    def keys(self, product_id: str, device_name: str) -> DeviceKeys:
        """Return the keys of a device, as its maker and its owner's app left them in it.

        A device that is not known is made, and belongs to nobody; one in a family without a key of
        connections gets one.
        Errors: DeviceNotFoundError for an unknown product.
        """

    def carry(self, device_id: str, *, wifi: bool = False) -> None:
        """Leave a device's controls and actions to phones, which reach it over Bluetooth.

        One with Wi-Fi takes them itself as long as it is online.

        Errors: DeviceNotFoundError.
        """

    async def report(self, device_id: str, values: Mapping[str, JSON]) -> None:
        """Report properties as the device; values {property id: value} in thing-model units.

        Errors: PropertyValueError, DeviceNotFoundError.
        """

    async def post_event(self, device_id: str, event_id: str, params: Mapping[str, JSON]) -> None:
        """Post a thing-model event.

        Errors: PropertyValueError, DeviceNotFoundError.
        """

    async def set_online(self, device_id: str, *, online: bool) -> None:
        """Connect or disconnect the device; unchanged state makes no push."""

    async def provision(self, device_id: str, token: str = "") -> None:
        """Join Wi-Fi as the device and bring a provisioning token, by default the newest not brought yet.

        A device that is not known is made.
        Errors: DeviceNotFoundError for an unknown product; CloudApiError for a token that does not work.
        """

    async def message(self, device_id: str, topic: str, payload: JSON) -> None:
        """Hand the device a message that is neither control nor action, such as a song list."""

    def add_virtual(self, product_id: str) -> None:
        """Add the product's virtual device, VIRTUAL_DEVICE, which the platform has from the start.

        A product that is not known stays so; a device that is there stays as it is.
        """

    def set_model(self, product_id: str, model: ThingModel) -> None:
        """Give a product another thing model; values that no longer fit fall back to their defaults."""

    def script(self, device_id: str, kind: type[Any]) -> object:
        """Let a subclass of devkit.cloud.VirtualDevice play a device.

        Errors: DeviceNotFoundError.
        """

    def set_fault(self, fault: Mapping[str, JSON]) -> None:
        """Change the faults of the cloud side.

        fault: {"latency_ms": int, "drop": 0.0-1.0, "errors": {action: {"code", "msg"}}, "firmware": 0 to -5,
        the result code of every upgrade}; {} clears all.
        Errors: SettingsError for an unknown key or a value out of range.
        """

    async def offer_firmware(
        self,
        device_id: str,
        version: str,
        data: bytes | None = None,
        *,
        description: str = "",
        md5: str = "",
    ) -> None:
        """Publish a firmware of this version for the device's product, as the platform's console does.

        data: up to 16 MiB, a small invented one by default; md5: the announced one, that of data by default.
        Errors: DeviceNotFoundError; SettingsError for a version or a size that is not possible.
        """

    def send(self, device_id: str, what: Mapping[str, JSON]) -> None:
        """Send firmware that is connected over MQTT what is neither control nor action.

        what: one of {"rrpc": text}, {"broadcast": text}, {"raw": hex}, {"log_level": 0 to 4} and
        {"file": name, "text": text or "data": bytes}.
        Errors: DeviceNotFoundError without a connection; SettingsError, also when it is not subscribed to it.
        """

    def set_link(self, device_id: str, faults: Mapping[str, JSON]) -> None:
        """Change what goes wrong with a device's messages over MQTT, which lasts over its connections.

        faults: {"loss", "duplicate": 0.0-1.0, "delay_ms": int, "errors": {method: code}, "refuse": bool}; {}
        clears all. "cut" and "takeover", both true, end its connection once.
        Errors: SettingsError; DeviceNotFoundError for the last two without a connection.
        """

    def read_firmware(self, url: str) -> bytes | None:
        """Return what a firmware address of this cloud leads to; None for an address elsewhere.

        Errors: FirmwareError -1, -2, -3.
        """

    def snapshot(self) -> dict[str, JSON]:
        """Return {"devices": {id: {"online", "real", "played_by", "link", …}}, "fault": {...}}.

        real: firmware plays the device, over MQTT; played_by: the Python class that plays it otherwise; link:
        what goes wrong with its messages over MQTT.
        firmware: {"current", "offered", "status", "percent", "message"}; offered is "" without an upgrade
        task, status and message are those of AppDescribeFirmwareUpdateStatus.
        """


class Transport(Protocol):
    """Carry application-side actions and device pushes; only sdk/ calls it."""

    @property
    def bench(self) -> DeviceBench | None:
        """Return the device side when the transport has one."""

    async def call(self, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Perform an action and return the fields of its response, RequestId among them.

        params: the action's own; the transport adds token and RequestId.
        Errors: CloudApiError, TransportTimeoutError, TransportError.
        Source: docs/reference/app-api.yaml actions; docs/reference/protocol.md section 2.
        """

    def subscribe(self, device_ids: Collection[str], subscriber: Callable[[Push], None]) -> Subscription[Any]:
        """Call subscriber with every push of some devices from now on, in order, until closed."""

    async def aclose(self) -> None:
        """Close connections and end every subscription."""
