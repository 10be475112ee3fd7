"""Phones that come, sleep, come back and leave in mid-call, and which front end hears of which."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from devkit.devserver.devtools import relay as relay_module
from devkit.devserver.devtools.relay import MOST_PAGES, PageRelay
from devkit.errors import ServeError

Serve = Callable[[WebSocket], Awaitable[None]]
LEFT = {"type": "websocket.disconnect"}


class End:
    """The other end of a socket: what it says, and what it has heard."""

    def __init__(self, serve: Serve, **told: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self._says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closed = False
        self.query_params = told
        self.headers = {"user-agent": "phone"}
        self.client = SimpleNamespace(host="192.0.2.7")
        self._serving = asyncio.ensure_future(serve(cast(WebSocket, self)))

    async def receive(self) -> dict[str, Any]:
        return await self._says.get()

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text) if text.startswith("{") else {"text": text})

    async def close(self, code: int, reason: str) -> None:
        self.closed = True
        self._says.put_nowait(LEFT)

    async def say(self, text: str = "", **message: Any) -> None:
        text = text or json.dumps(message, separators=(",", ":"))
        self._says.put_nowait({"type": "websocket.receive", "text": text})
        await settled()

    async def leave(self) -> None:
        self._says.put_nowait(LEFT)
        await self._serving


async def source_map() -> bytes:
    return b'{"version":3}'


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def attached(relay: PageRelay, name: str) -> tuple[End, End]:
    phone = End(relay.serve_page, id=name, fresh="1")
    await settled()
    front = End(relay.serve_front, target=name)
    await settled()
    return phone, front


async def test_each_phone_has_its_front_end() -> None:
    relay = PageRelay(source_map)
    (one, front_one), (two, front_two) = [await attached(relay, name) for name in ("one", "two")]
    await front_one.say(id=1, method="Runtime.evaluate", params={"expression": "1"})
    await two.say(method="Runtime.consoleAPICalled", params={})
    assert [message["id"] for message in one.heard] == [1]
    assert two.heard == []
    assert front_one.heard == []
    assert [message["method"] for message in front_two.heard] == ["Runtime.consoleAPICalled"]
    for end in (one, two, front_one, front_two):
        await end.leave()


async def test_a_phone_that_leaves_in_mid_call_leaves_nobody_waiting() -> None:
    relay = PageRelay(source_map)
    phone, front = await attached(relay, "phone")
    await front.say(id=1, method="Runtime.evaluate", params={})
    await phone.say(id=1, result={})
    await front.say(id=2, method="Runtime.evaluate", params={})
    await phone.leave()
    assert front.heard[0] == {"id": 1, "result": {}}
    assert [(message["id"], "asleep" in str(message.get("error"))) for message in front.heard[1:]] == [
        (2, True)
    ]
    await front.say(id=3, method="Runtime.evaluate", params={})
    assert front.heard[-1]["id"] == 3
    assert relay.describe()[0]["awake"] is False


async def test_a_phone_that_wakes_up_goes_on_and_one_that_loads_anew_begins_again() -> None:
    relay = PageRelay(source_map)
    phone, front = await attached(relay, "phone")
    await front.say(id=1, method="Runtime.enable")
    await phone.say(id=1, result={})
    await phone.leave()
    phone = End(relay.serve_page, id="phone", fresh="0")
    await settled()
    assert phone.heard == []
    assert len(relay.describe()) == 1
    again = End(relay.serve_page, id="phone", fresh="1")
    await settled()
    assert phone.closed
    assert [(message["id"], message["method"]) for message in again.heard] == [(-1, "Runtime.enable")]
    assert "DOM.documentUpdated" in [message.get("method") for message in front.heard]
    await again.say(id=-1, result={})
    assert front.heard[-1].get("id") != -1


async def test_what_was_edited_in_a_page_is_not_edited_again_in_the_next() -> None:
    relay = PageRelay(source_map)
    phone, front = await attached(relay, "phone")
    await front.say("[" * 100_000)
    for method in ("DOM.setOuterHTML", "DOMStorage.setDOMStorageItem", "CSS.setStyleTexts", "DOM.enable"):
        await front.say(id=1, method=method, params={})
    await phone.leave()
    again = End(relay.serve_page, id="phone", fresh="1")
    await settled()
    assert [message["method"] for message in again.heard] == ["DOM.enable"]


async def test_the_panels_script_is_told_with_its_source_map() -> None:
    phone, front = await attached(PageRelay(source_map), "phone")
    for url in ("https://iot.cloud.tencent.com/index.js?v=1", "https://iot.cloud.tencent.com/other.js"):
        await phone.say(method="Debugger.scriptParsed", params={"url": url})
    panel, other = (message["params"] for message in front.heard)
    assert panel["sourceMapURL"] == "data:application/json;base64,eyJ2ZXJzaW9uIjozfQ=="
    assert "sourceMapURL" not in other


async def test_what_is_no_protocol_harms_nobody() -> None:
    relay = PageRelay(source_map)
    phone, front = await attached(relay, "phone")
    for text in ("[]", "nonsense", '{"method": 7, "id": "x"}', '{"id":99999999999999999999,"x":1}'):
        await front.say(text)
        await phone.say(text)
    await front.say(id=1, method="Runtime.evaluate")
    await phone.say(id=1, result={})
    assert phone.heard[-1]["id"] == front.heard[-1]["id"] == 1


async def test_many_phones_that_sleep_are_forgotten() -> None:
    relay = PageRelay(source_map)
    for number in range(MOST_PAGES + 5):
        phone = End(relay.serve_page, id=str(number))
        await settled()
        await phone.leave()
    assert len(relay.describe()) == MOST_PAGES
    assert relay.describe()[-1]["id"] == str(MOST_PAGES + 4)


async def test_a_picture_of_a_page_goes_to_who_asked_for_it() -> None:
    relay = PageRelay(source_map)
    phone, front = await attached(relay, "phone")
    one, two = (asyncio.ensure_future(relay.picture("phone")) for _ in range(2))
    await settled()
    drawn = base64.b64encode(b"\xff\xd8 a picture").decode()
    await phone.say(method="Page.screencastFrame", params={"data": drawn, "sessionId": 1})
    assert await one == await two == b"\xff\xd8 a picture"
    assert [message["method"] for message in phone.heard] == [
        "Page.startScreencast", "Page.startScreencast", "Page.stopScreencast",
    ]  # fmt: skip
    assert front.heard == []
    await phone.say(method="Page.screencastFrame", params={"data": drawn, "sessionId": 1})
    assert [message["method"] for message in front.heard] == ["Page.screencastFrame"]  # its own
    for end in (phone, front):
        await end.leave()


async def test_a_page_without_a_picture_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "PICTURE_S", 0.01)
    relay = PageRelay(source_map)
    phone = End(relay.serve_page, id="phone", fresh="1")
    await settled()
    with pytest.raises(ServeError, match="no picture within"):
        await relay.picture("phone")
    assert phone.heard[-1]["method"] == "Page.stopScreencast"
    monkeypatch.setattr(relay_module, "PICTURE_S", 20.0)
    taking = asyncio.ensure_future(relay.picture("phone"))
    await settled()
    await phone.say(method="Page.screencastFrame", params={"data": "no base64!"})
    with pytest.raises(ServeError, match="could not draw itself"):
        await taking
    leaving = asyncio.ensure_future(relay.picture("phone"))
    await settled()
    await phone.leave()
    with pytest.raises(ServeError, match="asleep"):
        await leaving
    for name in ("phone", "unknown"):
        with pytest.raises(ServeError, match="asleep"):
            await relay.picture(name)


async def test_a_page_has_the_sessions_of_all_its_loads() -> None:
    relay = PageRelay(source_map)
    for session in ("one", "one", "two", ""):
        end = End(relay.serve_page, id="phone", session=session)
        await settled()
        await end.leave()
    for number in range(relay_module.MOST_SESSIONS):
        end = End(relay.serve_page, id="phone", session=str(number))
        await settled()
        await end.leave()
        if number == 0:
            assert relay.describe()[0]["sessions"] == ["one", "two", "0"]
    (page,) = relay.describe()
    assert page["sessions"] == [str(number) for number in range(relay_module.MOST_SESSIONS)]
