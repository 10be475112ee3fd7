"""The pages of DevTools: those that a Chromium of this machine brings, else chii's, which are fetched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from devkit.build.package_set import installing
from devkit.devserver.devtools import packages
from devkit.errors import DevkitError
from devkit.language import _

if TYPE_CHECKING:
    import httpx
    from starlette.requests import Request

CHROMIUM_PATH = "/__devkit/devtools/chromium"
CHII_PATH = "/__devkit/devtools/front_end"
POLICY = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: ws: wss:"
"""Nothing from elsewhere: DevTools would ask its makers for translations and figures."""
OpenChromium = Callable[[], AbstractAsyncContextManager[str]]
logger = logging.getLogger(__name__)


class FrontEnd:
    """Find, fetch and serve the pages.

    open_chromium yields where a Chromium of this machine has its own over HTTP, and raises a DevkitError
    where there is none. It runs from the first use on; notice takes lines about what is fetched.
    """

    def __init__(self, open_chromium: OpenChromium | None, notice: Callable[[str], None]) -> None:
        self._open_chromium = open_chromium
        self._notice = notice
        self._looking = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._http: httpx.AsyncClient | None = None
        self._files: dict[str, tuple[str, bytes]] = {}

    async def entry(self) -> str:
        """Return the path of the page to open; "" when none is on this machine."""
        async with self._looking:
            if self._http and not await self._answers(self._http):
                await self.aclose()
                self._http = None
            if self._open_chromium and not self._http:
                await self._start(self._open_chromium)
        if self._http:
            return f"{CHROMIUM_PATH}/devtools_app.html"
        return f"{CHII_PATH}/chii_app.html" if packages.CHII.installed() else ""

    async def fetch(self) -> None:
        """Fetch chii's from npm.

        Errors: ToolchainError.
        """
        await installing(packages.ensure, packages.CHII, self._notice)

    async def aclose(self) -> None:
        """End the Chromium."""
        await self._stack.aclose()

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the pages' files."""
        files = StaticFiles(directory=packages.front_end(), check_dir=False)
        return [Route(CHROMIUM_PATH + "/{path:path}", self._file), Mount(CHII_PATH, files)]

    async def _start(self, open_chromium: OpenChromium) -> None:
        import httpx

        try:
            url = await self._stack.enter_async_context(open_chromium())
        except DevkitError as error:
            self._open_chromium = None  # once is enough to know
            logger.debug("No DevTools of a Chromium: %s", error)
            return
        http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)
        self._http = await self._stack.enter_async_context(http)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        """Tell whether the Chromium is still there: it may have been ended from outside."""
        import httpx

        try:
            return (await http.get("/devtools_app.html")).is_success
        except httpx.HTTPError:
            return False

    async def _file(self, request: Request) -> Response:
        import httpx

        path = request.path_params["path"]
        if path not in self._files:
            if self._http is None or ".." in path:
                return PlainTextResponse(_("Open DevTools from the console."), 404)
            try:
                answer = await self._http.get(f"/{path}")
            except httpx.HTTPError:
                return PlainTextResponse(_("Open DevTools from the console."), 404)
            if answer.status_code != 200:
                return PlainTextResponse(_("DevTools have no such file."), 404)
            self._files[path] = answer.headers.get("content-type", "text/plain"), answer.content
        kind, body = self._files[path]
        headers = {"content-type": kind, "content-security-policy": POLICY, "cache-control": "max-age=3600"}
        return Response(body, headers=headers)
