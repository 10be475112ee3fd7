"""The mini program around a panel, in a test's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.testing.page.handle import Handle

if TYPE_CHECKING:
    from devkit.sdk import MiniProgramCall, Simulator
    from devkit.testing.world.world import World


class MiniProgramHandle(Handle):
    """What a panel asked of the mini program, and what the mini program does to it."""

    def __init__(self, world: World, simulator: Simulator) -> None:
        super().__init__(world)
        self.simulator = simulator

    @property
    def calls(self) -> list[MiniProgramCall]:
        """Return every wx.miniProgram call, oldest first."""
        return list(self.simulator.mini_program.calls)

    @property
    def navigations(self) -> list[MiniProgramCall]:
        """Return the calls that lead away from the panel."""
        return self.simulator.mini_program.navigations

    @property
    def vibrations(self) -> list[str | None]:
        """Return the type of every vibration."""
        return list(self.simulator.mini_program.vibrations)

    @property
    def share(self) -> dict[str, Any] | None:
        """Return the last setShareConfig."""
        return self.simulator.mini_program.share

    async def back(self) -> None:
        """Come back to the panel from the page that it led to."""
        await self.show_page()

    async def hide_page(self) -> None:
        """Cover the panel's page: pageHide."""
        self.simulator.mini_program.hide_page()
        await self._world.settle()

    async def show_page(self) -> None:
        """Bring the panel's page back: pageShow."""
        self.simulator.mini_program.show_page()
        await self._world.settle()

    async def hide_app(self) -> None:
        """Send the mini program to the background: appHide."""
        self.simulator.mini_program.hide_app()
        await self._world.settle()

    async def show_app(self) -> None:
        """Bring the mini program to the front: appShow."""
        self.simulator.mini_program.show_app()
        await self._world.settle()

    async def fail(self, api: str, message: str = "fail") -> None:
        """Let a wx.miniProgram api fail from now on."""
        self.simulator.mini_program.failures[api] = {"errMsg": f"{api}:{message}"}
