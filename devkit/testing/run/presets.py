"""Phones and tablets by name, for --devices and shots."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from devkit.errors import SettingsError
from devkit.language import _

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "iphone-se": {"viewport": (320, 568), "scale": 2, "touch": True},
    "iphone-8": {"viewport": (375, 667), "scale": 2, "touch": True},
    "iphone-x": {"viewport": (375, 812), "scale": 3, "touch": True},
    "iphone-15": {"viewport": (393, 852), "scale": 3, "touch": True},
    "iphone-15-max": {"viewport": (430, 932), "scale": 3, "touch": True},
    "android-small": {"viewport": (360, 640), "scale": 2, "touch": True},
    "android": {"viewport": (412, 915), "scale": 2.625, "touch": True},
    "fold": {"viewport": (673, 841), "scale": 2, "touch": True},
    "ipad": {"viewport": (820, 1180), "scale": 2, "touch": True},
}
SCHEMES = ("dark", "light")
_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def preset(text: str) -> dict[str, Any]:
    """Return PanelSpec fields for "iphone-15", "375x812", and either with ":dark" or ":en-US" behind it.

    Errors: SettingsError naming the nearest preset.
    """
    name, *traits = text.split(":")
    fields: dict[str, Any] = {}
    if name in PRESETS:
        fields.update(PRESETS[name])
    elif size := re.fullmatch(r"(\d{2,4})x(\d{2,4})", name):
        fields["viewport"] = (int(size[1]), int(size[2]))
    else:
        close = difflib.get_close_matches(name, PRESETS, n=1)
        hint = (
            _(f"Did you mean {close[0]}?") if close else _(f"Known: {', '.join(PRESETS)}, or WIDTHxHEIGHT.")
        )
        raise SettingsError(_(f"There is no device {name!r}."), hint)
    for trait in traits:
        if trait in SCHEMES:
            fields["color_scheme"] = trait
        elif _LOCALE.fullmatch(trait):
            fields["locale"] = trait
        else:
            raise SettingsError(
                _(f"{text!r}: {trait!r} is neither dark, light nor a locale such as en-US."),
                _("Write for example iphone-15:dark:en-US."),
            )
    return fields
