"""What the tools of one agent share: the run that they work on, its page, and the user's yes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from devkit.errors import DevkitError, ServeError
from devkit.mcp.client import ControlClient
from devkit.mcp.page import PanelPage

if TYPE_CHECKING:
    from mcp.server.fastmcp import Context

    from devkit.settings import Settings

YES_OPTION = "--allow-cloud"


@dataclass(frozen=True)
class ServedPanel:
    """A run that the tools work on. real: its calls reach the real cloud."""

    control: ControlClient
    page: PanelPage
    device_id: str
    real: bool


class AgentSession:
    """Finds the run of the project, or starts one, when a tool first needs it.

    allow_cloud: the user has said yes to all that reaches the real cloud.
    """

    def __init__(self, settings: Settings, *, allow_cloud: bool = False) -> None:
        self.settings = settings
        self._allowed = allow_cloud
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()
        self._served: ServedPanel | None = None

    async def __aenter__(self) -> Self:
        """Return the session; nothing is started yet."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End the page, and the run if it was started here."""
        await self._stack.aclose()

    async def served(self, ctx: Context[Any, Any, Any], purpose: str) -> ServedPanel:
        """Return the run; purpose is what the tool would do to the real cloud, where there is one.

        Errors: ServeError without the user's yes; what ends a run before it is ready.
        """
        if self.settings.transport == "cloud":
            await self._ask(ctx, purpose)
        async with self._lock:
            if self._served is not None and not await _answers(self._served.control):
                self._served = None  # the run that was found has ended
                await self._stack.aclose()
            if self._served is None:
                self._served = await self._open()
        if self._served.real:
            await self._ask(ctx, purpose)
        return self._served

    async def _open(self) -> ServedPanel:
        url, token = await self._found() or await self._started()
        control = await self._stack.enter_async_context(ControlClient(url, token))
        told = await control.get("run")
        page = PanelPage(control.url + told["panel_path"], self.settings.browser_path)
        self._stack.push_async_callback(page.aclose)
        return ServedPanel(control, page, told["device_id"], told["real"])

    async def _found(self) -> tuple[str, str] | None:
        """Return where the `devkit dev` of this project is, if one runs."""
        from devkit.web.run_file import read_run_file

        told = await asyncio.to_thread(read_run_file, self.settings.project)
        if told is None:
            return None
        async with ControlClient(*told) as control:
            return told if await _answers(control) else None

    async def _started(self) -> tuple[str, str]:
        from devkit.app.run import PanelRun

        settings = self.settings.replace(port=0, proxy=False, open=False, db=self.settings.db or "project")
        run = await self._stack.enter_async_context(PanelRun(settings))
        ready = await run.ready()
        return ready.console_url, ready.control_token

    async def _ask(self, ctx: Context[Any, Any, Any], purpose: str) -> None:
        """Return when the user agrees to reach the real cloud.

        Errors: ServeError without a yes, and where the agent's program cannot ask.
        """
        if self._allowed:
            return
        from mcp.shared.exceptions import McpError

        from devkit.mcp.consent import Consent

        refusal = f"This panel works on the real cloud, and the user has not agreed to: {purpose}."
        try:
            answer = await ctx.elicit(f"May this agent {purpose} on the REAL cloud and device?", Consent)
        except McpError:
            raise ServeError(refusal, f"Start devkit mcp with {YES_OPTION} to agree to all of it.") from None
        if answer.action != "accept" or not answer.data.agree:
            raise ServeError(refusal, "Do not try again without being asked to.")


async def _answers(control: ControlClient) -> bool:
    try:
        await control.get("run")
    except DevkitError:
        return False
    return True
