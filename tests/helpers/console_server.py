"""The dev server with a panel and a device that a test of the console acts on, in the test's own process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.app.simulation import Simulation
from devkit.build import BuildResult
from devkit.devserver.app import DevServer
from devkit.devserver.panel import BuiltPanel
from devkit.sdk import Simulator
from devkit.settings import load_settings
from devkit.testing.tools.gallery import LiveGallery
from devkit.web.binding import bind, bind_console
from devkit.web.serving import serving
from tests.browser.devserver.harness import free_port
from tests.helpers.browser import WAIT_MS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

DEVICE_ID = "CONSOLE001/dev01"


def field(name: str, **define: Any) -> dict[str, Any]:
    return {"id": name, "name": name.replace("_", " "), "mode": "rw", "define": define}


SPECS = [
    {
        "id": "lat",
        "name": "latitude",
        "dataType": {"type": "float", "min": "-90", "max": "90", "step": "0.5"},
    },
    {"id": "used", "name": "used", "dataType": {"type": "bool", "mapping": {"0": "no", "1": "yes"}}},
]
MODEL = {
    "version": "1.0",
    "profile": {"ProductId": "CONSOLE001", "CategoryId": "3"},
    "properties": [
        field("power_switch", type="bool", mapping={"0": "关", "1": "开"}),
        field("brightness", type="int", min="0", max="100", start="30", step="1", unit="%"),
        field("heat", type="float", min="0", max="9", start="1.5", step="0.5", unit="°C"),
        field("colour", type="enum", mapping={"0": "Red", "1": "Green", "2": "Blue"}),
        field("work_mode", type="stringenum", mapping={f"mode{n}": f"Mode {n}" for n in range(6)}),
        field("label", type="string", min="0", max="20"),
        field("since", type="timestamp"),
        field("place", type="struct", specs=SPECS),
        field("steps", type="array", arrayInfo={"type": "int", "min": "0", "max": "9", "step": "1"}),
        {**field("room_heat", type="int", min="0", max="50", start="20", step="1"), "mode": "r"},
        field("<i>odd</i>", type="bool", mapping={"0": "<b>off</b>", "1": "on"}),
    ],
    "events": [
        {
            "id": "low_voltage",
            "name": "low voltage",
            "type": "alert",
            "params": [field("voltage", type="float", min="0", max="24", start="0", step="0.5", unit="V")],
        }
    ],
    "actions": [
        {
            "id": "blink",
            "name": "blink",
            "input": [field("times", type="int", min="1", max="9", start="1", step="1")],
            "output": [field("done", type="bool", mapping={"0": "no", "1": "yes"})],
        }
    ],
}
PANEL = """
window.seen = []
for (const name of ['pageShow', 'pageHide', 'appShow', 'appHide', 'wsReport', 'wsEventReport'])
  h5PanelSdk.on(name, () => window.seen.push(name))
h5PanelSdk.sdkReady().then(() => { document.getElementById('app').textContent = 'panel ready' })
"""


class ConsoleServer:
    """A running dev server; simulator and panel are its real ones."""

    def __init__(
        self, url: str, panel_url: str, server: DevServer, simulator: Simulator, panel: BuiltPanel
    ) -> None:
        self.url = url
        self.panel_url = panel_url
        self.server = server
        self.simulator = simulator
        self.panel = panel

    @property
    def bench(self) -> Any:
        return self.simulator.transport.bench

    @property
    def device(self) -> dict[str, Any]:
        device: dict[str, Any] = self.bench.snapshot()["devices"][DEVICE_ID]
        return device

    async def until(self, check: Any) -> None:
        """Wait until check() holds, looking again after each entry of the timeline."""
        async with asyncio.timeout(10):
            follower = self.simulator.timeline.follow(0)
            while not check():
                await anext(follower)
            await follower.aclose()  # type: ignore[attr-defined]

    async def value(self, name: str, wanted: Any) -> None:
        """Wait until a property has a value."""
        await self.until(lambda: self.device["properties"].get(name) == wanted)


def built(js: str) -> BuildResult:
    return BuildResult(
        js=js.encode(), css=b"body{margin:0}", js_map=b"", css_map=b"", inputs=frozenset(), warnings=(),
        ms=1.0, engine="node",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def console_server(folder: Path) -> AsyncIterator[ConsoleServer]:
    """Serve a project made in folder on a free port."""
    (folder / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    port = free_port()
    settings = load_settings(folder, {"product_id": "CONSOLE001", "port": port, "lang": "en"}, {})
    panel = BuiltPanel()
    panel.built(built(PANEL))
    simulation = Simulation(settings)
    server = DevServer(settings, panel, simulation)
    listener, console = bind(settings.host, port), bind_console(port)
    server.console_port = console.getsockname()[1]
    server.gallery.opener = lambda: LiveGallery(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(listener.close)
        stack.callback(console.close)
        simulator = await simulation.get()
        stack.push_async_callback(simulator.transport.aclose)
        stack.push_async_callback(simulation.aclose)
        stack.push_async_callback(server.gallery.aclose)
        await stack.enter_async_context(serving(server.app(), listener))
        await stack.enter_async_context(serving(server.console_app(), console))
        url = f"http://127.0.0.1:{server.console_port}/"
        yield ConsoleServer(url, f"http://127.0.0.1:{port}", server, simulator, panel)


@contextlib.asynccontextmanager
async def opened_tab(browser: Browser, server: ConsoleServer, tab: str) -> AsyncIterator[Page]:
    """Open a tab of the console, by the name that its address has, and wait until it is connected."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    await page.goto(f"{server.url}#{tab}")
    await page.locator("[data-connected=true]").wait_for()
    yield page
    await context.close()
