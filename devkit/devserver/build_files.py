"""The build over HTTP, in one place for every way in: the dev server's own host and the two panel hosts.

`/index.js` is the last good build; `developing.js` shows what is wrong with the present one, since no page of
ours stands around it, and with live reload it follows the builds. For a page that hides its address it looks
at that page before it runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from devkit.devserver.assets import asset
from devkit.devserver.host_page import script_json
from devkit.devserver.panel import CONTENT_TYPES, PanelFile, PanelSource, PanelState, error_payload
from devkit.errors import DevkitError, ServeError
from devkit.language import _
from devkit.web.fetch_site import hides_its_page
from devkit.web.guard import refuse
from devkit.web.hosts import PANEL_HOSTS, SCRIPT_HOST, STYLE_HOST, host_of
from devkit.web.origins import PANEL_SITES, cors_headers, preflight_headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

WAIT_S = 20.0
LIVE_PATH = "/__devkit/live"
PAGE_PATH = "/__devkit/devtools/page"
METHODS = ("GET", "HEAD", "OPTIONS")
PANEL_URLS: Mapping[tuple[str, str], str] = {
    (SCRIPT_HOST, "/developing.js"): "index.js",
    (SCRIPT_HOST, "/developing.js.map"): "index.js.map",
    (SCRIPT_HOST, "/index.js.map"): "index.js.map",
    (STYLE_HOST, "/developing.css"): "index.css",
    (STYLE_HOST, "/developing.css.map"): "index.css.map",
    (STYLE_HOST, "/index.css.map"): "index.css.map",
}
OWN_URLS: Mapping[str, str] = {f"/{name}": name for name in CONTENT_TYPES}
Headers = dict[str, str]
_HTML = "((all) => typeof all === 'undefined' && all !== void 0)(document.all)"
_HERE = [f"location.hostname === '{name}'" for name in ("127.0.0.1", "localhost", "[::1]")]
_SITES = [f"location.origin === '{site}'" for site in sorted(PANEL_SITES)]
_IS_OURS = f"{_HTML} && ({' || '.join(_SITES + _HERE)})"
_NOT_OURS = "'devkit: the panel runs in the pages of the platform and of this machine alone.'"


class BuildFiles:
    """Serve the build, and leave every other request to site.

    live_reload adds the live client to developing.js, and hands the live socket at its host to site; debug
    gives what lets DevTools attach, which stands before developing.js. A
    request for a panel URL waits at most wait_s seconds for the first build.
    """

    def __init__(
        self,
        source: PanelSource,
        site: ASGIApp,
        *,
        live_reload: bool = False,
        lang: str = "en",
        debug: Callable[[], bytes] | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self._source = source
        self._site = site
        self._live_reload = live_reload
        self._lang = lang
        self._debug = debug
        self._wait_s = wait_s
        self._joined: tuple[str, PanelFile] = ("", PanelFile.of(b""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the guard has checked its Host."""
        path = scope.get("path", "")
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        host = host_of(headers.get(b"host", ""))
        at_panel_host = host in PANEL_HOSTS
        name = PANEL_URLS.get((host or "", path)) if at_panel_host else OWN_URLS.get(path)
        if scope["type"] == "websocket" and at_panel_host:
            followed = {LIVE_PATH: self._live_reload, PAGE_PATH: self._debug is not None}
            live = host == SCRIPT_HOST and followed.get(path, False)
            await (
                self._site(scope, receive, send)
                if live
                else refuse(scope, receive, send, 404, _("No socket."))
            )
            return
        if scope["type"] != "http" or (name is None and not at_panel_host):
            await self._site(scope, receive, send)
            return
        status, answer, body = await self._answer(scope["method"], host or "", path, name, headers)
        if status not in {204, 304}:
            answer["content-length"] = str(len(body))
        raw = [(key.encode(), value.encode("latin-1")) for key, value in answer.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(
        self, method: str, host: str, path: str, name: str | None, asked: Mapping[bytes, str]
    ) -> tuple[int, Headers, bytes]:
        origin = asked.get(b"origin")
        allow = {"allow": ", ".join(METHODS)}
        headers = {"vary": "Origin", **cors_headers(origin)}
        if method == "OPTIONS":
            return 204, {**headers, **allow, **preflight_headers(origin)}, b""
        if method not in METHODS:
            return _text(405, _(f"Use {allow['allow']}."), {**headers, **allow})
        if name is None:
            known = ", ".join(path for mapped, path in PANEL_URLS if mapped == host)
            return _text(404, _(f"Nothing is mapped to {path}. Mapped: {known}."), headers)
        panel = await (self._within_limit() if host in PANEL_HOSTS else self._source.panel())
        if host in PANEL_HOSTS and panel.error:
            return self._failure(name, panel, panel.error, headers, looking=hides_its_page(asked))
        file = panel.files.get(name)
        if file is None:
            return _text(404, _(f"There is no {name} yet."), headers)
        if name == "index.js" and host == SCRIPT_HOST and self._live_reload:
            file = self._with_live(panel, file)
        if name == "index.js" and host == SCRIPT_HOST and self._debug:
            file = PanelFile.of(self._debug() + file.body)
        if name == "index.js" and host == SCRIPT_HOST and hides_its_page(asked):
            file = PanelFile.of(_looking(file.body))
        headers |= {"content-type": CONTENT_TYPES[name], "cache-control": "no-cache", "etag": file.etag}
        if name.endswith(".map"):
            headers["x-robots-tag"] = "noindex"
        elif f"{name}.map" in panel.files:
            headers["sourcemap"] = f"/{name}.map"
        known_tags = {tag.strip().removeprefix("W/") for tag in asked.get(b"if-none-match", "").split(",")}
        if known_tags & {file.etag, "*"}:
            return 304, headers, b""
        return 200, headers, file.body

    async def _within_limit(self) -> PanelState:
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._source.panel()
        except TimeoutError:
            message = _(f"The build is not finished: there was none after {self._wait_s:g} s.")
            return PanelState(
                {}, ServeError(message, _("Look at the terminal that runs devkit, then reload."))
            )

    def _with_live(self, panel: PanelState, script: PanelFile) -> PanelFile:
        client = self._client(panel, None)
        key = script.etag + client.decode()
        if self._joined[0] != key:
            self._joined = (key, PanelFile.of(script.body + client))
        return self._joined[1]

    def _failure(
        self, name: str, panel: PanelState, error: DevkitError, headers: Headers, *, looking: bool
    ) -> tuple[int, Headers, bytes]:
        """Answer a file of the kind asked for that shows the error; status 200, or it would not run."""
        if name.endswith(".map"):
            return _text(404, _("The panel does not build."), headers)
        headers |= {
            "content-type": CONTENT_TYPES[name], "cache-control": "no-store", "x-devkit-build": "failed"
        }  # fmt: skip
        if name == "index.css":
            return 200, headers, b"/* The panel does not build. */\n"
        client = self._client(panel, error)
        return 200, headers, _looking(client) if looking else client

    def _client(self, panel: PanelState, error: DevkitError | None) -> bytes:
        """Return the script that shows an error over a page which is not ours, and follows the builds."""
        boot = {
            "lang": self._lang,
            "live": {
                "url": f"wss://{SCRIPT_HOST}{LIVE_PATH}?files=no" if self._live_reload else "",
                "js": "" if error else panel.etag("index.js"),
                "css": panel.etag("index.css"),
                "error": error_payload(error),
            },
        }
        return b"\n;(function (devkitGuest) {\n%s\n})(%s)\n" % (
            asset("guest.js").body,
            script_json(boot).encode(),
        )


def _looking(script: bytes) -> bytes:
    """Return a script that runs in the platform's pages and those of this machine alone.

    No page can feign what it asks: operators alone work on `location`, which no window can replace, and a
    worker, which can, has nothing like `document.all`. The block keeps functions from being seen before.
    """
    strict = b'"use strict";' if script.lstrip().startswith((b'"use strict"', b"'use strict'")) else b""
    return b"%sif (%s) {%s\n} else throw %s\n" % (strict, _IS_OURS.encode(), script, _NOT_OURS.encode())


def _text(status: int, text: str, headers: Headers) -> tuple[int, Headers, bytes]:
    kind = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return status, {**headers, **kind}, f"{text}\n".encode()
