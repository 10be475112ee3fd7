"""The cloud of a test: faults on demand, and what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.testing.page.handle import Handle
from devkit.transport.acts import ACTS, Body

if TYPE_CHECKING:
    from devkit.testing.world.world import World


class CloudEmulator(Handle):
    """The cloud emulator in a test's hands."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.actions: list[tuple[str, dict[str, Any]]] = []

    def calls(self, action: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of an action, oldest first."""
        return [params for name, params in self.actions if name == action]

    async def fail(self, action: str, code: str | int = "InternalError", msg: str = "") -> None:
        """Let an action answer with an error from now on; "*" means every action.

        Errors: SettingsError for an action that the platform does not have.
        """
        await self._act("fault", {"errors": {action: {"code": code, "msg": msg}}})

    async def recover(self, action: str | None = None) -> None:
        """Let an action work again; without one, end every fault."""
        await self._act("fault", {"errors": {action: None}} if action else {})

    async def latency(self, milliseconds: int) -> None:
        """Let every answer take so long."""
        await self._act("fault", {"latency_ms": milliseconds})

    async def drop(self, rate: float) -> None:
        """Lose this share of the calls, 0 to 1: they end in a timeout."""
        await self._act("fault", {"drop": rate})

    async def add_firmware(
        self, version: str, data: bytes | None = None, *, description: str = "", md5: str = ""
    ) -> None:
        """Publish a firmware for the panel's product; its devices are offered it.

        data: up to 16 MiB, a small invented one by default; md5: the announced one, to be wrong on purpose.
        Errors: SettingsError.
        """
        told = {"version": version, "data": data, "description": description, "md5": md5}
        await self._act("firmware", told)
        await self._world.settle()

    async def fail_firmware(self, code: int) -> None:
        """Let every upgrade and download of firmware fail with a result code, -1 to -5; 0 ends it.

        Errors: SettingsError.
        """
        await self._act("fault", {"firmware": code})

    async def call(
        self, action: str, params: Mapping[str, Any] | None = None, /, **more: object
    ) -> dict[str, Any]:
        """Perform an action as the first user, as another client of theirs would.

        Errors: CloudApiError.
        """
        answer = await self._world.transport.call(action, {**(params or {}), **more})
        await self._world.settle()
        return answer

    async def _act(self, name: str, body: Body) -> None:
        await ACTS[name].perform(self._world.transport.bench, self._world.device.id, body)
