"""What happened in a test, and how it is shown when the test fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from devkit.sdk import Entry, Timeline

SHOWN = 20
WIDTH = 150
QUIET = frozenset({"link"})


class PhoneTimeline(Timeline):
    """The timeline of one phone, which also writes to that of the whole test."""

    def __init__(self, whole: Timeline, name: str) -> None:
        super().__init__()
        self._whole = whole
        self._name = name

    def record(self, kind: str, data: Any) -> Entry:
        """Append an entry here and there."""
        self._whole.record(kind, {**data, "phone": self._name} if isinstance(data, dict) else data)
        return super().record(kind, data)


def _is_quiet(entry: Entry) -> bool:
    """Tell whether an entry says nothing new: links, and exceptions that are problems already."""
    told_twice = entry.kind == "console" and entry.data.get("level") in ("exception", "rejection")
    return entry.kind in QUIET or told_twice


def describe(entry: Entry) -> str:
    """Return what an entry says, on one line."""
    data = entry.data if isinstance(entry.data, dict) else {"value": entry.data}
    words = _WORDS.get(entry.kind, _fields)(data)
    return words if len(words) <= WIDTH else f"{words[: WIDTH - 1]}…"


def format_timeline(entries: Iterable[Entry], shown: int = SHOWN) -> str:
    """Return the last things that happened, oldest first, with the time since the first of all."""
    told = [entry for entry in entries if not _is_quiet(entry)]
    if not told:
        return "  nothing happened yet"
    start = told[0].time
    lines = [
        f"  {(entry.time - start) / 1000:8.3f} s  {entry.kind:<11} {describe(entry)}"
        for entry in told[-shown:]
    ]
    left_out = len(told) - len(lines)
    return "\n".join([f"  … {left_out} earlier", *lines] if left_out else lines)


def given_arguments(call: Mapping[str, Any]) -> list[Any]:
    """Return the arguments of an SDK call, without those at the end that were left out."""
    args = list(call.get("args") or [])
    while args and args[-1] is None:
        args.pop()
    return args


def compact(value: Any) -> str:
    """Return JSON without its white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _fields(data: dict[str, Any]) -> str:
    return " ".join(f"{name}={compact(value)}" for name, value in data.items() if value not in (None, ""))


def _sdk(data: dict[str, Any]) -> str:
    args = ", ".join(compact(arg) for arg in given_arguments(data))
    return f"sdk.{data.get('member')}({args}){_outcome(data)}"


def _outcome(data: dict[str, Any]) -> str:
    error = data.get("error")
    return f" rejected: {compact(error)}" if error else ""


def _action(data: dict[str, Any]) -> str:
    params = {key: value for key, value in data.get("params", {}).items() if key not in _NOISE}
    return f"{data.get('action')} {compact(params)}{_outcome(data)}"


def _push(data: dict[str, Any]) -> str:
    payload = data.get("Payload")
    values = payload.get("params", payload) if isinstance(payload, dict) else payload
    return f"{data.get('DeviceId')} {data.get('Type')}/{data.get('SubType')} {compact(values)}"


def _device(data: dict[str, Any]) -> str:
    rest = {key: value for key, value in data.items() if key not in ("DeviceId", "act")}
    return f"{data.get('DeviceId', 'cloud')} {data.get('act')} {compact(rest) if rest else ''}".rstrip()


def _navigation(data: dict[str, Any]) -> str:
    return f"{data.get('api')} {data.get('url', '')}".rstrip()


def _frame(data: dict[str, Any]) -> str:
    place = f"{data.get('address')} {data.get('kind')} {str(data.get('characteristic'))[4:8]}"
    return f"{place} {data.get('value')} {data.get('words') or ''}".rstrip()


def _ble_call(data: dict[str, Any]) -> str:
    answer = data.get("answer") or {}
    failed = f" failed: {answer.get('errMsg') or answer.get('msg')}" if answer.get("code") else ""
    return f"{data.get('api')} {compact(data.get('params') or {})}{failed}"


_NOISE = frozenset({"RequestId", "PlatformId", "Token3rd", "AccessToken"})
_WORDS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "sdk": _sdk,
    "action": _action,
    "push": _push,
    "device": _device,
    "navigation": _navigation,
    "ble.frame": _frame,
    "ble.call": _ble_call,
    "problem": lambda data: " ".join(f"{data.get('kind')}: {data.get('text')}".split()),
    "console": lambda data: f"{data.get('level')}: {data.get('text')}",
}
