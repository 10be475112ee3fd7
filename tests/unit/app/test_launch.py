"""What is told of the browser of --launch, by how it ends."""

import asyncio
from typing import Any

import pytest

from devkit.app import proxy as module
from devkit.app.events import BrowserOpened, RunEvent, RunFailed
from devkit.app.proxy import PanelProxy
from devkit.app.run import ProxyUse


class Browser:
    """A process that a test ends."""

    def __init__(self) -> None:
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await asyncio.shield(self.code)


async def told(browser: Any) -> list[RunEvent]:
    events: list[RunEvent] = []
    await PanelProxy(None, ProxyUse(launch=True), events.append)._watch(browser, "http://x")  # type: ignore[arg-type]
    return events


async def test_one_that_fails_at_once_was_never_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    browser = Browser()
    browser.code.set_result(1)
    (event,) = await told(browser)
    assert isinstance(event, RunFailed)
    assert "ended with code 1" in str(event.error)
    assert "DISPLAY" in str(event.error)


async def test_one_that_the_user_closes_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENING_S", 0.01)
    browser = Browser()
    asyncio.get_running_loop().call_later(0.05, browser.code.set_result, 0)
    assert await told(browser) == [BrowserOpened("http://x")]
