"""How a test wants its panel: the arguments of the `panel` marker, checked."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import SettingsError
from devkit.language import _, marked
from devkit.settings import MOST_OF_A_GROUP

if TYPE_CHECKING:
    from devkit.ble import Peripheral

PHONE = (375, 812)
COLOR_SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class PanelSpec:
    """One panel as a test wants it.

    js, css: a built panel to open in place of the project's, relative to it.
    model: thing model, as a file (relative to the project) or a mapping; the project's when None.
    product_id, device: of the device that the panel controls; those of devkit.toml when "".
    data: {property id: value} that the device has at first. online: whether it is connected.
    gateway: the product is a gateway with sub-devices; devkit.toml and the thing model may say so, too.
    group: how many devices the panel controls as one, in place of one device.
    share: it was shared with this user. mock: the platform's preview, which reaches no device.
    ultrafast: the page comes before its data. props: further fields of PANEL_DATA.
    path: the panel's own route below /h5panel/developing. query: more of the page's query.
    locale, timezone: of the browser. viewport: (width, height) in CSS px. scale: device pixels a CSS px.
    touch: fingers instead of a mouse. color_scheme: "light" or "dark".
    user_agent: what the browser calls itself, its own name when "".
    network: let requests to other hosts out.
    peripherals: Bluetooth devices, as "file.py:Class" (relative to the project) or classes; those of
    devkit.toml when (). bluetooth: whether the phone's Bluetooth is on.
    errors: "fail" makes an uncaught error of the panel fail the test, "allow" does not.
    timeout: seconds to wait for the panel, its elements, and what a test expects.
    """

    js: str = ""
    css: str = ""
    model: Path | str | Mapping[str, Any] | None = None
    product_id: str = ""
    device: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    online: bool = True
    share: bool = False
    mock: bool = False
    gateway: bool = False
    group: int = 0
    ultrafast: bool = False
    props: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    locale: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    viewport: tuple[int, int] = PHONE
    scale: float = 1
    touch: bool = False
    user_agent: str = ""
    color_scheme: str = "light"
    network: bool = False
    peripherals: Sequence[str | type[Peripheral]] = ()
    bluetooth: bool = True
    errors: str = "fail"
    timeout: float = 5.0

    @property
    def browser_key(self) -> str:
        """Return a text that is equal for panels that can use the same browser context."""
        return json.dumps(self.context_options, sort_keys=True)

    @property
    def context_options(self) -> dict[str, Any]:
        """Return what Playwright's new_context takes."""
        width, height = self.viewport
        return {
            "viewport": {"width": width, "height": height},
            "locale": self.locale,
            "timezone_id": self.timezone,
            "device_scale_factor": self.scale,
            "has_touch": self.touch,
            "color_scheme": self.color_scheme,
            "service_workers": "block",
            **({"user_agent": self.user_agent} if self.user_agent else {}),
        }

    def replace(self, **changes: Any) -> PanelSpec:
        """Return a copy with some fields changed.

        Errors: SettingsError for an unknown name or a value that does not fit.
        """
        for name, value in changes.items():
            check_field(name, value)
        if "viewport" in changes:
            changes["viewport"] = tuple(changes["viewport"])
        return dataclasses.replace(self, **changes)


KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "model": ((Path, str, Mapping, type(None)), marked("a path or a mapping")),
    "data": ((Mapping,), marked("a mapping of property ids to values")),
    "props": ((Mapping,), marked("a mapping of PANEL_DATA fields")),
    "query": ((Mapping,), marked("a mapping of texts")),
    "viewport": ((tuple, list), "(width, height)"),
    "peripherals": ((list, tuple), marked("a list of file.py:Class texts or classes")),
    "scale": ((int, float), marked("a number")),
    "group": ((int,), marked("a number of devices")),
    "timeout": ((int, float), marked("a number of seconds")),
    **dict.fromkeys(
        ("online", "share", "mock", "gateway", "ultrafast", "touch", "network", "bluetooth"),
        ((bool,), marked("True or False")),
    ),
    **dict.fromkeys(
        (
            "js",
            "css",
            "product_id",
            "device",
            "path",
            "locale",
            "timezone",
            "user_agent",
            "color_scheme",
            "errors",
        ),
        ((str,), marked("a text")),
    ),
}
CHOICES: Mapping[str, tuple[str, ...]] = {"color_scheme": COLOR_SCHEMES, "errors": ("fail", "allow")}
NAMES = tuple(item.name for item in dataclasses.fields(PanelSpec))


def check_field(name: str, value: object) -> None:
    """Refuse an argument that the marker does not have, or a value that does not fit it.

    Errors: SettingsError naming the nearest argument, or the value.
    """
    if name not in KINDS:
        close = difflib.get_close_matches(name, NAMES, n=1)
        hint = _(f"Did you mean {close[0]}=?") if close else _(f"It takes: {', '.join(NAMES)}.")
        raise SettingsError(_(f"panel(): there is no argument {name}=."), hint)
    kinds, words = KINDS[name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise SettingsError(_(f"panel(): {name}= must be {words}, not {value!r}."))
    if name in CHOICES and value not in CHOICES[name]:
        raise SettingsError(_(f"panel(): {name}= must be {' or '.join(CHOICES[name])}, not {value!r}."))
    if name == "viewport" and not _is_size(value):
        raise SettingsError(_(f"panel(): viewport= must be (width, height) in pixels, not {value!r}."))
    if name == "group" and not (isinstance(value, int) and 0 <= value <= MOST_OF_A_GROUP):
        raise SettingsError(_(f"panel(): group= must be 0 to {MOST_OF_A_GROUP}, not {value!r}."))
    if name in ("scale", "timeout") and not (isinstance(value, int | float) and value > 0):
        raise SettingsError(_(f"panel(): {name}= must be above 0, not {value!r}."))


def _is_size(value: object) -> bool:
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(isinstance(side, int) and not isinstance(side, bool) and 0 < side <= 10_000 for side in value)
    )
