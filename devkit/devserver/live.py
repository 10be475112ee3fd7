"""The live socket: what open pages are told when the panel changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.devserver.panel import PanelFile, PanelState, error_payload, finding_payload
from devkit.errors import DevkitError, Diagnostic

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

Frame = str | bytes


@dataclass(frozen=True)
class Update:
    """What a new script is to pages that run the one before, whose tag is base.

    modules: those that they run anew, as JSON; empty when they start the panel again, and why tells why.
    """

    base: str = ""
    modules: bytes = b""
    why: str = ""


def status_frame(
    panel: PanelState, kind: str, problem: DevkitError | None = None, flaws: Sequence[Diagnostic] = ()
) -> str:
    """Return a text frame with the tags of the current files, the error if any, and the warnings.

    problem: what is wrong besides the build; flaws: warnings besides the build's.
    """
    return json.dumps(
        {
            "type": kind,
            "js": panel.etag("index.js"),
            "css": panel.etag("index.css"),
            "error": error_payload(panel.error or problem),
            "warnings": [finding_payload(warning) for warning in (*panel.warnings, *flaws)],
        }
    )


def file_frame(kind: str, panel: PanelState, hot: str, why: str = "") -> bytes:
    """Return a binary frame: a line of JSON, then the file.

    kind: "js" or "css". why: why it is the whole script, "" where nothing else can be.
    """
    name = f"index.{kind}"
    head = json.dumps({"type": kind, "etag": panel.etag(name), "hot": hot, "why": why})
    return head.encode() + b"\n" + panel.files[name].body


def style_frame(css: bytes) -> bytes:
    """Return a binary frame with a style sheet ahead of its build."""
    return json.dumps({"type": "css", "etag": PanelFile.of(css).etag}).encode() + b"\n" + css


def update_frame(tag: str, update: Update) -> bytes:
    """Return a binary frame: a line of JSON, then the modules that bring a page to the version of tag."""
    head = json.dumps({"type": "hot", "etag": tag, "base": update.base})
    return head.encode() + b"\n" + update.modules


_WHOLE = Update()
MOST_UPDATES = 50


class LivePage:
    """One open page. Frames of a kind that it has not taken yet give way to newer ones.

    A page that asks with files=no gets no files, only their tags. frame: which of the gallery it is, "" for
    none.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._pending: dict[str, Frame] = {}
        self.takes_files = socket.query_params.get("files") != "no"
        self.frame: str = socket.query_params.get("frame", "")
        self._wake = asyncio.Event()

    def push(self, kind: str, frame: Frame) -> None:
        """Queue a frame."""
        if isinstance(frame, bytes) and not self.takes_files:
            return
        self._pending.pop(kind, None)
        self._pending[kind] = frame
        self._wake.set()

    async def send_forever(self) -> None:
        """Send frames in order of arrival until the socket closes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                frame = self._pending.pop(next(iter(self._pending)))
                if isinstance(frame, bytes):
                    await self._socket.send_bytes(frame)
                else:
                    await self._socket.send_text(frame)


class LiveHub:
    """All open pages."""

    def __init__(self, hot: str = "restart") -> None:
        self._hot = hot
        self._pages: set[LivePage] = set()
        self.panel = PanelState()
        self.updates: dict[str, bytes] = {}
        """{tag without quotes: modules that brought pages there}: the last ones, for their source maps."""
        self._problems: dict[str, DevkitError] = {}
        self._flaws: dict[str, Sequence[Diagnostic]] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def built(self, panel: PanelState, *, js: bool, css: bool, update: Update = _WHOLE) -> None:
        """Send what changed; style before script, so that the new panel starts styled."""
        if css and "index.css" in panel.files:
            self._push("css", file_frame("css", panel, self._hot))
        if js and update.modules:
            self.updated(panel.etag("index.js"), update)
        elif js and "index.js" in panel.files:
            self._push("js", file_frame("js", panel, self._hot, update.why))
        self.failed(panel)

    def has_pages(self) -> bool:
        """Tell whether somebody waits for updates."""
        return any(page.takes_files for page in self._pages)

    def styled(self, css: bytes) -> None:
        """Send a style sheet."""
        self._push("css", style_frame(css))

    def updated(self, tag: str, update: Update) -> None:
        """Send what pages run anew; each on its own, as a page needs all of them, in order."""
        self._push(f"js {tag}", update_frame(tag, update))
        self.updates[tag.strip('"')] = update.modules
        while len(self.updates) > MOST_UPDATES:
            del self.updates[next(iter(self.updates))]

    def failed(self, panel: PanelState) -> None:
        """Show the error on every page."""
        self.panel = panel
        self._push("status", self._status("status"))

    def tell(self, of: str, problem: DevkitError | None, flaws: Sequence[Diagnostic] = ()) -> None:
        """Show on every page what is wrong with the thing model or the settings; None when it is mended."""
        self._problems.pop(of, None)
        if problem is not None:
            self._problems[of] = problem
        self._flaws[of] = flaws
        self._push("status", self._status("status"))

    @property
    def problem(self) -> DevkitError | None:
        """Return what is wrong besides the build."""
        return next(iter(self._problems.values()), None)

    @property
    def flaws(self) -> list[Diagnostic]:
        """Return the warnings besides the build's."""
        return [flaw for flaws in self._flaws.values() for flaw in flaws]

    def _status(self, kind: str) -> str:
        return status_frame(self.panel, kind, self.problem, self.flaws)

    def reload(self) -> None:
        """Load every page again."""
        self._push("reload", '{"type": "reload"}')

    def _push(self, kind: str, frame: Frame) -> None:
        for page in self._pages:
            page.push(kind, frame)

    async def serve(self, socket: WebSocket, panel: PanelState, on_message: Any = None) -> None:
        """Serve one accepted socket until the page goes; on_message gets each object it sends, and the page.

        A page that names the tags of its files gets those that have changed since it was loaded.
        """
        page = LivePage(socket)
        self.panel = panel
        page.push("hello", self._status("hello"))
        for kind in ("css", "js"):
            tag = panel.etag(f"index.{kind}")
            if tag and tag != socket.query_params.get(kind, tag):
                page.push(kind, file_frame(kind, panel, self._hot))
        self._pages.add(page)
        sender = asyncio.create_task(page.send_forever())
        try:
            while (event := await socket.receive())["type"] != "websocket.disconnect":
                message = _decode(event.get("text") or "")
                if message is not None and on_message is not None:
                    on_message(message, page)
        finally:
            self._pages.discard(page)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)


def _decode(text: str) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
