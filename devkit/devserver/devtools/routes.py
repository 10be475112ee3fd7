"""The relay over HTTP: pages come to the dev server or the panel host, the front end lives at the console."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from devkit.devserver.assets import asset
from devkit.devserver.build_files import PAGE_PATH
from devkit.devserver.control import PREFIX, admit, same_secret
from devkit.devserver.devtools.front_end import FrontEnd, OpenChromium
from devkit.devserver.devtools.relay import PageRelay
from devkit.devserver.host_page import script_json
from devkit.errors import ToolchainError
from devkit.language import _, language, marked
from devkit.web.hosts import CLOUD_HOST, SCRIPT_HOST, host_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from devkit.devserver.control import ControlApi
    from devkit.devserver.panel import PanelSource

FRONT_PATH = "/__devkit/devtools/front"
OPEN_PATH = "/__devkit/devtools/open"
AGENT, ERUDA, START = "chobitsu.js", "eruda.js", "debug.js"
_FETCH_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DevTools</title>
<style>
:root{{color-scheme:light dark}}
main{{max-width:36em;margin:15vh auto;padding:0 24px;font:16px/1.6 system-ui,sans-serif}}
button{{font:inherit;padding:8px 20px}}
</style>
<main><h1>{title}</h1>
<p>{text}</p>
<form method="post"><button>{fetch}</button></form></main>
</html>
"""
_LEAD_PAGE = """\
<!DOCTYPE html>
<meta charset="utf-8">
<title>DevTools</title>
<script type="application/json">%s</script>
<script>
(function () {
  var lead = JSON.parse(document.querySelector('script').textContent)
  var chosen = localStorage.getItem('language')
  if (!chosen || chosen === localStorage.getItem('devkit.language')) {
    localStorage.setItem('language', lead.language)
    localStorage.setItem('devkit.language', lead.language)
  }
  location.replace(lead.address)
})()
</script>
"""
"""The way to DevTools in the console's language, unless another was chosen in their settings."""
_FETCH_TEXT = marked(
    "No Chromium, Chrome or Edge was found that brings them. devkit can fetch chii's copy from npm: once, "
    "about 50 MB, into the cache folder. The terminal shows how far it is."
)


class DevToolsRoutes:
    """What lets DevTools attach.

    agent: pages that come through the proxy carry it; everywhere: every open page does. eruda puts that into
    every page. control_token is the console's alone; the token of pages opens their end of the relay alone.
    """

    def __init__(
        self, control_token: str, source: PanelSource, *, everywhere: bool, agent: bool, eruda: bool
    ) -> None:
        self._control_token = control_token
        self._source = source
        self._everywhere = everywhere
        self.agent = agent
        self._eruda = eruda
        self._page_token = secrets.token_urlsafe(24)
        self.open_chromium: OpenChromium | None = None
        self.notice: Callable[[str], None] = lambda text: None
        self.relay = PageRelay(self._map)
        self._front_end: FrontEnd | None = None

    async def aclose(self) -> None:
        """End what the front end has started."""
        if self._front_end:
            await self._front_end.aclose()

    def scripts(self, host_header: str) -> tuple[str, ...]:
        """Return what a page that was asked for at a host starts with."""
        attached = self.agent and (self._everywhere or host_of(host_header) == CLOUD_HOST)
        wanted = {AGENT: attached, ERUDA: self._eruda, START: attached or self._eruda}
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)

    def address(self, host_header: str) -> str:
        """Return where a page that was asked for at a host attaches; "" where it does not."""
        return f"{PAGE_PATH}?token={self._page_token}" if AGENT in self.scripts(host_header) else ""

    def for_pages(self) -> list[BaseRoute]:
        """Return the routes of the dev server's own origin."""
        return [WebSocketRoute(PAGE_PATH, self._page)]

    def for_console(self, control: ControlApi) -> list[BaseRoute]:
        """Return the routes of the console's origin."""
        self._front_end = FrontEnd(self.open_chromium, lambda text: self.notice(text))
        return [
            Route(f"{PREFIX}/remote-pages", control.guarded(self._list), methods=["GET"]),
            Route(f"{PREFIX}/remote-pages/{{page}}/picture", control.guarded(self._picture), methods=["GET"]),
            Route(OPEN_PATH, self._open, methods=["GET", "POST"]),
            WebSocketRoute(FRONT_PATH, self._front),
            *self._front_end.routes(),
        ]

    def developing_script(self) -> bytes:
        """Return what stands before developing.js on the platform's own page."""
        url = f"wss://{SCRIPT_HOST}{PAGE_PATH}?{urlencode({'token': self._page_token})}"
        boot = f"window.__DEVKIT_DEBUG__={{url:{json.dumps(url)},WebSocket:window.WebSocket}};"
        return b"\n".join([boot.encode(), *(asset(name).body for name in self.scripts(CLOUD_HOST)), b""])

    async def _list(self, request: Request) -> Response:
        return JSONResponse(self.relay.describe())

    async def _picture(self, request: Request) -> Response:
        picture = await self.relay.picture(request.path_params["page"])
        return Response(picture, media_type="image/jpeg", headers={"cache-control": "no-store"})

    async def _map(self) -> bytes:
        file = (await self._source.panel()).files.get("index.js.map")
        return file.body if file else b""

    async def _open(self, request: Request) -> Response:
        """Lead to DevTools for a page; a POST fetches them before."""
        token = request.query_params.get("token", "")
        if self._front_end is None or not same_secret(token, self._control_token):
            return PlainTextResponse(_("The token of the console is needed."), 403)
        text = _FETCH_TEXT
        if request.method == "POST":
            try:
                await self._front_end.fetch()
                return RedirectResponse(str(request.url), 303)
            except ToolchainError as error:
                text = str(error)
        if entry := await self._front_end.entry():
            query = urlencode({"target": request.query_params.get("target", ""), "token": token})
            address = urlencode({"ws": f"{request.headers['host']}{FRONT_PATH}?{query}"})
            lang = request.query_params.get("lang", language())
            return HTMLResponse(_lead_page(f"{entry}?{address}", lang), headers={"cache-control": "no-store"})
        return HTMLResponse(_fetch_page(text), headers={"cache-control": "no-store"})

    async def _page(self, socket: WebSocket) -> None:
        if await admit(socket, known=same_secret(socket.query_params.get("token", ""), self._page_token)):
            await self.relay.serve_page(socket)

    async def _front(self, socket: WebSocket) -> None:
        if await admit(socket, known=same_secret(socket.query_params.get("token", ""), self._control_token)):
            await self.relay.serve_front(socket)


def _lead_page(address: str, lang: str) -> str:
    language = json.dumps("zh" if lang == "zh" else "en-US")  # DevTools keep their settings as JSON
    return _LEAD_PAGE % script_json({"address": address, "language": language})


def _fetch_page(text: str) -> str:
    words = {"title": _("DevTools are not on this machine yet"), "text": _(text), "fetch": _("Fetch")}
    lang = "zh-CN" if language() == "zh" else "en"
    return _FETCH_PAGE.format(lang=lang, **{name: html.escape(word) for name, word in words.items()})
