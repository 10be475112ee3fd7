"""The mini program as the platform's own SDK sees it: controls of its bridge, answered by a page's session.

Source: protocol.md section 4.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import SdkMethodError
from devkit.sdk.methods.internal import control
from devkit.sdk.wire import error_to_wire

if TYPE_CHECKING:
    from devkit.sdk.simulator import Simulator

SESSION = "session"  # the parameter by which a page's bridge names its session


def bridge_of(simulator: Simulator) -> Callable[[Mapping[str, str], str, Any], Awaitable[Any]]:
    """Return what answers (query of the socket, name, payload) of a control."""

    async def answer(query: Mapping[str, str], name: str, payload: Any) -> Any:
        session = simulator.sessions.get(query.get(SESSION, ""))
        if session is None:
            raise SdkMethodError(
                "The page's session has ended; load the page again.", code="devkit.NoSession"
            )
        try:
            return await control(session, name, payload)
        except Exception as error:  # whatever goes wrong is told as the SDK's other rejections are
            return error_to_wire(error)

    return answer
