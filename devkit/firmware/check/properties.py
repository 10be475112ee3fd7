"""Checks of properties: what is set arrives, is answered and is reported, and what cannot be is not done."""

from __future__ import annotations

import json
from collections.abc import Mapping

from devkit.errors import PropertyValueError
from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.finding import DOWN, Findings, FirmwareFinding, SkippedError, finding
from devkit.firmware.check.samples import bad_values, good_values
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import Property
from devkit.timeline.kinds import MqttPacket

UP = "$thing/up/property"
MOST_ANSWERS = 2
PATIENT_WITH = 2
BURST = 3
CLOSE = 1e-6


def method_of(packet: MqttPacket) -> str:
    """Return the method or type of a message, "" for none."""
    message = packet.payload if isinstance(packet.payload, dict) else {}
    return str(message.get("method") or message.get("type") or "")


def params_of(packet: MqttPacket) -> dict[str, JSON]:
    """Return the params of a message that has some."""
    params = packet.payload.get("params") if isinstance(packet.payload, dict) else None
    return params if isinstance(params, dict) else {}


def code_of(packet: MqttPacket) -> JSON:
    """Return the code of an answer, None for none."""
    return packet.payload.get("code") if isinstance(packet.payload, dict) else None


def token_of(packet: MqttPacket) -> JSON:
    """Return the token of a message, None for none."""
    return packet.payload.get("clientToken") if isinstance(packet.payload, dict) else None


async def check_subscriptions(bench: FirmwareBench) -> Findings:
    """Look at what it listens to; actions and upgrades only where the device can have them."""
    wanted = [DOWN, *(["$thing/down/action"] if bench.model.actions else [])]
    await bench.until(lambda: all(map(bench.subscribed, wanted)))
    return [
        finding(bench, _(f"It did not subscribe within {bench.patience_s:g} s."), service)
        for service in wanted
        if not bench.subscribed(service)
    ]


async def check_status(bench: FirmwareBench) -> Findings:
    """Look for get_status after the connection, after its subscription."""

    def asked() -> list[int]:
        return [
            index for index, item in enumerate(bench.seen)
            if isinstance(item, MqttPacket) and item.what == "up" and method_of(item) == "get_status"
        ]  # fmt: skip

    if not await bench.until(lambda: bool(asked())):
        return [
            finding(bench, _(f"It did not ask get_status within {bench.patience_s:g} s of connecting."), UP)
        ]
    packet = bench.seen[asked()[0]]
    if isinstance(packet, MqttPacket) and not token_of(packet):
        return [finding(bench, _("Its get_status has no clientToken."), UP, packet.payload)]
    before = [item.words for item in bench.links("subscribed", until=asked()[0])]
    if not any(DOWN in words for words in before):
        return [finding(bench, _("It asked get_status before it listened to the answer."), UP)]
    return []


async def check_properties(bench: FirmwareBench) -> Findings:
    """Set every property that can be set to its ends and to values between."""
    await bench.until(lambda: bench.subscribed(DOWN))
    found: Findings = []
    silent = 0
    for prop in bench.model.properties:
        for value in good_values(prop.define, bench.chance) if prop.writable else []:
            news = await _control(bench, prop.id, value)
            found += news
            silent = silent + 1 if len(news) > 1 else 0
            if silent >= PATIENT_WITH:
                return [
                    *found,
                    finding(bench, _("It answers no control; other values were not tried."), DOWN),
                ]
    return found


async def _control(bench: FirmwareBench, name: str, value: JSON) -> Findings:
    since = bench.mark()
    await bench.call("AppControlDeviceData", {"Data": json.dumps({name: value})})
    payload: JSON = {"method": "control", "params": {name: value}}
    found: Findings = []
    if not await bench.until(lambda: bool(bench.replies(since))):
        text = _(f"No control_reply with the token of the control of {name}.")
        found.append(finding(bench, text, DOWN, payload))
    elif code_of(reply := bench.replies(since)[0]) != 0:
        found.append(finding(bench, _(f"It refused {name} = {value!r}."), UP, reply.payload))

    def reported() -> list[JSON]:
        return [params_of(item)[name] for item in bench.packets(since) if name in params_of(item)]

    if not await bench.until(lambda: any(same(item, value) for item in reported())):
        shown = _(f"; it reported {reported()[-1]!r}") if reported() else ""
        text = _(f"It did not report {name} = {value!r} after the control{shown}.")
        found.append(finding(bench, text, DOWN, payload))
    return found


def same(value: JSON, wanted: JSON) -> bool:
    """Tell whether a report says what was set: floats nearly so, since firmware counts in 32 bits."""
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return abs(value - wanted) <= max(CLOSE, abs(wanted) * CLOSE)
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        return all(name in value and same(value[name], item) for name, item in wanted.items())
    return bool(value == wanted) or str(value) == str(wanted)


