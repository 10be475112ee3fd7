"""Recordings: what went between devkit and a cloud, kept without secrets, and a transport that plays it back.

A recording is a text of JSON lines, {"kind": "action" | "push", …} as the observer hears them.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from devkit.errors import CloudApiError, SettingsError, TransportError
from devkit.language import _
from devkit.private_files import write_private
from devkit.redaction import redacted
from devkit.subscriptions import Subscription, Subscriptions
from devkit.timeline.happening import Happening, Observer
from devkit.timeline.kinds import ActionCall
from devkit.transport.base import JSON, DeviceBench, Push


class Recorder:
    """Write what an observer hears to a file, line by line, and pass it on.

    Each line is written and closed, so that a recording is whole however the process ends.
    """

    def __init__(self, file: Path, observer: Observer | None = None) -> None:
        self._file = file
        try:
            write_private(file, b"")
        except OSError as error:
            raise SettingsError(_(f"The recording {file} cannot be written: {error.strerror}.")) from error
        self._observer = observer

    def __call__(self, what: Happening) -> None:
        """Hear of an action, a push or a device-side act; the last has no place in a recording."""
        if isinstance(what, ActionCall | Push):
            line = {"kind": what.kind, **redacted(what.to_json())}
            with self._file.open("a", encoding="utf-8") as out:  # keeps mode 0600
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
        if self._observer:
            self._observer(what)


class RecordedCall:
    """One call of a recording, and the pushes that came between it and the next."""

    def __init__(self, line: Mapping[str, JSON]) -> None:
        self.action = str(line["action"])
        self.key = _key(self.action, line.get("params") or {})
        self.response: dict[str, JSON] = dict(line.get("response") or {})
        self.error: Mapping[str, JSON] | None = line.get("error")
        self.pushes: list[Push] = []


def _key(action: str, params: Mapping[str, JSON]) -> str:
    """Return what makes two calls the same: action and parameters, but for what differs each time."""
    kept = {name: value for name, value in params.items() if name not in ("RequestId", "AccessToken")}
    return f"{action} {json.dumps(redacted(kept), sort_keys=True, ensure_ascii=False)}"


def read_recording(file: Path) -> tuple[list[Push], list[RecordedCall]]:
    """Return the pushes before the first call, and the calls.

    Errors: SettingsError naming the line that is none.
    """
    calls: list[RecordedCall] = []
    early: list[Push] = []
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_(f"The recording {file} cannot be read: {error}.")) from error
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            if line["kind"] == "action":
                calls.append(RecordedCall(line))
            else:
                push = Push(line["DeviceId"], line["Type"], line["SubType"], line["Time"], line["Payload"])
                (calls[-1].pushes if calls else early).append(push)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SettingsError(
                _(f"{file}:{number}: this line is not of a recording."), _("Record again with --record.")
            ) from error
    return early, calls


class ReplayTransport:
    """Answer calls as a recording did: the same call again gets its next answer, at the end its last one."""

    def __init__(self, file: Path, *, observer: Observer | None = None) -> None:
        self._file = file
        self._early, calls = read_recording(file)
        self._calls: dict[str, deque[RecordedCall]] = {}
        for call in calls:
            self._calls.setdefault(call.key, deque()).append(call)
        self._played: set[int] = set()
        self._subscriptions: Subscriptions[Push] = Subscriptions()
        self._observer = observer

    @property
    def bench(self) -> DeviceBench | None:
        """Return None: what devices do is in the recording."""
        return None

    async def call(self, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Return the recorded answer; the pushes that followed it follow again.

        Errors: CloudApiError as recorded, TransportError for a call that was not recorded.
        """
        waiting = self._calls.get(_key(action, params))
        if not waiting:
            raise TransportError(
                _(f"{self._file} has no call of {action} with these parameters."),
                _("Record again with --record, doing what the panel does now."),
            )
        call = waiting.popleft() if len(waiting) > 1 else waiting[0]
        self._observe(ActionCall(action, params, None if call.error else call.response, call.error))
        if id(call) not in self._played:
            self._played.add(id(call))
            for push in call.pushes:
                self._deliver(push)
        if call.error:
            error = CloudApiError(call.error["code"], str(call.error["msg"]))
            error.request_id = str(params.get("RequestId", ""))
            raise error
        return {**call.response, "RequestId": str(params.get("RequestId") or secrets.token_hex(8))}

    def _deliver(self, push: Push) -> None:
        self._observe(push)
        self._subscriptions.publish(push.device_id, push)

    def _observe(self, what: Happening) -> None:
        if self._observer:
            self._observer(what)

    def subscribe(
        self, device_ids: Collection[str], subscriber: Callable[[Push], None]
    ) -> Subscription[Push]:
        """Call subscriber with the pushes of some devices as calls set them free.

        The first subscriber gets those before every call at once.
        """
        subscription = self._subscriptions.subscribe(device_ids, subscriber)
        early, self._early = self._early, []
        for push in early:
            self._deliver(push)
        return subscription

    async def aclose(self) -> None:
        """End every subscription."""
        self._subscriptions.close()
