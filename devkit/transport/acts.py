"""What one can do as a device: one table for the control API, scenarios, tests and the console.

It lies beside DeviceBench, which does the acts: whoever acts as a device (devserver, phone, testing) may
import transport, which imports none of them. docs/console.md shows the table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from devkit.language import _, marked
from devkit.transport.base import JSON, DeviceBench

Body = Mapping[str, JSON]

_WORDS: Mapping[type, str] = {
    str: marked("a text in quotes"),
    bool: marked("true or false"),
    int: marked("a whole number"),
    float: marked("a number"),
    dict: marked("an object"),
    bytes: "bytes",
}


class ActParam(NamedTuple):
    """One parameter of an act; bytes cannot be given in JSON."""

    name: str
    type: type
    required: bool = False

    def fits(self, value: JSON) -> bool:
        """Tell whether a value has the parameter's type; true is no number."""
        if isinstance(value, bool):
            return self.type is bool
        return isinstance(value, (int, float) if self.type is float else self.type)


@dataclass(frozen=True)
class DeviceAct:
    """One act.

    name: in the control API. params: what its body has; None for {property id: value}, which the thing model
    checks. step: its name in scenarios, whose value bodies() turns into bodies; takes: that value in words.
    """

    name: str
    doc: str
    example: Body
    params: tuple[ActParam, ...] | None
    perform: Callable[[DeviceBench, str, Body], Awaitable[None]]
    step: str
    takes: str
    bodies: Callable[[JSON], Sequence[Body] | None]

    def problem(self, body: Body) -> str:
        """Return what is wrong with a body, "" when nothing is."""
        if self.params is None:
            return ""
        known = {param.name: param for param in self.params}
        if body.keys() - known or any(item.required and item.name not in body for item in self.params):
            needed = ", ".join(item.name for item in self.params if item.required)
            others = ", ".join(item.name for item in self.params if not item.required)
            parts = [_(f"needs {needed}")] if needed else []
            parts += [_(f"may have {others}")] if others else []
            return _(f"{self.name} {_(', and ').join(parts)}; not {dict(body)!r:.200}.")
        wrong = next((name for name, value in body.items() if not known[name].fits(value)), None)
        if wrong is None:
            return ""
        wanted = _(_WORDS[known[wrong].type])
        return _(f"{wrong}: {body[wrong]!r:.100} must be {wanted}.")


async def _report(bench: DeviceBench, device_id: str, body: Body) -> None:
    await bench.report(device_id, body)


async def _event(bench: DeviceBench, device_id: str, body: Body) -> None:
    await bench.post_event(device_id, body["eventId"], body.get("params", {}))


async def _online(bench: DeviceBench, device_id: str, body: Body) -> None:
    await bench.set_online(device_id, online=body["online"])


async def _fault(bench: DeviceBench, device_id: str, body: Body) -> None:
    del device_id  # faults are of the cloud, not of one device
    bench.set_fault(body)


async def _mqtt_fault(bench: DeviceBench, device_id: str, body: Body) -> None:
    bench.set_link(device_id, body)


async def _send(bench: DeviceBench, device_id: str, body: Body) -> None:
    bench.send(device_id, body)


async def _firmware(bench: DeviceBench, device_id: str, body: Body) -> None:
    await bench.offer_firmware(device_id, **body)


async def _provision(bench: DeviceBench, device_id: str, body: Body) -> None:
    await bench.provision(device_id, body.get("token", ""))


def _tokens(value: JSON) -> list[Body] | None:
    if value is True:
        return [{}]
    return [{"token": value}] if isinstance(value, str) else None


def _whole(value: JSON) -> list[Body] | None:
    return [value] if isinstance(value, dict) else None


def _events(value: JSON) -> list[Body] | None:
    if not isinstance(value, dict):
        return None
    return [{"eventId": str(event), "params": params or {}} for event, params in value.items()]


ACTS: Mapping[str, DeviceAct] = {
    act.name: act
    for act in (
        DeviceAct(
            "report",
            "report properties, {property: value}",
            {"brightness": 80},
            None,
            _report,
            "report",
            "{property: value}",
            _whole,
        ),
        DeviceAct(
            "event",
            "post an event of the thing model",
            {"eventId": "low_voltage", "params": {"voltage": 3.5}},
            (ActParam("eventId", str, required=True), ActParam("params", dict)),
            _event,
            "event",
            "{event: {parameter: value}}",
            _events,
        ),
        DeviceAct(
            "status",
            "connect or disconnect",
            {"online": False},
            (ActParam("online", bool, required=True),),
            _online,
            "online",
            "true or false",
            lambda value: [{"online": value}] if isinstance(value, bool) else None,
        ),
        DeviceAct(
            "provision",
            "join Wi-Fi with a provisioning token, by default the newest that no device has brought",
            {"token": "d7c1a9e5b3f04826a8e6c4d2b0f1e3a5"},
            (ActParam("token", str),),
            _provision,
            "provision",
            "a token in quotes, or true for the newest",
            _tokens,
        ),
        DeviceAct(
            "fault",
            "change the faults of the cloud; {} clears them, an error of null clears one",
            {
                "latency_ms": 300,
                "drop": 0.1,
                "errors": {"AppGetDevice": {"code": "InternalError", "msg": ""}},
                "firmware": -4,
            },
            (
                ActParam("latency_ms", int),
                ActParam("drop", float),
                ActParam("errors", dict),
                ActParam("firmware", int),
            ),
            _fault,
            "fault",
            "{latency_ms, drop, errors, firmware}, or {} for none",
            _whole,
        ),
        DeviceAct(
            "mqtt_fault",
            "change what goes wrong between the cloud and firmware that is the device; {} clears it, cut and "
            "takeover end its connection",
            {"loss": 0.1, "delay_ms": 300, "duplicate": 0.1, "errors": {"report": 500}, "cut": True},
            (
                ActParam("loss", float),
                ActParam("delay_ms", int),
                ActParam("duplicate", float),
                ActParam("errors", dict),
                ActParam("refuse", bool),
                ActParam("cut", bool),
                ActParam("takeover", bool),
            ),
            _mqtt_fault,
            "mqtt_fault",
            "{loss, delay_ms, duplicate, errors, refuse, cut, takeover}, or {} for none",
            _whole,
        ),
        DeviceAct(
            "send",
            "send firmware that is the device a call (RRPC), a broadcast, raw bytes, the log level or a file",
            {"rrpc": "how are you?"},
            (
                ActParam("rrpc", str),
                ActParam("broadcast", str),
                ActParam("raw", str),
                ActParam("log_level", int),
                ActParam("file", str),
                ActParam("text", str),
                ActParam("data", bytes),
            ),
            _send,
            "send",
            "one of {rrpc}, {broadcast}, {raw}, {log_level} and {file, text}",
            _whole,
        ),
        DeviceAct(
            "firmware",
            "offer a version, with an invented image unless there is one",
            {"version": "1.2.0", "description": "faster"},
            (
                ActParam("version", str, required=True),
                ActParam("description", str),
                ActParam("md5", str),
                ActParam("data", bytes),
            ),
            _firmware,
            "firmware",
            "a version in quotes, or {version, file, description, md5}",
            lambda value: [{"version": value}] if isinstance(value, str) else _whole(value),
        ),
    )
}
"""The acts by name, in the order of the documents."""

STEPS: Mapping[str, DeviceAct] = {act.step: act for act in ACTS.values()}
"""The acts by their names in scenarios."""
