"""The mini program around the panel: navigation, sharing, vibration, and showing and hiding the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devkit.timeline.bulk import JSON
from devkit.timeline.kinds import MiniProgramCall, MiniProgramState, Navigation, ShareCard, Vibration
from devkit.timeline.timeline import Timeline

AWAY = ("navigateTo", "redirectTo", "reLaunch", "switchTab", "navigateBack")
STATES = ("pageShow", "pageHide", "appShow", "appHide")


@dataclass
class MiniProgram:
    """Record what panels ask of the mini program, and let tests and the console act as it.

    calls: every wx.miniProgram call; vibrations: types of triggerVibrateShort; share: the last
    setShareConfig; failures: {api: error object} that the next calls of that api get.
    """

    timeline: Timeline
    broadcast: Callable[[str, JSON], None]
    calls: list[MiniProgramCall] = field(default_factory=list)
    vibrations: list[str | None] = field(default_factory=list)
    share: dict[str, JSON] | None = None
    qq_music_login: bool = False
    qq_music_pending: bool = False
    failures: dict[str, dict[str, JSON]] = field(default_factory=dict)
    wx_results: dict[str, JSON] = field(default_factory=dict)

    @property
    def navigations(self) -> list[MiniProgramCall]:
        """Return the calls that lead away from the panel."""
        return [call for call in self.calls if call.api in AWAY]

    @property
    def last(self) -> MiniProgramCall | None:
        """Return the newest call."""
        return self.calls[-1] if self.calls else None

    def record(self, api: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Note a call and return the object that its success (or, with code, its fail) callback gets."""
        kind = Navigation if api in AWAY else MiniProgramCall
        call = kind(api, params, int(time.time() * 1000), str(params.get("url") or ""))
        self.calls.append(call)
        self.timeline.record(call)
        if api in self.failures:
            return {"errMsg": f"{api}:fail", **self.failures[api]}
        return {"errMsg": f"{api}:ok"}

    def vibrate(self, kind: str | None) -> None:
        """Note a vibration."""
        self.vibrations.append(kind)
        self.timeline.record(Vibration(kind))

    def set_share(self, config: Mapping[str, JSON]) -> None:
        """Note the title and picture of a share card."""
        self.share = dict(config)
        self.timeline.record(ShareCard(self.share))

    def show_page(self, payload: JSON = None) -> None:
        """Bring the panel's page to the front: pageShow."""
        self._state("pageShow", payload)

    def hide_page(self, payload: JSON = None) -> None:
        """Cover the panel's page: pageHide."""
        self._state("pageHide", payload)

    def show_app(self, payload: JSON = None) -> None:
        """Bring the mini program to the front: appShow."""
        self._state("appShow", payload)

    def hide_app(self, payload: JSON = None) -> None:
        """Send the mini program to the background: appHide."""
        self._state("appHide", payload)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.calls.clear()
        self.vibrations.clear()
        self.share = None

    def _state(self, name: str, payload: JSON) -> None:
        self.timeline.record(MiniProgramState(name, payload))
        self.broadcast(name, payload)
