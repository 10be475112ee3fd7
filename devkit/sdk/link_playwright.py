"""The link over a Playwright binding, for headless tests. Playwright itself is only imported by its users."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from devkit.sdk.wire import from_text, to_text

if TYPE_CHECKING:
    from playwright.async_api import Page

    from devkit.sdk.simulator import Simulator

logger = logging.getLogger(__name__)

BINDING = "__devkit_binding"
HELLO_START = 20
RECEIVER = "window.__devkit_receive && window.__devkit_receive"


class BindingLink:
    """One document's link.

    A call's answer travels as the result of the binding, and takes along what is sent with it: one round
    trip. Everything else is handed over by evaluate(). The frames are numbered, so that the page can put the
    two ways in order.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._incoming: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._answers: dict[Any, asyncio.Future[str | None]] = {}
        self._number = 0
        self._open = True

    async def send(self, frame: dict[str, Any]) -> None:
        """Hand a frame, or the parts of a "many", to the page; a page that is gone ignores it."""
        parts = frame["f"] if frame["t"] == "many" else [frame]
        text = to_text(list(enumerate(parts, self._number + 1)))
        self._number += len(parts)
        answered = [part.get("id") for part in parts if part["t"] in ("ok", "err")]
        carriers = [self._answers.pop(item) for item in answered if item in self._answers]
        carriers = [carrier for carrier in carriers if not carrier.done()]
        for carrier in carriers[1:]:
            carrier.set_result(None)
        if carriers:
            carriers[0].set_result(text)
        elif self._open:
            from playwright.async_api import Error

            with contextlib.suppress(Error):  # the document was left; its link ends with it
                await self._page.evaluate(f"text => {RECEIVER}(text)", text)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the document's frames until it goes away."""
        while (frame := await self._incoming.get()) is not None:
            yield frame

    async def receive(self, text: str) -> str | None:
        """Take a frame from the page; the answer of a call is the result."""
        frame = from_text(text)
        if frame is None:
            logger.warning("not a frame: %.100r", text)
            return None
        self._incoming.put_nowait(frame)
        if frame.get("t") != "call":
            return None
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._answers[frame.get("id")] = answer
        return await answer

    def close(self) -> None:
        """End the link, and with it the session: a document that was left does not come back."""
        if self._open:
            self._open = False
            self._incoming.put_nowait({"t": "bye"})
            self._incoming.put_nowait(None)
            for answer in self._answers.values():
                answer.cancel()


class BindingHost:
    """Serve every document of one Playwright page."""

    def __init__(self, simulator: Simulator, page: Page) -> None:
        self._simulator = simulator
        self._page = page
        self._document = ""
        self._link: BindingLink | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def install(self) -> None:
        """Expose the binding to the page; call it before the panel's page is opened."""
        await self._page.expose_binding(BINDING, self._on_frame)
        self._page.on("close", lambda _: self._leave())

    async def aclose(self) -> None:
        """End the link and wait for its session to notice."""
        self._leave()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _on_frame(self, source: dict[str, Any], document: str, text: str) -> str | None:
        if source["frame"] != self._page.main_frame:
            return None
        if document != self._document or self._link is None:
            if '"t":"hello"' not in text[:HELLO_START]:
                return None  # a late word of a document that was left
            self._leave()
            self._document = document
            self._link = BindingLink(self._page)
            task = asyncio.create_task(self._simulator.serve_link(self._link), name="binding link")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await self._link.receive(text)
        except asyncio.CancelledError:
            return None

    def _leave(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
