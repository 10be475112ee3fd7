"""Which Playwright server a process uses, and what happens when one is down or answers no more."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from devkit.errors import BrowserError, SettingsError
from devkit.testing.farm import servers as farm
from devkit.testing.farm.servers import BrowserServers, server_urls, watch
from devkit.testing.run import plugin

URLS = ["ws://a:1", "ws://b:2", "ws://c:3"]


class FarBrowser:
    """A browser that answers so many questions and then no more."""

    browser_type = SimpleNamespace(name="chromium")

    def __init__(self, answers: float = float("inf"), error: Exception | None = None) -> None:
        self.answers, self.error, self.connected, self.asked = answers, error, True, 0

    def is_connected(self) -> bool:
        return self.connected

    async def new_browser_cdp_session(self) -> "FarBrowser":
        self.asked += 1
        if self.error:
            raise self.error
        if self.asked > self.answers:
            await asyncio.Event().wait()
        return self

    async def detach(self) -> None:
        if self.asked >= 5:
            self.connected = False

    async def close(self) -> None:
        self.connected = False


@pytest.fixture(autouse=True)
def _own_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(browser: Any, work: Any) -> Any:
        return asyncio.run(work)

    monkeypatch.setattr(farm, "run_sync", run)
    monkeypatch.setattr(farm, "as_async_browser", lambda browser: browser)
    monkeypatch.setattr(farm, "PATIENCE_SECONDS", 0.01)


def connecting(*down: str, tried: list[str]) -> Callable[[str], FarBrowser]:
    def connect(url: str) -> FarBrowser:
        tried.append(url)
        if url in down:
            raise BrowserError(f"The browser at {url} cannot be reached: refused", "Start it there.")
        return FarBrowser()

    return connect


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("localhost:3000", "localhost"),
        ("ws://", "ws:"),
        ("ftp://a:1", "ftp://a:1"),
        ("ws://a:99999", "ws://a:99999"),
        ("ws://a:1,b?token=SECRET", "'b'"),
        ("ws://u:SECRET@h:x/?k=SECRET", "ws://h:x"),
    ],
)
def test_what_is_no_server_is_named_without_its_secrets(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match="is no address of a Playwright server") as error:
        server_urls(text)
    assert named in error.value.message
    assert "SECRET" not in str(error.value)


def test_processes_share_the_servers_out() -> None:
    assert server_urls(" ws://a:1, wss://b/x?token=1,") == ["ws://a:1", "wss://b/x?token=1"]
    tried: list[str] = []
    for worker in range(6):
        BrowserServers(URLS, worker).start(connecting(tried=tried))
    assert tried == URLS * 2


def test_a_server_that_is_down_is_passed_over_and_named() -> None:
    tried: list[str] = []
    servers = BrowserServers(URLS, 1)
    servers.start(connecting("ws://b:2", "ws://c:3", tried=tried))
    assert tried == ["ws://b:2", "ws://c:3", "ws://a:1"]
    assert servers.notes == [
        f"The browser at {url} cannot be reached: refused ws://a:1 is used instead." for url in URLS[1:]
    ]


def test_without_any_server_every_reason_is_told() -> None:
    with pytest.raises(BrowserError, match="None of 3 Playwright servers answers") as error:
        BrowserServers(URLS).start(connecting(*URLS, tried=[]))
    assert all(url in error.value.message for url in URLS)
    assert error.value.hint == "Start it there."
    with pytest.raises(BrowserError, match=r"^The browser at ws://a:1"):
        BrowserServers(URLS[:1]).start(connecting(*URLS, tried=[]))


def test_a_lost_browser_leads_to_the_next_server() -> None:
    tried: list[str] = []
    servers = BrowserServers(URLS)
    browser = servers.start(connecting(tried=tried))
    assert not servers.look(browser)
    browser.answers = 0
    assert servers.look(browser)
    assert servers.lost == "ws://a:1"
    assert not browser.connected
    servers.told_again("test_x")
    servers.start(connecting(tried=tried))
    assert tried == URLS[:2]
    assert servers.notes == [
        "ws://a:1 lost its browser while test_x ran; the test was run again on ws://b:2."
    ]


async def test_a_browser_that_answers_no_more_is_let_go_and_one_that_does_is_not() -> None:
    from playwright.async_api import Error

    for browser, asked in ((FarBrowser(1), 3), (FarBrowser(error=Error("closed")), 2), (FarBrowser(), 5)):
        await asyncio.wait_for(watch(browser, 0, 0.01), 5)  # type: ignore[arg-type]
        assert (browser.connected, browser.asked) == (False, asked)


def test_pytest_calls_a_bad_address_wrong_usage() -> None:
    def option(name: str, default: object = None) -> object:
        return "farm:3000" if name == "--panel-browser-ws" else default or ""

    config: Any = SimpleNamespace(getoption=option, addinivalue_line=lambda *line: None)
    with pytest.raises(pytest.UsageError, match="'farm:3000' is no address"):
        plugin.pytest_configure(config)
