"""Expectations about what real firmware sends. Each looks at what came after the last of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.testing.expect.expectations import failure, fits, words_of
from devkit.testing.page.handle import core_of
from devkit.timeline.kinds import MqttPacket

if TYPE_CHECKING:
    from devkit.testing.world.firmware import RealDevice


def expect_report(device: object, values: Mapping[str, Any] | None = None, /, **more: object) -> object:
    """Wait until the firmware reports these property values (and perhaps further ones).

    Errors: AssertionError with the story; PropertyValueError for a property that the thing model lacks.
    """
    __tracebackhide__ = True
    core: RealDevice = core_of(device)
    wanted = {**(values or {}), **more}
    for name in wanted:
        core.model.property(name)
    return core.world.lab.run(
        _sent(core, "report", "$thing/up/property", {"method": "report", "params": wanted})
    )


def expect_event(device: object, event_id: str, /, **params: object) -> object:
    """Wait until the firmware posts an event with these parameters (and perhaps further ones).

    Errors: AssertionError with the story; PropertyValueError for an event that the thing model lacks.
    """
    __tracebackhide__ = True
    core: RealDevice = core_of(device)
    core.model.event(event_id)
    return core.world.lab.run(
        _sent(core, "event", "$thing/up/event", {"eventId": event_id, "params": params})
    )


def expect_sent(device: object, topic: str, /, **fields: object) -> object:
    """Wait until the firmware publishes a message with these fields; topic is without ProductId/DeviceName.

    expect_sent(lamp, "$ota/report", type="report_progress", report={"progress": {"state": "done"}})
    Returns its payload. Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: RealDevice = core_of(device)
    kind = f"{topic} {fields.get('method') or fields.get('type') or ''}"
    return core.world.lab.run(_sent(core, kind, topic, fields))


def expect_subscribed(device: object, topic: str) -> object:
    """Wait until the firmware listens to a topic, given without ProductId/DeviceName.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: RealDevice = core_of(device)
    return core.world.lab.run(
        _holds(core, lambda: core.subscribed(topic), _(f"did not subscribe to {topic}"))
    )


async def _holds(device: RealDevice, condition: Callable[[], bool], otherwise: str) -> None:
    __tracebackhide__ = True
    if not await device.world.until(condition, device.world.spec.timeout):
        raise AssertionError(_story(device, f"{device.id} {otherwise}", []))


async def _sent(device: RealDevice, kind: str, topic: str, fields: Mapping[str, Any]) -> object:
    __tracebackhide__ = True
    start = device.read.get(kind, device.begun)
    world, whole = device.world, topic if topic.endswith(device.id) else f"{topic}/{device.id}"

    def found() -> tuple[int, Any] | None:
        for entry in world.timeline.since(start):
            sent = entry.what
            if isinstance(sent, MqttPacket) and (sent.what, sent.topic) == ("up", whole):
                messages = [sent.payload, *_events(sent.payload)]
                if any(isinstance(item, Mapping) and fits(item, fields) for item in messages):
                    return entry.seq, sent.payload
        return None

    if await world.until(lambda: found() is not None, world.spec.timeout):
        device.read[kind], payload = found() or (start, None)
        await world.settle()
        return payload
    entries = [entry.what for entry in world.timeline.since(start)]
    came = [item.words for item in entries if isinstance(item, MqttPacket) and item.what == "up"]
    raise AssertionError(
        _story(device, _(f"{device.id} sent nothing on {topic} with {words_of(fields)}"), came)
    )


def _events(payload: object) -> list[Any]:
    """Return the events of a message that has a list of them, as that of the Python SDK."""
    events = payload.get("events") if isinstance(payload, Mapping) else None
    return events if isinstance(events, list) else []


def _story(device: RealDevice, text: str, came: list[str]) -> str:
    story = failure(device.world, text, "messages", came)
    return _(f"{story}\nThe program printed:\n{device.output}") if device.output else story
