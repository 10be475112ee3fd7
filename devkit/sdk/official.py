"""The mini program as the platform's own SDK sees it: a page's session at the other end of its bridge.

Source: docs/reference/protocol.md section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import SdkMethodError
from devkit.language import _
from devkit.phone.mini_program import STATES
from devkit.sdk.methods.internal import control
from devkit.sdk.wire import error_to_wire

if TYPE_CHECKING:
    from devkit.sdk.session import Session
    from devkit.sdk.simulator import Simulator

SESSION = "session"  # the parameter by which a page's bridge names its session
Push = Callable[[str, Any], None]


def bridge_of(simulator: Simulator) -> Callable[[Mapping[str, str], Push], OfficialPage]:
    """Return what makes the mini program's end of a bridge: (query of the socket, push) -> page."""

    def connect(query: Mapping[str, str], push: Push) -> OfficialPage:
        return OfficialPage(simulator.sessions.get(query.get(SESSION, "")), push)

    return connect


class OfficialPage:
    """Answers a page's controls, and pushes to it what its session is told."""

    def __init__(self, session: Session | None, push: Push) -> None:
        self._session = session
        self._push = push
        self._end = session.subscribe(self._on_event) if session else None

    async def control(self, name: str, payload: object) -> object:
        """Answer as the mini program does; what goes wrong has the form of the SDK's other rejections."""
        try:
            if self._session is None:
                message = _("The page's session has ended; load the page again.")
                raise SdkMethodError(message, code="devkit.NoSession")
            return await control(self._session, name, payload)
        except Exception as error:
            return error_to_wire(error)

    def close(self) -> None:
        """Push nothing more."""
        if self._end is not None:
            self._end()

    def _on_event(self, kind: str, data: Any) -> None:
        if kind == "ble":
            self._push(data["push"], data["d"])
        elif kind == "emit" and data["n"] in STATES:
            self._push(data["n"], next(iter(data["a"]), {}))
        elif kind == "update" and self._session is not None:
            self._push("dataUpdate", {**data, "deviceId": self._session.device_id})
