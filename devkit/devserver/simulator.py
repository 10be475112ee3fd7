"""Where the simulator behind the pages comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devkit.sdk import Simulator


class SimulatorSource(Protocol):
    """What the server asks for at each page load."""

    @property
    def current(self) -> Simulator | None:
        """Return the running simulator, if there is one."""

    async def get(self) -> Simulator:
        """Return the simulator for the thing model as it is now; starts it when there is none.

        Errors: ModelError, SettingsError, TransportError.
        """
