"""The pages that can be inspected, and the messages between each and its front end."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devkit.errors import ServeError
from devkit.language import _

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

MOST_PAGES = 50
MOST_TEXT = 300
MOST_SESSIONS = 50
PICTURE_S = 20.0
_FRESH = ("Runtime.executionContextsCleared", "DOM.documentUpdated")
"""What a front end must hear when the page behind it was loaded again."""


@dataclass
class RemotePage:
    """One page. awake: it is connected; a phone that sleeps, or loads the page again, comes back as the same.

    enabled: what its front end has asked for once, asked again of a page that was loaded anew. waiting: ids
    of its front end's calls without an answer. pictures: who waits for the next one of the page. sessions:
    of the simulator, one for each time that the page was loaded, the newest last; none on the platform's.
    """

    id: str
    title: str = ""
    url: str = ""
    user_agent: str = ""
    width: int = 0
    height: int = 0
    address: str = ""
    socket: WebSocket | None = None
    front: WebSocket | None = None
    enabled: dict[str, str] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    pictures: list[asyncio.Future[bytes]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what the console shows."""
        return {
            "id": self.id,
            "title": self.title,
            "url": self.url,
            "userAgent": self.user_agent,
            "width": self.width,
            "height": self.height,
            "address": self.address,
            "awake": self.socket is not None,
            "inspected": self.front is not None,
            "sessions": list(self.sessions),
        }


class PageRelay:
    """Every page that was opened with the agent in it, newest last; at most 50, asleep ones leave.

    source_map: returns that of the panel's script, b"" without one.
    """

    def __init__(self, source_map: Callable[[], Awaitable[bytes]]) -> None:
        self._pages: dict[str, RemotePage] = {}
        self._source_map = source_map

    def describe(self) -> list[dict[str, Any]]:
        """Return the pages for the console."""
        return [page.to_json() for page in self._pages.values()]

    async def serve_page(self, socket: WebSocket) -> None:
        """Serve the accepted socket of a page until it goes."""
        page = self._known(socket)
        older, page.socket = page.socket, socket
        if older is not None:
            await _close(older)
        if socket.query_params.get("fresh") == "1":
            await self._begin_again(page)
        try:
            while (text := await _text(socket)) is not None:
                if page.pictures and text.startswith(_FRAME):
                    _hand_out(page, text)
                elif page.socket is socket and page.front is not None and not _is_own(text):
                    if answered := _ANSWER.match(text):
                        page.waiting.discard(int(answered[1]))
                    await _send(page.front, await self._with_map(text))
        finally:
            if page.socket is socket:
                page.socket = None
                await self._give_up(page)

    async def picture(self, name: str) -> bytes:
        """Return a JPEG of a page, whole, as far as the page can draw itself.

        Errors: ServeError when it is gone, asleep, in the background, or cannot.
        """
        page = self._pages.get(name)
        if page is None or page.socket is None:
            raise _asleep()
        wanted = asyncio.get_running_loop().create_future()
        page.pictures.append(wanted)
        try:
            await _send(page.socket, _own("Page.startScreencast"))
            return await asyncio.wait_for(wanted, PICTURE_S)
        except TimeoutError:
            text = _(f"The page gave no picture within {PICTURE_S:g} s.")
            raise ServeError(text, _("Bring it to the front: a page in the background draws none.")) from None
        finally:
            page.pictures.remove(wanted)
            if not page.pictures and page.socket is not None:
                await _send(page.socket, _own("Page.stopScreencast"))

    async def serve_front(self, socket: WebSocket) -> None:
        """Serve the accepted socket of a front end until it goes; the newest one has the page."""
        page = self._pages.get(socket.query_params.get("target", ""))
        if page is None:
            await socket.close(1000, _("This page is not there any more."))
            return
        older, page.front = page.front, socket
        if older is not None:
            await _close(older)
        page.enabled, page.waiting = {}, set()
        try:
            while (text := await _text(socket)) is not None:
                _remember(page, text)
                if page.socket is not None:
                    await _send(page.socket, text)
                else:
                    await self._give_up(page)
        finally:
            if page.front is socket:
                page.front = None

    async def _with_map(self, text: str) -> str:
        """Put the source map into what tells of the panel's script: DevTools would ask the page for it."""
        if not text.startswith(_PARSED):
            return text
        try:
            message = json.loads(text)
            is_panel = urlsplit(message["params"]["url"]).path in PANEL_SCRIPTS
        except (ValueError, KeyError, TypeError):
            return text
        if not is_panel or not (found := await self._source_map()):
            return text
        url = f"data:application/json;base64,{base64.b64encode(found).decode()}"
        return json.dumps({**message, "params": {**message["params"], "sourceMapURL": url}})

    async def _give_up(self, page: RemotePage) -> None:
        """Answer the calls that the page will not: DevTools would wait for ever."""
        for wanted in page.pictures:
            if not wanted.done():
                wanted.set_exception(_asleep())
        gone, page.waiting = sorted(page.waiting), set()
        if page.front is not None:
            for number in gone:
                error = {"code": GONE, "message": _("The page is asleep, or was closed.")}
                await _send(page.front, json.dumps({"id": number, "error": error}))

    def _known(self, socket: WebSocket) -> RemotePage:
        told: Mapping[str, str] = socket.query_params
        name = told.get("id", "")[:64]
        page = self._pages.pop(name, None) or RemotePage(name)
        page.title, page.url = told.get("title", "")[:MOST_TEXT], told.get("url", "")[:MOST_TEXT]
        page.user_agent = socket.headers.get("user-agent", "")[:MOST_TEXT]
        page.width, page.height = _number(told.get("width")), _number(told.get("height"))
        page.address = socket.client.host if socket.client else ""
        session = told.get("session", "")[:64]
        if session and session not in page.sessions:
            page.sessions = [*page.sessions, session][-MOST_SESSIONS:]
        self._pages[name] = page  # newest last
        asleep = [other for other in self._pages.values() if other.socket is None and other is not page]
        for other in asleep[: max(0, len(self._pages) - MOST_PAGES)]:
            del self._pages[other.id]
        return page

    async def _begin_again(self, page: RemotePage) -> None:
        """Ask a page that was loaded anew for what its front end had asked for, and tell that one."""
        if page.front is None or page.socket is None:
            return
        for text in page.enabled.values():
            await _send(page.socket, text)
        for method in _FRESH:
            await _send(page.front, json.dumps({"method": method, "params": {}}))


