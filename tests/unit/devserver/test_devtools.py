"""Who gets the agent of DevTools, and where their front end comes from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from devkit.devserver.control import ControlApi
from devkit.devserver.devtools import packages
from devkit.devserver.devtools.front_end import CHROMIUM_PATH, FrontEnd
from devkit.devserver.devtools.routes import DevToolsRoutes
from devkit.errors import ProxyError

OPEN = "http://127.0.0.1/__devkit/devtools/open?target=phone"


@asynccontextmanager
async def no_chromium() -> AsyncIterator[str]:
    if True:
        raise ProxyError("No Chromium.")
    yield ""


def routes(**options: Any) -> DevToolsRoutes:
    found = DevToolsRoutes(
        "secret", cast(Any, None), **{"everywhere": False, "agent": True, "eruda": False, **options}
    )
    found.open_chromium = no_chromium
    return found


async def ask(found: DevToolsRoutes, method: str, url: str) -> httpx.Response:
    control = ControlApi("secret", cast(Any, None))
    transport = httpx.ASGITransport(Starlette(routes=found.for_console(control)))
    async with httpx.AsyncClient(transport=transport) as http:
        return await http.request(method, url)


@pytest.mark.parametrize(
    ("options", "here", "behind_the_proxy"),
    [
        ({}, (), ("chobitsu.js", "debug.js")),
        ({"everywhere": True}, ("chobitsu.js", "debug.js"), ("chobitsu.js", "debug.js")),
        ({"agent": False, "eruda": True}, ("eruda.js", "debug.js"), ("eruda.js", "debug.js")),
        ({"eruda": True}, ("eruda.js", "debug.js"), ("chobitsu.js", "eruda.js", "debug.js")),
    ],
)
def test_pages_get_what_was_asked_for(
    options: dict[str, bool], here: tuple[str, ...], behind_the_proxy: tuple[str, ...]
) -> None:
    found = routes(**options)
    assert found.scripts("127.0.0.1:9000") == here
    assert found.scripts("iot.cloud.tencent.com") == behind_the_proxy
    assert bool(found.address("127.0.0.1:9000")) == ("chobitsu.js" in here)


async def test_the_console_alone_opens_devtools() -> None:
    assert (await ask(routes(), "GET", f"{OPEN}&token=wrong")).status_code == 403
    assert (await ask(routes(), "POST", OPEN)).status_code == 403


async def test_nothing_is_fetched_before_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path))
    answer = await ask(routes(), "GET", f"{OPEN}&token=secret")
    assert answer.status_code == 200
    assert "about 50 MB" in answer.text
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("devkit.build.node.find_node", lambda: None)
    answer = await ask(routes(), "POST", f"{OPEN}&token=secret")
    assert "is fetched with npm" in answer.text


async def test_what_was_fetched_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path))
    packages.front_end().mkdir(parents=True)
    answer = await ask(routes(), "GET", f"{OPEN}&token=secret")
    assert answer.status_code == 200
    assert '"/__devkit/devtools/front_end/chii_app.html?ws=127.0.0.1%2F' in answer.text


async def test_a_chromium_that_was_ended_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: set[str] = set()

    @asynccontextmanager
    async def chromium() -> AsyncIterator[str]:
        url = f"http://chromium{len(alive)}.example/devtools"
        alive.add(url)
        yield url

    def answer(request: httpx.Request) -> httpx.Response:
        if f"http://{request.url.host}/devtools" not in alive:
            raise httpx.ConnectError("It was ended.")
        return httpx.Response(200, text=request.url.path)

    client = httpx.AsyncClient
    with monkeypatch.context() as patch:
        transport = httpx.MockTransport(answer)
        patch.setattr(httpx, "AsyncClient", lambda **more: client(transport=transport, **more))
        front_end = FrontEnd(chromium, print)
        app = Starlette(routes=front_end.routes())
        async with client(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            entry = await front_end.entry()
            assert (await http.get(f"{CHROMIUM_PATH}/a.js")).text == "/devtools/a.js"
            alive.clear()
            alive.add("another")
            gone = await http.get(f"{CHROMIUM_PATH}/b.js")
            assert (gone.status_code, gone.text) == (404, "Open DevTools from the console.")
            assert await front_end.entry() == entry
            assert alive == {"another", "http://chromium1.example/devtools"}
            assert (await http.get(f"{CHROMIUM_PATH}/b.js")).text == "/devtools/b.js"
        await front_end.aclose()
