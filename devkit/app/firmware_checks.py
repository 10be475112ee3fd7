"""What firmware has to do, as a table of checks: each with its rule, where that is said, and the cure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field

from devkit.app.firmware_bench import FirmwareBench
from devkit.errors import CloudApiError, SettingsError
from devkit.json_types import JSON
from devkit.model import Property
from devkit.timeline.kinds import MqttPacket

REFERENCE = "docs/reference/device-side.md"
LONGEST_KEEPALIVE = 690
QUIET_SECONDS = 1.5
MOST_ANSWERS = 2
RECONNECT_SECONDS = 30.0
IMAGE = b"firmware check\n" * 64
CHECK_VERSION = "9.9.9-check"


class SkippedError(Exception):
    """A check that does not fit the firmware; the text says why."""


@dataclass(frozen=True)
class FirmwareFinding:
    """What is wrong: in words, with the topic and the payload where there are any."""

    text: str
    topic: str = ""
    payload: JSON = None


Run = Callable[[FirmwareBench], Awaitable[list[FirmwareFinding]]]


@dataclass(frozen=True)
class FirmwareCheck:
    """One rule. source names the section that says it."""

    name: str
    rule: str
    source: str
    cure: str
    run: Run


@dataclass(frozen=True)
class FirmwareOutcome:
    """How a check went: no findings and no word of why it was skipped means well."""

    check: FirmwareCheck
    findings: list[FirmwareFinding] = field(default_factory=list)
    skipped: str = ""


async def run_checks(bench: FirmwareBench, only: Collection[str] = ()) -> AsyncIterator[FirmwareOutcome]:
    """Yield the outcome of each check, in the order of the table.

    Errors: SettingsError for a name that is none.
    """
    unknown = set(only) - {check.name for check in CHECKS}
    if unknown:
        known = ", ".join(check.name for check in CHECKS)
        raise SettingsError(f"There is no check {min(unknown)!r}.", f"Checks are {known}.")
    for check in CHECKS:
        if only and check.name not in only:
            continue
        try:
            if not bench.connected and not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
                yield FirmwareOutcome(check, [FirmwareFinding("The device is not connected.")])
                continue
            yield FirmwareOutcome(check, await check.run(bench))
        except CloudApiError as error:
            yield FirmwareOutcome(check, [FirmwareFinding(f"The emulator refused: {error.message}")])
        except SkippedError as reason:
            yield FirmwareOutcome(check, skipped=str(reason))


async def _log_in(bench: FirmwareBench) -> list[FirmwareFinding]:
    first = bench.links("connected")[0]
    return [FirmwareFinding(item.words) for item in bench.links("refused", until=bench.seen.index(first))]


async def _subscriptions(bench: FirmwareBench) -> list[FirmwareFinding]:
    service = "$thing/down/property"
    if await bench.until(lambda: bench.subscribed(service)):
        return []
    return [
        FirmwareFinding(
            f"It did not subscribe within {bench.patience_s:g} s.", f"{service}/{bench.device_id}"
        )
    ]


async def _keepalive(bench: FirmwareBench) -> list[FirmwareFinding]:
    seconds = bench.broker.body(bench.device_id).connection.keepalive
    if 0 < seconds <= LONGEST_KEEPALIVE:
        return []
    return [FirmwareFinding(f"Its keepalive is {seconds} s.")]


async def _properties(bench: FirmwareBench) -> list[FirmwareFinding]:
    await _subscriptions(bench)
    found: list[FirmwareFinding] = []
    for prop in bench.model.properties:
        if prop.writable:
            for value in _values(prop):
                found += await _control(bench, prop.id, value)
    return found


def _values(prop: Property) -> list[JSON]:
    """Return values to set: both ends of what has ends, else the default."""
    define = prop.define
    if define.type == "bool":
        return [1, 0]
    ends = [getattr(define, name, None) for name in ("min", "max")]
    if define.type in ("int", "float") and all(end is not None for end in ends):
        return [int(end) if define.type == "int" else float(end) for end in ends if end is not None]
    return [define.default()]


async def _control(bench: FirmwareBench, name: str, value: JSON) -> list[FirmwareFinding]:
    since = bench.mark()
    await bench.call("AppControlDeviceData", {"Data": json.dumps({name: value})})

    def sent() -> MqttPacket | None:
        return next((item for item in bench.packets(since, "down") if _method(item) == "control"), None)

    def replies() -> list[MqttPacket]:
        told = sent()
        token = told.payload.get("clientToken") if told and isinstance(told.payload, dict) else None
        return [item for item in bench.packets(since) if _is_reply(item, token)]

    def reported() -> bool:
        return any(
            _params(item).get(name) == value for item in bench.packets(since) if _method(item) == "report"
        )

    topic = f"$thing/down/property/{bench.device_id}"
    payload: JSON = {"method": "control", "params": {name: value}}
    found = []
    if not await bench.until(lambda: bool(replies())):
        found.append(
            FirmwareFinding(f"No control_reply with the token of the control of {name}.", topic, payload)
        )
    elif not isinstance(replies()[0].payload, dict) or replies()[0].payload.get("code") != 0:
        found.append(FirmwareFinding(f"It refused {name} = {value!r}.", topic, replies()[0].payload))
    if not await bench.until(reported):
        found.append(
            FirmwareFinding(f"It did not report {name} = {value!r} after the control.", topic, payload)
        )
    return found


def _is_reply(packet: MqttPacket, token: JSON) -> bool:
    message = packet.payload
    if not isinstance(message, dict) or "code" not in message or token is None:
        return False
    return message.get("clientToken") == token


def _method(packet: MqttPacket) -> str:
    return str(packet.payload.get("method", "")) if isinstance(packet.payload, dict) else ""


def _params(packet: MqttPacket) -> dict[str, JSON]:
    params = packet.payload.get("params") if isinstance(packet.payload, dict) else None
    return params if isinstance(params, dict) else {}


async def _silence(bench: FirmwareBench) -> list[FirmwareFinding]:
    since, topic = bench.mark(), "$thing/down/property"
    message: dict[str, JSON] = {
        "method": "report_reply",
        "clientToken": "check",
        "code": 0,
        "status": "success",
    }
    bench.broker.say(bench.device_id, topic, message)
    await bench.until(lambda: len(bench.packets(since)) > MOST_ANSWERS, QUIET_SECONDS)
    answers = [item for item in bench.packets(since) if "code" in (item.payload or {})]
    return [FirmwareFinding("It answers an answer.", answers[0].topic, answers[0].payload)] if answers else []


async def _actions(bench: FirmwareBench) -> list[FirmwareFinding]:
    if not bench.model.actions:
        raise SkippedError("the thing model has no actions")
    if not bench.subscribed("$thing/down/action"):
        raise SkippedError("it is not subscribed to $thing/down/action")
    found = []
    for action in bench.model.actions:
        inputs: JSON = {item.id: item.define.default() for item in action.input}
        since = bench.mark()
        asked = asyncio.ensure_future(
            bench.call("AppCallDeviceActionSync", {"ActionId": action.id, "InputParams": json.dumps(inputs)})
        )
        answered = await bench.until(
            lambda since=since: any(_method(item) == "action_reply" for item in bench.packets(since))  # type: ignore[misc]
        )
        if not answered:
            asked.cancel()
            topic = f"$thing/down/action/{bench.device_id}"
            found.append(
                FirmwareFinding(
                    f"No action_reply to {action.id} within {bench.patience_s:g} s.", topic, inputs
                )
            )
        await asyncio.gather(asked, return_exceptions=True)
    return found


async def _again(bench: FirmwareBench) -> list[FirmwareFinding]:
    """Cut the connection with a control that is not confirmed."""
    prop = next((item for item in bench.model.properties if item.writable), None)
    if prop is None:
        raise SkippedError("no property can be set")
    since, value = bench.mark(), _values(prop)[0]
    bench.broker.leave(bench.device_id, "The check cut the connection.")
    bench.broker.wanted[bench.device_id] = {prop.id: value}
    if not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
        return [FirmwareFinding(f"It did not connect again within {RECONNECT_SECONDS:g} s.")]
    found = await _subscriptions(bench)
    if not await bench.until(lambda: any(_method(item) == "get_status" for item in bench.packets(since))):
        return [
            *found,
            FirmwareFinding("After connecting again it did not ask get_status for the control it missed."),
        ]
    applied = await bench.until(
        lambda: any(
            _method(item) == "clear_control" or _params(item).get(prop.id) == value
            for item in bench.packets(since)
            if _method(item) in ("clear_control", "report")
        )
    )
    if not applied:
        payload: JSON = {"data": {"control": {prop.id: value}}}
        found.append(FirmwareFinding(f"It did not apply {prop.id} from get_status_reply.", "", payload))
    return found


async def _upgrade(bench: FirmwareBench) -> list[FirmwareFinding]:
    if not bench.subscribed("$ota/update"):
        raise SkippedError("it is not subscribed to $ota/update")
    product_id = bench.device_id.partition("/")[0]
    since = bench.mark()
    bench.emulator.firmware.add(product_id, CHECK_VERSION, IMAGE, md5="0" * 32)
    name = {"ProductId": product_id, "DeviceName": bench.device_id.partition("/")[2]}
    try:
        await bench.call("AppPublishFirmwareUpdateMessage", name)
    except CloudApiError as error:
        return [FirmwareFinding(f"The upgrade could not be offered: {error.message}")]

    def states() -> list[str]:
        packets = [item.payload for item in bench.packets(since) if item.topic.startswith("$ota/report")]
        progress = [
            item["report"].get("progress") for item in packets if isinstance(item.get("report"), dict)
        ]
        return [str(item.get("state")) for item in progress if isinstance(item, dict)]

    await bench.until(lambda: "fail" in states() or "done" in states(), RECONNECT_SECONDS)
    if "fail" in states():
        return []
    told = ", ".join(dict.fromkeys(states())) or "nothing"
    return [FirmwareFinding(f"A firmware with a wrong MD5 ended with {told}, not with fail.", "$ota/report")]


async def _nothing_refused(bench: FirmwareBench) -> list[FirmwareFinding]:
    first = bench.links("connected")[0]
    return [FirmwareFinding(item.words) for item in bench.links("refused", bench.seen.index(first))]


CHECKS: tuple[FirmwareCheck, ...] = (
    FirmwareCheck(
        "log-in",
        "The first attempt to connect succeeds.",
        f"{REFERENCE} section 1",
        "Sign clientId;appid;connid;expiry with the base64-decoded DeviceSecret.",
        _log_in,
    ),
    FirmwareCheck(
        "subscriptions",
        "It subscribes to $thing/down/property after connecting.",
        f"{REFERENCE} section 5",
        "Subscribe each time that it has connected: subscriptions are not kept.",
        _subscriptions,
    ),
    FirmwareCheck(
        "keepalive",
        f"The keepalive is 1 to {LONGEST_KEEPALIVE} s.",
        f"{REFERENCE} section 1",
        "Set it to 240 s, or shorter behind routers that forget connections.",
        _keepalive,
    ),
    FirmwareCheck(
        "properties",
        "A control is answered with its token, and the new value is reported.",
        f"{REFERENCE} section 5",
        "Send control_reply with the clientToken of the control, then report.",
        _properties,
    ),
    FirmwareCheck(
        "silence",
        "An answer gets no answer.",
        f"{REFERENCE} section 4",
        "Look at method first: only control and action are for the device to answer.",
        _silence,
    ),
    FirmwareCheck(
        "actions",
        "An action is answered with its token.",
        f"{REFERENCE} section 4",
        "Send action_reply with clientToken, code and response.",
        _actions,
    ),
    FirmwareCheck(
        "reconnect",
        "After a cut it connects, subscribes, and applies the control that it missed.",
        f"{REFERENCE} section 5",
        "Ask get_status after connecting, apply data.control, send clear_control.",
        _again,
    ),
    FirmwareCheck(
        "upgrade",
        "A firmware with a wrong MD5 is not installed.",
        f"{REFERENCE} section 4",
        "Compare the MD5 of what was downloaded with md5sum, and report fail with -4.",
        _upgrade,
    ),
    FirmwareCheck(
        "nothing-refused",
        "All that it sends fits the thing model and its own topics.",
        f"{REFERENCE} section 3",
        "Send numbers in their ranges, 0 and 1 for booleans, and use the topics of this device.",
        _nothing_refused,
    ),
)