PANEL_SCRIPTS = ("/index.js", "/developing.js")
_PARSED = '{"method":"Debugger.scriptParsed"'
_FRAME = '{"method":"Page.screencastFrame"'
OWN_ID, GONE = -1, -32000
_EDITS = ("DOM.", "DOMStorage.", "CSS.", "Page.setDocumentContent")
"""What is set once: a page that is loaded again has other nodes, and may have stored other values."""
_ANSWER = re.compile(r'\{"id":(\d+),')


def _asleep() -> ServeError:
    return ServeError(_("The page is asleep, or was closed."), _("Wake the phone, or open it again."))


def _own(method: str) -> str:
    return json.dumps({"id": OWN_ID, "method": method, "params": {}})


def _hand_out(page: RemotePage, text: str) -> None:
    """Give a picture to those who wait for one; what is none ends their wait, too."""
    for wanted in page.pictures:
        if not wanted.done():
            try:
                wanted.set_result(base64.b64decode(json.loads(text)["params"]["data"], validate=True))
            except (ValueError, KeyError, TypeError):
                wanted.set_exception(ServeError(_("The page could not draw itself.")))


def _remember(page: RemotePage, text: str) -> None:
    """Note that a call waits; keep what switches something on, under an id whose answer nobody waits for."""
    try:
        message = json.loads(text)
        method, number = str(message["method"]), message.get("id")
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    if isinstance(number, int):
        page.waiting.add(number)
    if method.endswith(".enable") or (".set" in method and not method.startswith(_EDITS)):
        page.enabled[method] = json.dumps({**message, "id": OWN_ID})


def _is_own(text: str) -> bool:
    """Tell whether this is an answer to what the relay itself has asked."""
    return text.startswith(('{"id":-1,', '{"id":-1}')) or '"id":-1}' in text[-12:]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


async def _text(socket: WebSocket) -> str | None:
    """Return the next text; None when the socket was closed."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return None
        if event.get("text") is not None:
            return str(event["text"])


async def _send(socket: WebSocket, text: str) -> None:
    try:
        await socket.send_text(text)
    except (RuntimeError, OSError):
        await asyncio.sleep(0)  # it is being closed; its own loop ends


async def _close(socket: WebSocket) -> None:
    try:
        await socket.close(1000, _("Opened elsewhere."))
    except (RuntimeError, OSError):
        return
