"""Checks that look at what the device did by itself: time, gateway, registration, refusals, receipts."""

from __future__ import annotations

from collections.abc import Mapping

from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.finding import DOWN, Findings, FirmwareFinding, SkippedError, finding
from devkit.firmware.check.properties import method_of, params_of
from devkit.firmware.check.samples import good_values
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import ThingModel
from devkit.timeline.kinds import MqttLink

SYSTEM, GATEWAY = "$sys/operation", "$gateway/operation"
MOST_A_SECOND = 20


async def check_time(bench: FirmwareBench) -> Findings:
    """Look at its questions for the time."""
    asked = [item for item in bench.packets(0) if item.topic.startswith(SYSTEM)]
    if not asked:
        raise SkippedError(_("it did not ask for the time"))
    found: Findings = []
    for packet in asked:
        message = packet.payload if isinstance(packet.payload, Mapping) else {}
        if message.get("type") != "get" or "time" not in (message.get("resource") or []):
            found.append(
                finding(bench, _('It is not {"type":"get","resource":["time"]}.'), SYSTEM, packet.payload)
            )
    if not await bench.until(lambda: bench.subscribed(f"{SYSTEM}/result")):
        found.append(
            finding(bench, _("It asks for the time and does not listen to the answer."), f"{SYSTEM}/result")
        )
    return found


async def check_registration(bench: FirmwareBench) -> Findings:
    """Look at its registration, if it did one."""
    refused = [item.words for item in bench.links("refused") if "register" in item.words]
    if refused:
        return [FirmwareFinding(words) for words in refused]
    if not bench.links("registered"):
        raise SkippedError(_("it did not register; it has a DeviceSecret already"))
    return []


async def check_gateway(bench: FirmwareBench) -> Findings:
    """Look whether it brings its sub-devices online, and passes on what they are told."""
    if not bench.subs:
        raise SkippedError(_("the product is no gateway"))
    found: Findings = []
    for sub_id, model in bench.subs.items():
        found += await _sub_device(bench, sub_id, model)
    return found


async def _sub_device(bench: FirmwareBench, sub_id: str, model: ThingModel) -> Findings:
    if not await bench.until(lambda: sub_id in bench.broker.connected()):
        return [finding(bench, _(f"It did not bring its sub-device {sub_id} online."), GATEWAY)]
    topic = f"{DOWN}/{sub_id}"
    connection = bench.broker.body(sub_id).connection
    if not await bench.until(lambda: connection.granted(topic) is not None):
        return [FirmwareFinding(_("It does not listen to controls of its sub-device."), topic)]
    prop = next((item for item in model.properties if item.writable), None)
    if prop is None:
        return []
    values: dict[str, JSON] = {prop.id: good_values(prop.define, bench.chance)[0]}
    since = bench.mark()
    bench.broker.say(sub_id, DOWN, {"method": "control", "clientToken": "sub", "params": values})
    if await bench.until(lambda: bool(bench.packets(since, "up", sub_id))):
        return []
    return [FirmwareFinding(_("A control of its sub-device is not answered."), topic, values)]


async def check_read_only(bench: FirmwareBench) -> Findings:
    """Look whether what only the device can set was reported."""
    only = [prop.id for prop in bench.model.properties if not prop.writable]
    told = {name for item in bench.packets(0) if method_of(item) == "report" for name in params_of(item)}
    if not only:
        raise SkippedError(_("every property can be set"))
    missing = [name for name in only if name not in told]
    if missing:
        raise SkippedError(_(f"it has not reported {', '.join(missing)} meanwhile"))
    return []


async def check_receipts(bench: FirmwareBench) -> Findings:
    """Look at messages of QoS 1 that it did not acknowledge."""
    connection = bench.broker.body(bench.device_id).connection
    if connection.unacknowledged:
        await bench.pause()
    if not connection.unacknowledged:
        return []
    return [FirmwareFinding(_(f"It did not acknowledge {connection.unacknowledged} messages of QoS 1."))]


async def check_pace(bench: FirmwareBench) -> Findings:
    """Count what it sends by itself."""
    since, begun = bench.mark(), bench.now()
    await bench.pause()
    sent, seconds = len(bench.packets(since)), bench.now() - begun
    if sent <= MOST_A_SECOND * max(seconds, 1):
        return []
    return [FirmwareFinding(_(f"Left alone, it sent {sent} messages in {seconds:.1f} s."))]


async def check_nothing_refused(bench: FirmwareBench) -> Findings:
    """Look at what the cloud refused, but for what the checks brought about."""
    first = bench.seen.index(bench.links("connected")[0])
    told = [
        item.words
        for index, item in enumerate(bench.seen[first:], first)
        if isinstance(item, MqttLink) and item.state == "refused"
        if not any(index in part for part in bench.provoked)
    ]
    return [FirmwareFinding(words) for words in dict.fromkeys(told)]