async def check_together(bench: FirmwareBench) -> Findings:
    """Set all properties in one control."""
    wanted: dict[str, JSON] = {
        prop.id: good_values(prop.define, bench.chance)[-1]
        for prop in bench.model.properties
        if prop.writable
    }
    if len(wanted) < 2:
        raise SkippedError(_("fewer than two properties can be set"))
    since = bench.mark()
    await bench.call("AppControlDeviceData", {"Data": json.dumps(wanted)})

    def missing() -> set[str]:
        told: set[str] = set()
        for item in bench.packets(since):
            told |= {name for name, value in params_of(item).items() if same(value, wanted.get(name))}
        return wanted.keys() - told

    if await bench.until(lambda: not missing()):
        return []
    text = _(f"Of a control with {len(wanted)} properties it did not report {', '.join(sorted(missing()))}.")
    return [finding(bench, text, DOWN, {"method": "control", "params": wanted})]


async def check_burst(bench: FirmwareBench) -> Findings:
    """Send controls without waiting; each has to be answered with its own token."""
    prop = writable(bench)
    values = good_values(prop.define, bench.chance)
    since = bench.mark()
    tokens = {f"burst-{number}" for number in range(BURST)}
    for number, token in enumerate(sorted(tokens)):
        params: JSON = {prop.id: values[number % len(values)]}
        bench.say(DOWN, {"method": "control", "clientToken": token, "params": params})

    def left() -> set[str]:
        return tokens - {str(token_of(item)) for item in bench.packets(since) if code_of(item) is not None}

    if await bench.until(lambda: not left()):
        return []
    lost = ", ".join(sorted(left()))
    text = _(f"{len(left())} of {BURST} controls in a row got no answer of their own: {lost}.")
    return [finding(bench, text, DOWN, {"method": "control", "clientToken": min(left())})]


async def check_bounds(bench: FirmwareBench) -> Findings:
    """Set what the thing model does not allow; the device must not claim to have it."""
    since = bench.mark()
    told = [
        (prop, value) for prop in bench.model.properties if prop.writable for value in bad_values(prop.define)
    ]
    for number, (prop, value) in enumerate(told):
        params: JSON = {prop.id: value}
        bench.say(DOWN, {"method": "control", "clientToken": f"outside-{number}", "params": params})
    await bench.pause()
    found: Findings = []
    for packet in bench.packets(since):
        for name, value in params_of(packet).items() if method_of(packet) == "report" else ():
            if not any(prop.id == name and same(value, wrong) for prop, wrong in told):
                continue
            try:
                bench.model.validate({name: value}, write=False)
            except PropertyValueError as error:
                text = _(f"Told to set {name} = {value!r}, it reported it: {error.message}")
                found.append(finding(bench, text, UP, packet.payload))
    return found + await alive(bench, _("values outside the thing model"))


async def check_garbage(bench: FirmwareBench) -> Findings:
    """Send what is no message; the device goes on and does not answer."""
    since = bench.mark()
    deep = "[" * 40 + "]" * 40
    for text in (
        "", "{", "[]", "null", '"x"', '{"method":"control"}',
        '{"method":"control","clientToken":"g","params":7}',
        '{"method":"control","clientToken":"g","params":{"no_such_property":1}}',
        '{"method":"no_such_method","clientToken":"g"}', f'{{"method":"control","params":{deep}}}',
        '{"method":7,"clientToken":{}}', "\xff\xfe",
    ):  # fmt: skip
        bench.say_bytes(DOWN, text.encode("latin-1"))
    await bench.pause()
    found = []
    for packet in bench.packets(since):
        if method_of(packet) == "report" and "no_such_property" in params_of(packet):
            found.append(
                finding(bench, _("It reports a property that it does not have."), UP, packet.payload)
            )
    return found + await alive(bench, _("messages that are none"))


async def alive(bench: FirmwareBench, what: str) -> Findings:
    """Look whether the device still does what it is told."""
    if not bench.connected:
        return [FirmwareFinding(_(f"It lost its connection over {what}."))]
    prop = writable(bench)
    value = good_values(prop.define, bench.chance)[0]
    since = bench.mark()
    bench.say(DOWN, {"method": "control", "clientToken": "alive", "params": {prop.id: value}})

    def answered(packet: MqttPacket) -> bool:
        return token_of(packet) == "alive" or same(params_of(packet).get(prop.id), value)

    if await bench.until(lambda: any(map(answered, bench.packets(since)))):
        return []
    return [finding(bench, _(f"After {what} it answers no control any more."), DOWN)]


async def check_silence(bench: FirmwareBench) -> Findings:
    """Send answers and messages without a method."""
    since = bench.mark()
    answers: list[dict[str, JSON]] = [
        {"method": "report_reply", "clientToken": "check", "code": 0, "status": "success"},
        {"method": "get_status_reply", "clientToken": "check", "code": 0, "data": {}},
        {"code": 0, "clientToken": "check"},
    ]
    for message in answers:
        bench.say(DOWN, message)
    await bench.until(lambda: len(bench.packets(since)) > MOST_ANSWERS, bench.quiet_s)
    told = [item for item in bench.packets(since) if code_of(item) is not None]
    return [finding(bench, _("It answers an answer."), UP, told[0].payload)] if told else []


def writable(bench: FirmwareBench) -> Property:
    """Return a property that can be set.

    Errors: SkippedError without one.
    """
    for prop in bench.model.properties:
        if prop.writable:
            return prop
    raise SkippedError(_("no property can be set"))
