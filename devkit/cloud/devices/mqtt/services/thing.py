"""`$thing`: properties, events, actions, services and raw data of a device.

Source: docs/reference/device-side.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from devkit.cloud.devices import shadow
from devkit.cloud.devices.mqtt.exchange import BAD_VALUE, Exchange
from devkit.cloud.store.work import Work
from devkit.errors import PropertyValueError
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import DeviceEvent, DeviceReport

EARLIEST_MS = 1_000_000_000_000
REPORTED_INFO = "report_info"


def take_property(exchange: Exchange) -> None:
    """Take a message on `$thing/up/property`.

    One without a method is an answer, as the Python SDK sends it, and is never answered: its own sample
    answers every message in turn, and the two would not end.
    """
    if exchange.method in _PROPERTY:
        _PROPERTY[exchange.method](exchange)
    elif not exchange.method and "code" in exchange.message:
        _control_reply(exchange)
    else:
        exchange.complain(_(f"Its method {exchange.method!r} is none of $thing/up/property: no answer."))


def _report(exchange: Exchange) -> None:
    values = exchange.message.get("params")
    emulator, device_id = exchange.emulator, exchange.device_id

    def store(work: Work) -> dict[str, JSON]:
        device = exchange.row(work)
        checked = emulator.model(work.tx, device["product_id"]).validate(values, write=False)
        shadow.report(work, device, checked, time=_moment(exchange.message))
        return checked

    try:
        checked = emulator.perform(store)
    except PropertyValueError as error:
        exchange.complain(_(f"Its report does not fit the thing model: {error.message}"))
        exchange.answer("report_reply", BAD_VALUE, error.message)
        return
    emulator.observe(DeviceReport(device_id, checked))
    _confirm(exchange, checked)
    exchange.answer("report_reply")
    emulator.effects.run()


def _moment(message: Mapping[str, JSON]) -> int:
    """Return the time of a message in ms; 0 when it has none, or one in seconds."""
    time = message.get("timestamp")
    usable = isinstance(time, int) and not isinstance(time, bool) and EARLIEST_MS <= time < 2**53
    return int(time) if usable and isinstance(time, int) else 0


def _confirm(exchange: Exchange, values: Mapping[str, JSON]) -> None:
    """Forget the wishes that the device has fulfilled."""
    wanted = exchange.broker.wanted.get(exchange.device_id, {})
    for name in values:
        wanted.pop(name, None)


def _control_reply(exchange: Exchange) -> None:
    """Note that a control was taken; a code other than 0 refuses it."""
    code = exchange.message.get("code")
    if code:
        status = exchange.message.get("status") or ""
        exchange.complain(_(f"It refused the control: code {code} {status}").rstrip())
    exchange.broker.wanted.pop(exchange.device_id, None)


def _get_status(exchange: Exchange) -> None:
    """Answer with the values that the cloud has, and with the control that did not reach the device."""
    with exchange.emulator.work() as work:
        reported = shadow.current(work, exchange.device_id)
    data: dict[str, JSON] = {"reported": reported}
    wanted = exchange.broker.wanted.get(exchange.device_id)
    if wanted:
        data["control"] = dict(wanted)
    kind = exchange.message.get("type")
    if kind in ("report", "control"):
        exchange.answer("get_status_reply", type=kind, data=data)
    else:
        exchange.answer("get_status_reply", data=data)


def _clear_control(exchange: Exchange) -> None:
    exchange.broker.wanted.pop(exchange.device_id, None)
    exchange.answer("clear_control_reply")


def _report_info(exchange: Exchange) -> None:
    info = exchange.message.get("params")
    if not isinstance(info, dict):
        exchange.answer("report_info_reply", BAD_VALUE, _("params must be an object."))
        return
    exchange.emulator.perform(lambda work: shadow.note_info(work, exchange.row(work), info))
    exchange.answer("report_info_reply")


def take_event(exchange: Exchange) -> None:
    """Take event_post and events_post; the Python SDK sends a list under event_post, too."""
    if exchange.method not in ("event_post", "events_post"):
        exchange.complain(_(f"There is no method {exchange.method!r} on $thing/up/event; it gets no answer."))
        return
    listed = exchange.message.get("events")
    events = listed if isinstance(listed, list) else [dict(exchange.message)]
    problem = ""
    for event in events:
        problem = problem or _post(exchange, event)
    answer = "events_reply" if exchange.method == "events_post" else "event_reply"
    if problem:
        exchange.complain(_(f"Its event does not fit the thing model: {problem}"))
    code, status = (BAD_VALUE, problem) if problem else (0, "")
    exchange.answer(answer, code, status, version="1.0", data={})
    exchange.emulator.effects.run()


def _post(exchange: Exchange, event: JSON) -> str:
    """Post one event; return what is wrong with it."""
    if not isinstance(event, dict) or not isinstance(event.get("eventId"), str):
        return _("an event is an object with eventId and params.")
    event_id, emulator = str(event["eventId"]), exchange.emulator
    params, moment = event.get("params") or {}, _moment(event)

    def store(work: Work) -> dict[str, JSON]:
        device = exchange.row(work)
        model = emulator.model(work.tx, device["product_id"])
        checked = model.validate_event(event_id, params)
        known = model.event(event_id)
        shadow.post_event(work, device, event_id, known.type, checked, title=known.name, time=moment)
        return checked

    try:
        checked = emulator.perform(store)
    except PropertyValueError as error:
        return error.message
    emulator.observe(DeviceEvent(exchange.device_id, event_id, checked))
    return ""


def take_action(exchange: Exchange) -> None:
    """Take the answer to an action."""
    if not exchange.body.answered(exchange.message):
        exchange.complain(
            _(f"Its answer to an action has the token {exchange.token!r}, for which nobody waits (any more).")
        )


_PROPERTY = {
    "report": _report,
    "control_reply": _control_reply,
    "get_status": _get_status,
    "clear_control": _clear_control,
    REPORTED_INFO: _report_info,
}
