"""Handles: the objects that tests hold. Written once, as coroutines; sync tests get them through a facade."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.testing.page.driver import Driver
    from devkit.testing.world.world import World


class Handle:
    """Something of a test's world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __repr__(self) -> str:
        return f"<{type(self).__name__.removesuffix('Handle')}>"

    @property
    def world(self) -> World:
        """Return the world it belongs to."""
        return self._world


class Facade:
    """A handle for tests that are plain functions: the same members, nothing to await."""

    def __init__(self, core: object, driver: Driver) -> None:
        object.__setattr__(self, "_core", core)
        object.__setattr__(self, "_driver", driver)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._core, name)
        if inspect.iscoroutinefunction(value):
            return self._blocking(value)
        return show(value, self._driver)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._core, name, value)

    def __dir__(self) -> list[str]:
        return sorted(set(dir(self._core)))

    def __repr__(self) -> str:
        return repr(self._core)

    def __eq__(self, other: object) -> bool:
        return bool(self._core == core_of(other))

    def __hash__(self) -> int:
        return hash(self._core)

    def _blocking(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: object, **kwargs: object) -> Any:
            __tracebackhide__ = True
            named = {name: core_of(value) for name, value in kwargs.items()}
            return show(self._driver.run(method(*map(core_of, args), **named)), self._driver)

        return call


def show(value: object, driver: Driver) -> Any:
    """Return a value as a test of the driver's API gets it."""
    from devkit.testing.page.driver import AsyncDriver

    if isinstance(driver, AsyncDriver):
        return value
    if isinstance(value, Handle):
        return Facade(value, driver)
    if isinstance(value, list) and value and isinstance(value[0], Handle):
        return [Facade(item, driver) for item in value]
    return value


def core_of(value: object) -> Any:
    """Return the handle behind a facade; anything else as it is."""
    return object.__getattribute__(value, "_core") if isinstance(value, Facade) else value
