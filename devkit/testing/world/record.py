"""What happened in a test, and how it is shown when the test fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from devkit.language import _
from devkit.redaction import redact
from devkit.timeline.bulk import JSON
from devkit.timeline.happening import Happening
from devkit.timeline.kinds import (
    KINDS,
    ActionCall,
    AirFrame,
    BleCall,
    ConsoleLine,
    LinkChange,
    Navigation,
    PanelProblem,
    Push,
    SdkCall,
)
from devkit.timeline.timeline import Entry, Timeline

SHOWN = 20
WIDTH = 150


class PhoneTimeline(Timeline):
    """The timeline of one phone, which also writes to that of the whole test."""

    def __init__(self, whole: Timeline, name: str) -> None:
        super().__init__()
        self._whole = whole
        self._name = name

    def record(self, what: Happening, *, phone: str = "", session: str = "") -> Entry:
        """Append an entry here and there."""
        self._whole.record(what, phone=phone or self._name, session=session)
        return super().record(what, session=session)


def describe(entry: Entry) -> str:
    """Return what an entry says, on one line, without secrets: reports and logs keep it."""
    what = entry.what
    tell = _TELLERS.get(type(what))
    words = redact(tell(what) if tell else _fields(entry.data))
    return words if len(words) <= WIDTH else f"{words[: WIDTH - 1]}…"


def format_timeline(entries: Iterable[Entry], shown: int = SHOWN) -> str:
    """Return the last things that happened, oldest first, with the time since the first of all."""
    told = [(entry, words) for entry in entries if (words := describe(entry))]
    if not told:
        return _("  nothing happened yet")
    start = told[0][0].time
    lines = [
        f"  {(entry.time - start) / 1000:8.3f} s  {entry.kind:<11} {words}" for entry, words in told[-shown:]
    ]
    left_out = len(told) - len(lines)
    return "\n".join([_(f"  … {left_out} earlier"), *lines] if left_out else lines)


def given_arguments(call: SdkCall) -> list[JSON]:
    """Return the arguments of an SDK call, without those at the end that were left out."""
    args = list(call.args or [])
    while args and args[-1] is None:
        args.pop()
    return args


def compact(value: JSON) -> str:
    """Return JSON without its white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _fields(data: Mapping[str, JSON]) -> str:
    return " ".join(f"{name}={compact(value)}" for name, value in data.items() if value not in (None, ""))


def _sdk(call: SdkCall) -> str:
    args = ", ".join(compact(arg) for arg in given_arguments(call))
    return f"sdk.{call.member}({args}){_outcome(call.error)}"


def _outcome(error: JSON) -> str:
    return _(f" rejected: {compact(error)}") if error else ""


def _action(call: ActionCall) -> str:
    params = {name: value for name, value in call.params.items() if name not in _NOISE}
    return f"{call.action} {compact(params)}{_outcome(call.error)}"


def _push(push: Push) -> str:
    payload = push.payload
    values = payload.get("params", payload) if isinstance(payload, dict) else payload
    return f"{push.device_id} {push.type}/{push.sub_type} {compact(values)}"


def _device(what: Happening) -> str:
    data = what.to_json()
    act, device = data.pop("act"), data.pop("DeviceId", "cloud")
    return f"{device} {act} {compact(data) if data else ''}".rstrip()


def _frame(frame: AirFrame) -> str:
    place = f"{frame.address} {frame.what} {frame.characteristic[4:8]}"
    return f"{place} {frame.value} {frame.words}".rstrip()


def _ble_call(call: BleCall) -> str:
    answer = call.answer
    failed = _(f" failed: {answer.get('errMsg') or answer.get('msg')}") if answer.get("code") else ""
    return f"{call.api} {compact(call.params or {})}{failed}"


def _console(line: ConsoleLine) -> str:
    """Tell a line, unless a problem of the panel tells the same."""
    return "" if line.level in ("exception", "rejection") else f"{line.level}: {line.text}"


_NOISE = frozenset({"RequestId", "PlatformId", "Token3rd", "AccessToken"})
_TELLERS: Mapping[type[Happening], Callable[..., str]] = {
    SdkCall: _sdk,
    ActionCall: _action,
    Push: _push,
    Navigation: lambda call: f"{call.api} {call.url}".rstrip(),
    AirFrame: _frame,
    BleCall: _ble_call,
    PanelProblem: lambda problem: " ".join(f"{problem.what}: {problem.text}".split()),
    ConsoleLine: _console,
    LinkChange: lambda _: "",
    **{kind: _device for kind in KINDS if kind.kind == "device"},
}
"""How a story tells what happened, "" when it does not; other kinds tell their fields."""
