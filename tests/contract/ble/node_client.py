"""The official adapters under Node, as clients of a BleBridge."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from devkit.ble import BleCentral, Radio, VirtualCentral
from devkit.ble.central.bridge import BleBridge
from tests.helpers.llsync import NAME, PRODUCT, TEMPLATE

HERE = Path(__file__).parent
STEP_S = 20
Cloud = Callable[[str, dict[str, Any]], Awaitable[Any]]


class StepError(Exception):
    """A step of the client was rejected; `reason` is what it was rejected with."""

    def __init__(self, reason: Any) -> None:
        super().__init__(str(reason))
        self.reason = reason


class FakeCloud:
    """The few actions that the adapters call; `calls` lists them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.configs: dict[str, str] = {}
        self.product_config: dict[str, Any] = {}
        self.firmware: tuple[str, bytes] = ("", b"")
        self.values: dict[str, Any] = {}
        self.refused: dict[str, dict[str, Any]] = {}

    def of(self, action: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of an action."""
        return [params for name, params in self.calls if name == action]

    async def __call__(self, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """Answer an action."""
        self.calls.append((action, params))
        if action in self.refused:
            return {"error": self.refused[action]}
        return {"data": self._answer(action, params)}

    def _answer(self, action: str, params: dict[str, Any]) -> Any:
        match action:
            case "AppGetProducts":
                return {"Products": [{"ProductId": PRODUCT, "DataTemplate": json.dumps(TEMPLATE)}]}
            case "AppGetProductsConfig":
                return {"Data": [{"ProductId": PRODUCT, "Config": json.dumps(self.product_config)}]}
            case "AppGetDeviceConfig":
                return {"Configs": dict(self.configs)}
            case "AppSetDeviceConfig":
                self.configs[params["DeviceKey"]] = params["DeviceValue"]
                return {}
            case "AppGetUserDeviceConfig":
                return {"Configs": {}}
            case "AppSigBindDeviceInFamily":
                return {"Data": {"AppDeviceInfo": {"DeviceId": f"{PRODUCT}/{NAME}"}}}
            case "AppReportDataAsDevice":
                return {"Data": '{"code":0}'}
            case "AppGetDeviceData":
                return {"Data": json.dumps({name: {"Value": value} for name, value in self.values.items()})}
            case "AppGetDeviceOTAInfo":
                return {"TargetVersion": self.firmware[0], "FirmwareURL": "firmware"}
            case "download":
                return {"hex": self.firmware[1].hex()}
        return {}


class NodeClient:
    """One Node process; `events` lists what it has told, in order."""

    def __init__(
        self, process: asyncio.subprocess.Process, central: BleCentral, bridge: BleBridge, cloud: Cloud
    ) -> None:
        self._process = process
        self._central = central
        self._bridge = bridge
        self._cloud = cloud
        self._numbers = itertools.count(1)
        self._steps: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = asyncio.Condition()
        self.events: list[tuple[str, Any]] = []

    @property
    def central(self) -> BleCentral:
        """Return the phone."""
        return self._central

    def push(self, action: str, payload: dict[str, Any]) -> None:
        """Send a push of the mini program."""
        self._send({"push": action, "payload": payload})

    def cloud_push(self, kind: str, data: dict[str, Any]) -> None:
        """Send an event of the cloud's websocket, such as WsControl."""
        self._send({"ws": kind, "data": data})

    async def run(self, step: str, *, limit: float = STEP_S, **args: Any) -> Any:
        """Do a step and return its result; limit in seconds.

        Errors: StepError.
        """
        number = next(self._numbers)
        self._steps[number] = asyncio.get_running_loop().create_future()
        self._send({"run": number, "step": step, "args": args})
        return await asyncio.wait_for(self._steps[number], limit)

    def heard(self, name: str) -> list[Any]:
        """Return the data of every event of a name."""
        return [data for event, data in self.events if event == name]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so; it is looked at after every message."""
        async with asyncio.timeout(STEP_S), self._told:
            await self._told.wait_for(condition)

    async def serve(self) -> None:
        """Read what the client says until it ends."""
        stream = self._process.stdout
        while stream and (line := await stream.readline()):
            message = json.loads(line)
            if "ask" in message:
                task = asyncio.create_task(self._answer(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif "done" in message:
                future = self._steps.pop(message["done"])
                if "error" in message:
                    future.set_exception(StepError(message["error"]))
                else:
                    future.set_result(message["result"])
            else:
                self.events.append((message["event"], message["data"]))
            await self._tell()

    async def _answer(self, message: dict[str, Any]) -> None:
        if message["kind"] == "cloud":
            result = await self._cloud(message["action"], message["payload"])
        elif self._bridge.handles(message["action"]):
            result = await self._bridge.handle(message["action"], message["payload"])
        else:
            self.events.append((message["action"], message["payload"]))
            result = {}
        self._send({"reply": message["ask"], "result": result})
        await self._tell()

    async def _tell(self) -> None:
        async with self._told:
            self._told.notify_all()

    def _send(self, message: dict[str, Any]) -> None:
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def open_client(
    mode: str, radio: Radio, cloud: Cloud, user_id: str, central: BleCentral | None = None
) -> AsyncIterator[NodeClient]:
    """Start the client; mode is "h5" (a panel over the bridge) or "mp" (a mini program with wx)."""
    central = central or VirtualCentral(radio)
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "client.mjs"), mode, user_id,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    pushes: list[Callable[[str, dict[str, Any]], None]] = []
    bridge = BleBridge(central, lambda action, payload: pushes[0](action, payload))
    client = NodeClient(process, central, bridge, cloud)
    pushes.append(client.push)
    serving = asyncio.ensure_future(client.serve())
    try:
        await client.until(lambda: client.heard("ready"))
        yield client
    finally:
        bridge.close()
        if process.stdin:
            process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
            await process.wait()
        await serving
        await central.aclose()
        await radio.aclose()


def install() -> None:
    """Install the packages of the client unless they are there."""
    if (HERE / "node_modules" / ".package-lock.json").exists():
        return
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=HERE, check=True, timeout=300, env={**os.environ, "CI": "1"},
    )  # fmt: skip
