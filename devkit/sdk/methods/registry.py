"""The one table of members that run in Python, and how their arguments are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from devkit.sdk.methods import (
    device,
    firmware,
    gateway,
    internal,
    music,
    navigation,
    parts,
    removal,
    speech,
    token_api,
    upgrade,
    user_family,
)
from devkit.sdk.methods.arguments import Members, reader

_MEMBERS: Members = {
    **device.METHODS,
    **token_api.METHODS,
    **navigation.METHODS,
    **user_family.METHODS,
    **removal.METHODS,
    **firmware.METHODS,
    **upgrade.METHODS,
    **parts.METHODS,
    **gateway.METHODS,
    **speech.METHODS,
    **music.METHODS,
    **internal.METHODS,
}

METHODS: Mapping[str, Callable[..., Awaitable[object]]] = {
    name: reader(name.removeprefix("devkit."), function) for name, function in _MEMBERS.items()
}
