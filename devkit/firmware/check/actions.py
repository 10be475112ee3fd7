"""Checks of actions and events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from devkit.errors import PropertyValueError
from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.finding import Findings, SkippedError, finding
from devkit.firmware.check.properties import alive, code_of, method_of, token_of
from devkit.firmware.check.samples import good_values
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import Action

UP, DOWN = "$thing/up/action", "$thing/down/action"


async def _need(bench: FirmwareBench) -> None:
    if not bench.model.actions:
        raise SkippedError(_("the thing model has no actions"))
    if not await bench.listens(DOWN):
        raise SkippedError(_("it is not subscribed to $thing/down/action"))


async def check_actions(bench: FirmwareBench) -> Findings:
    """Ask for every action with every input."""
    await _need(bench)
    found: Findings = []
    for action in bench.model.actions:
        found += await _perform(bench, action)
    return found


async def _perform(bench: FirmwareBench, action: Action) -> Findings:
    inputs: JSON = {field.id: good_values(field.define, bench.chance)[-1] for field in action.input}
    since = bench.mark()
    given = {"ActionId": action.id, "InputParams": json.dumps(inputs)}
    asked = asyncio.ensure_future(bench.call("AppCallDeviceActionSync", given))
    answered = await bench.until(
        lambda: any(method_of(item) == "action_reply" for item in bench.packets(since))
    )
    if not answered:
        asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    if not answered:
        return [
            finding(bench, _(f"No action_reply to {action.id} within {bench.patience_s:g} s."), DOWN, inputs)
        ]
    reply = next(item for item in bench.packets(since) if method_of(item) == "action_reply")
    request = next(item for item in bench.packets(since, "down") if method_of(item) == "action")
    if token_of(reply) != token_of(request):
        return [
            finding(bench, _(f"Its action_reply to {action.id} has another clientToken."), UP, reply.payload)
        ]
    if code_of(reply) != 0:
        return [
            finding(bench, _(f"It answers {action.id} with the code {code_of(reply)!r}."), UP, reply.payload)
        ]
    return _look_at_response(bench, action, reply.payload)


def _look_at_response(bench: FirmwareBench, action: Action, reply: JSON) -> Findings:
    response = reply.get("response") if isinstance(reply, Mapping) else None
    if not isinstance(response, Mapping):
        missing = [field.id for field in action.output]
        text = _(f"Its action_reply to {action.id} has no response.")
        return [finding(bench, text, UP, reply)] if missing else []
    found = []
    for field in action.output:
        if field.id not in response:
            text = _(f"The response of {action.id} lacks {field.id}.")
            found.append(finding(bench, text, UP, reply))
    try:
        bench.model.validate_output(action.id, dict(response))
    except PropertyValueError as error:
        found.append(finding(bench, error.message, UP, reply))
    return found


async def check_inputs(bench: FirmwareBench) -> Findings:
    """Ask for actions without their inputs, and for one that there is not."""
    await _need(bench)
    found: Findings = []
    wrong: list[tuple[str, str]] = [("no_such_action", _("there is no such action"))]
    wrong += [(action.id, _("its inputs are missing")) for action in bench.model.actions if action.input]
    for action_id, why in wrong:
        since = bench.mark()
        message: dict[str, JSON] = {"actionId": action_id, "timestamp": 1_700_000_000, "params": {}}
        bench.say(DOWN, {"method": "action", "clientToken": "inputs", **message})

        def replies(since: int = since) -> list[JSON]:
            return [item.payload for item in bench.packets(since) if method_of(item) == "action_reply"]

        await bench.until(lambda replies=replies: bool(replies()), bench.quiet_s)  # type: ignore[misc]
        for reply in replies():
            if isinstance(reply, Mapping) and reply.get("code") == 0:
                text = _(f"It answers the action {action_id} with code 0, though {why}.")
                found.append(finding(bench, text, UP, reply))
    return found + await alive(bench, _("actions that cannot be"))


async def check_events(bench: FirmwareBench) -> Findings:
    """Look at the events that it posted meanwhile."""
    posted = [item for item in bench.packets(0) if item.topic.startswith("$thing/up/event")]
    if not posted:
        raise SkippedError(_("it posted no event meanwhile"))
    found = []
    for packet in posted:
        message = packet.payload if isinstance(packet.payload, dict) else {}
        listed = message.get("events")
        for event in listed if isinstance(listed, list) else [message]:
            if problem := _problem(bench, event):
                found.append(finding(bench, problem, "$thing/up/event", packet.payload))
        if not token_of(packet):
            found.append(
                finding(bench, _("Its event has no clientToken."), "$thing/up/event", packet.payload)
            )
    return found


def _problem(bench: FirmwareBench, event: JSON) -> str:
    """Return what is wrong with an event, "" for nothing."""
    if not isinstance(event, Mapping):
        return _("An event is an object.")
    event_id = str(event.get("eventId"))
    try:
        bench.model.validate_event(event_id, event.get("params") or {})
        known = bench.model.event(event_id)
    except PropertyValueError as error:
        return error.message
    if event.get("type") != known.type:
        return _(
            f"The event {event_id} has the type {event.get('type')!r}, in the thing model {known.type!r}."
        )
    params = event.get("params")
    params = params if isinstance(params, Mapping) else {}
    lacking = [field.id for field in known.params if field.id not in params]
    return _(f"The event {event_id} lacks {', '.join(lacking)}.") if lacking else ""
