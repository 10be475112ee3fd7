"""Read the arguments of SDK members as loosely as the real SDK does, and refuse what cannot work."""

from __future__ import annotations

from typing import Any

from devkit.errors import SdkMethodError

Args = dict[str, Any]


def options(member: str, value: Any) -> Args:
    """Return the options object of a call; none given is {}.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, which destructures its argument with {} as the
    default, and fails on null.
    Errors: SdkMethodError for anything but an object.
    """
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise SdkMethodError(f"{member} takes an object, not {_show(value)}.", code="devkit.InvalidArgument")


def text(member: str, name: str, value: Any) -> str:
    """Return a required text.

    Errors: SdkMethodError for a missing or other value.
    """
    if isinstance(value, str) and value:
        return value
    raise SdkMethodError(
        f"{member} needs {name} as a text, not {_show(value)}.", code="devkit.InvalidArgument"
    )


def given(**params: Any) -> Args:
    """Return the parameters that are not None, as JSON.stringify drops undefined ones."""
    return {name: value for name, value in params.items() if value is not None}


def _show(value: Any) -> str:
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
