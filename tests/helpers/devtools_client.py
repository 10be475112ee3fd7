"""DevTools' side of the relay, without DevTools: calls of the protocol to a page that carries the agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

LOOK_S = 0.002


class DevToolsClient:
    """One attached page."""

    def __init__(self, socket: ClientConnection, page: dict[str, Any]) -> None:
        self.page = page
        self.events: list[dict[str, Any]] = []
        self._socket = socket
        self._calls = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a call; {"error": …} as it is."""
        self._calls += 1
        await self._socket.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        async with asyncio.timeout(20):
            async for text in self._socket:
                answer: dict[str, Any] = json.loads(text)
                if answer.get("id") == self._calls:
                    found: dict[str, Any] = answer.get("result", answer)
                    return found
                self.events.append(answer)
        raise AssertionError("The relay closed.")

    async def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")


@asynccontextmanager
async def attach(
    ready: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]
) -> AsyncIterator[DevToolsClient]:
    """Wait for an awake page of a run that is wanted, and attach to it."""
    token = ready["control_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, headers=headers) as http:
        console = str((await http.get(ready["console_url"])).url)
        async with asyncio.timeout(20):
            while True:
                pages = (await http.get(f"{console}__devkit/api/remote-pages")).json()
                if page := next((page for page in pages if page["awake"] and wanted(page)), None):
                    break
                await asyncio.sleep(LOOK_S)
    query = urlencode({"target": page["id"], "token": token})
    url = f"{console.replace('http', 'ws')}__devkit/devtools/front?{query}"
    async with connect(url, origin=Origin(console.rstrip("/")), proxy=None, max_size=None) as socket:
        yield DevToolsClient(socket, page)
