"""Phones by what they can do: how much slower than this machine, on what network, how large."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devkit.errors import SettingsError
from devkit.language import _


@dataclass(frozen=True)
class PhoneProfile:
    """cpu: times slower than this machine. bits_s, rtt_ms: of its network. viewport in CSS px."""

    name: str
    cpu: float
    bits_s: int
    rtt_ms: int
    viewport: tuple[int, int] = (375, 812)

    def transfer_ms(self, *sizes: int) -> float:
        """Return how long files of so many bytes take, asked for together after the page."""
        return 2 * self.rtt_ms + sum(sizes) * 8000 / self.bits_s

    @property
    def spec(self) -> Mapping[str, Any]:
        """Return the fields of PanelSpec."""
        return {"viewport": self.viewport, "scale": 2, "touch": True}


PROFILES: Mapping[str, PhoneProfile] = {
    item.name: item
    for item in (
        PhoneProfile("mid", 4, 9_000_000, 100),
        PhoneProfile("low", 6, 1_600_000, 150, (360, 640)),
        PhoneProfile("fast", 1, 50_000_000, 30, (393, 852)),
    )
}
"""mid and low are Lighthouse's and WebPageTest's usual slow-downs.

Source: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
"""


def profile(name: str) -> PhoneProfile:
    """Return a profile.

    Errors: SettingsError that names the nearest.
    """
    if name in PROFILES:
        return PROFILES[name]
    close = difflib.get_close_matches(name, PROFILES, n=1)
    hint = _(f"Did you mean {close[0]}?") if close else _(f"Known: {', '.join(PROFILES)}.")
    raise SettingsError(_(f"There is no profile {name!r}."), hint)
