"""The platform's own SDK in Chromium, on a stubbed network that the emulator answers."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devkit.errors import CloudApiError
from devkit.transport import Push, Transport
from tests.helpers.pushes import pushes_of

MODULES = Path(__file__).parents[2] / "devkit" / "sdk" / "client" / "node_modules"
SDK = MODULES / "qcloud-iotexplorer-h5-panel-sdk" / "dist" / "release" / "qcloud-iotexplorer-h5-panel-sdk.js"
REGENERATOR = MODULES / "regenerator-runtime" / "runtime.js"
ORIGIN = "https://iot.cloud.tencent.com"
PAGE = """<!doctype html><html><head><meta charset="utf-8"><style>.hide{display:none}</style></head><body>
<div id="app"></div><div id="explorer-device-detail-container"></div><div id="explorer-modal-overlay"></div>
<script>
window.PANEL_DATA = %s
window.IOT_EXPLORER_ACCESS_TOKEN = 'stub'
window.__calls = []
const record = api => options => {
  const {success, fail, ...params} = options || {}
  window.__calls.push([api, params.url || ''])
  setTimeout(() => success && success({errMsg: api + ':ok'}))
}
window.wx = {miniProgram: Object.fromEntries(
  ['navigateTo', 'navigateBack', 'redirectTo', 'reLaunch', 'postMessage'].map(api => [api, record(api)]))}
window.wechatJsSdk = {init: done => setTimeout(done), share: () => undefined}
</script><script>%s</script><script>%s</script></body></html>"""


class RealSdk:
    """Answer the real SDK's HTTP and WebSocket traffic from a transport."""

    def __init__(self, transport: Transport, device_id: str) -> None:
        self.transport = transport
        self.device_id = device_id
        self.bridge: list[dict[str, Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def install(self, page: Any, panel_data: dict[str, Any]) -> None:
        content = PAGE % (json.dumps(panel_data), REGENERATOR.read_text(), SDK.read_text())

        async def route(route: Any) -> None:
            url = route.request.url
            if "/tokenapi" in url:
                await route.fulfill(json=await self._answer(json.loads(route.request.post_data)))
            elif "/h5panel/" in url:
                await route.fulfill(body=content, content_type="text/html; charset=utf-8")
            else:
                await route.fulfill(body="")

        await page.route("**/*", route)
        await page.route_web_socket("**/iotstudio_v2_weapp_1*", self._push_socket)
        await page.route_web_socket("**/studioh5*", self._bridge_socket)
        await page.goto(f"{ORIGIN}/h5panel/developing")

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        action = body.pop("Action")
        body.pop("AccessToken", None)
        try:
            return {"code": 0, "msg": "", "data": await self.transport.call(action, body)}
        except CloudApiError as error:
            fields = {"Code": error.code, "Message": error.message}
            return {"code": error.code, "msg": error.message, "data": {"Error": fields}}

    def _push_socket(self, socket: Any) -> None:
        def on_message(text: str) -> None:
            frame = json.loads(text)
            socket.send(json.dumps({"reqId": frame.get("reqId"), "data": {"Result": "OK"}}))

        socket.on_message(on_message)
        task = asyncio.create_task(self._pump(socket))
        self._tasks.add(task)

    async def _pump(self, socket: Any) -> None:
        with suppress(asyncio.CancelledError):
            async for push in pushes_of(self.transport, (self.device_id,)):
                socket.send(json.dumps(wire_push(push)))

    def _bridge_socket(self, socket: Any) -> None:
        def on_message(text: str) -> None:
            frame = json.loads(text)
            if "params" in frame:
                self.bridge.append(frame["params"].get("Data", {}))
                answer = {"action": "response", "payload": {}}
                socket.send(json.dumps({"reqId": frame["reqId"], "data": answer}))

        socket.on_message(on_message)


def wire_push(push: Push) -> dict[str, Any]:
    """Return a push as the platform sends it."""
    return {
        "push": True,
        "action": "DeviceChange",
        "params": {
            "DeviceId": push.device_id,
            "Type": push.type,
            "SubType": push.sub_type,
            "Time": datetime.fromtimestamp(push.time / 1000, UTC).isoformat(),
            "Payload": base64.b64encode(json.dumps(push.payload).encode()).decode(),
        },
    }


@asynccontextmanager
async def real_sdk(transport: Transport, page: Any, panel_data: dict[str, Any]) -> AsyncIterator[RealSdk]:
    """Open a page with the real SDK, logged in and following its device."""
    real = RealSdk(transport, panel_data["deviceId"])
    try:
        await real.install(page, panel_data)
        await page.evaluate("async () => { await h5PanelSdk.ready() }")
        yield real
    finally:
        await real.aclose()
