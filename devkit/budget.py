"""Budgets: the table `budget` of devkit.toml, which `devkit audit` holds a panel to."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from devkit.errors import SettingsError
from devkit.language import _

BYTES = ("js", "css", "js_gzip", "heap_growth")
TIMES = ("first_pixels", "largest_pixels", "sdk_ready", "long_task", "tap", "frame_p95")
SCORE = "score"
_UNITS = {"b": 1, "kb": 1000, "kib": 1024, "mb": 1000**2, "mib": 1024**2, "ms": 1, "s": 1000}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Budget:
    """{name: limit}: bytes and ms at most, score at least."""

    limits: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, value: object, source: str) -> Budget:
        """Return what a table of devkit.toml says.

        Errors: SettingsError naming source and value.
        """
        if isinstance(value, cls):
            return value
        example = '[budget] js = "300 kB", first_pixels = "1.2 s", score = 90'
        if not isinstance(value, Mapping):
            raise SettingsError(
                _(f"{source}: budget must be a table, not {value!r}."), _(f"Write {example}.")
            )
        return cls({str(name): _limit(str(name), item, source) for name, item in value.items()})

    def broken(self, metrics: Mapping[str, float], unmeasured: Container[str] = ()) -> list[str]:
        """Return in one line each what is over its limit; what was not measured is.

        unmeasured: names of what could not be, which is not held to a limit.
        """
        lines = []
        for name, limit in self.limits.items():
            if name not in metrics and name in unmeasured:
                continue
            if name not in metrics:
                lines.append(_(f"{name} was not measured; the budget is {amount(name, limit)}"))
                continue
            found = metrics[name]
            if found < limit if name == SCORE else found > limit:
                lines.append(_(f"{name} is {amount(name, found)}; the budget is {amount(name, limit)}"))
        return lines


def amount(name: str, value: float) -> str:
    """Return a number with its unit."""
    if name in TIMES:
        return f"{value / 1000:.2f} s" if abs(value) >= 1000 else f"{value:.0f} ms"
    if name in BYTES or name == "unused_css":
        if abs(value) >= 1_000_000:
            return f"{value / 1e6:.2f} MB"
        return f"{value / 1000:.1f} kB" if abs(value) >= 1000 else f"{value:.0f} B"
    return f"{value:.2f}" if name == "layout_shift" else f"{value:.0f}"


def _limit(name: str, value: object, source: str) -> float:
    known = (*BYTES, *TIMES, SCORE)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = _(f"Did you mean {close[0]}?") if close else _(f"Known: {', '.join(known)}.")
        raise SettingsError(_(f"{source}: there is no budget for {name!r}."), hint)
    if name == SCORE:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
            return value
        raise SettingsError(_(f"{source}: budget.score must be 0 to 100, not {value!r}."))
    units = ("ms", "s") if name in TIMES else ("B", "kB", "KiB", "MB", "MiB")
    found = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found and found[2].lower() in {unit.lower() for unit in units}:
        return float(found[1]) * _UNITS[found[2].lower()]
    raise SettingsError(
        _(f"{source}: budget.{name} must be a number with a unit ({', '.join(units)}), not {value!r}."),
        _(f'Write for example {name} = "{"1.2 s" if name in TIMES else "300 kB"}".'),
    )
