"""The mini program around the panel: navigation, sharing, vibration, and showing and hiding the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from devkit.timeline.timeline import Timeline

AWAY = ("navigateTo", "redirectTo", "reLaunch", "switchTab", "navigateBack")
STATES = ("pageShow", "pageHide", "appShow", "appHide")


@dataclass(frozen=True)
class MiniProgramCall:
    """One wx.miniProgram call of a panel. time is unix ms; url is "" for APIs without one."""

    api: str
    params: Mapping[str, Any]
    time: int
    url: str = ""

    @property
    def path(self) -> str:
        """Return the page of the URL, without its query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """Return the query of the URL, decoded."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def to_json(self) -> dict[str, Any]:
        """Return the call as the timeline shows it."""
        return {"api": self.api, "url": self.url, "params": dict(self.params), "time": self.time}


@dataclass
class MiniProgram:
    """Record what panels ask of the mini program, and let tests and the console act as it.

    calls: every wx.miniProgram call; vibrations: types of triggerVibrateShort; share: the last
    setShareConfig; failures: {api: error object} that the next calls of that api get.
    """

    timeline: Timeline
    broadcast: Callable[[str, Any], None]
    calls: list[MiniProgramCall] = field(default_factory=list)
    vibrations: list[str | None] = field(default_factory=list)
    share: dict[str, Any] | None = None
    qq_music_login: bool = False
    qq_music_pending: bool = False
    failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    wx_results: dict[str, Any] = field(default_factory=dict)

    @property
    def navigations(self) -> list[MiniProgramCall]:
        """Return the calls that lead away from the panel."""
        return [call for call in self.calls if call.api in AWAY]

    @property
    def last(self) -> MiniProgramCall | None:
        """Return the newest call."""
        return self.calls[-1] if self.calls else None

    def record(self, api: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Note a call and return the object that its success (or, with code, its fail) callback gets."""
        call = MiniProgramCall(api, params, int(time.time() * 1000), str(params.get("url") or ""))
        self.calls.append(call)
        self.timeline.record("navigation" if api in AWAY else "miniProgram", call.to_json())
        if api in self.failures:
            return {"errMsg": f"{api}:fail", **self.failures[api]}
        return {"errMsg": f"{api}:ok"}

    def vibrate(self, kind: str | None) -> None:
        """Note a vibration."""
        self.vibrations.append(kind)
        self.timeline.record("vibrate", {"type": kind})

    def set_share(self, config: Mapping[str, Any]) -> None:
        """Note the title and picture of a share card."""
        self.share = dict(config)
        self.timeline.record("share", self.share)

    def show_page(self, payload: Any = None) -> None:
        """Bring the panel's page to the front: pageShow."""
        self._state("pageShow", payload)

    def hide_page(self, payload: Any = None) -> None:
        """Cover the panel's page: pageHide."""
        self._state("pageHide", payload)

    def show_app(self, payload: Any = None) -> None:
        """Bring the mini program to the front: appShow."""
        self._state("appShow", payload)

    def hide_app(self, payload: Any = None) -> None:
        """Send the mini program to the background: appHide."""
        self._state("appHide", payload)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.calls.clear()
        self.vibrations.clear()
        self.share = None

    def _state(self, name: str, payload: Any) -> None:
        self.timeline.record("miniProgram", {"event": name, "payload": payload})
        self.broadcast(name, payload)
