"""`--sdk official`: the platform's own SDK in the host page, on the emulator of the dev server."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.devserver.harness import MODEL, edit, make_project, running

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

HELPERS = Path(__file__).parents[2] / "helpers" / "ble_panel.js"
DEVICE = "LAMPPROD01/dev01"
PANEL = """\
window.seen = []
for (const name of ['wsReport', 'wsControl', 'wsStatusChange', 'pageHide', 'pageShow'])
  h5PanelSdk.on(name, event => seen.push([name, event && (event.deviceData || event.deviceStatus)]))
h5PanelSdk.sdkReady().then(() => { app.textContent = h5PanelSdk.deviceDisplayName })
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "panel.js").write_text(PANEL, "utf-8")
    (tmp_path / "thing-model.json").write_text(json.dumps(MODEL, ensure_ascii=False), "utf-8")
    return tmp_path


async def follow(page: "Page") -> None:
    """Wait until pushes come: the SDK subscribes in its own time."""
    await page.evaluate("h5PanelSdk.appDevSdk.init()")
    await page.wait_for_function(
        """() => { if (!window.asked) { window.asked = true; h5PanelSdk.controlDeviceData({power_switch: 1})
             .finally(() => { window.asked = false }) }
           return seen.some(([name]) => name === 'wsReport') }""",
        polling=200,
    )


async def test_the_official_sdk_runs_unmodified_on_the_dev_server(built: Path, page: "Page") -> None:
    abroad: list[str] = []
    page.on("request", lambda request: abroad.append(request.url) if "127.0.0.1" not in request.url else None)
    async with running(built, "preview", "--js", "panel.js", "--sdk", "official") as run:
        origin = run.ready["console_url"].rstrip("/")
        await page.goto(run.ready["panel_url"])
        await page.wait_for_function("document.getElementById('app').textContent")
        assert await page.evaluate("[h5PanelSdk.deviceId, h5PanelSdk.userInfo.NickName]") == [DEVICE, "小美"]
        await follow(page)
        assert await page.evaluate("h5PanelSdk.controlDeviceData({brightness: 42})")
        await page.wait_for_function(
            "seen.some(([name, data]) => name === 'wsReport' && data.brightness?.Value === 42)"
        )
        names = await page.evaluate("seen.filter(([, data]) => data.brightness).map(([name]) => name)")
        assert names == ["wsControl", "wsReport"]
        assert (await page.evaluate("h5PanelSdk.getDeviceData({})"))["brightness"]["Value"] == 42
        firmware = await page.evaluate("h5PanelSdk.checkFirmwareUpgrade({silent: true})")
        assert firmware["CurrentVersion"] == firmware["DstVersion"] == "1.0.0"
        headers = {"authorization": f"Bearer {run.ready['control_token']}"}
        async with httpx.AsyncClient(base_url=origin, headers=headers, trust_env=False) as client:
            await client.post(f"/__devkit/api/devices/{DEVICE}/status", json={"online": False})
            await page.wait_for_function("seen.some(([name]) => name === 'wsStatusChange')")
            assert await page.evaluate("h5PanelSdk.deviceStatus") == 0
            await page.evaluate("h5PanelSdk.goFeedBackPage()")
            await page.wait_for_function("seen.some(([name]) => name === 'pageHide')")
            timeline = (await client.get("/__devkit/api/timeline?since=0")).json()
        assert "/pages/User/Feedback/Feedback" in json.dumps(timeline)
    assert abroad == []


async def test_bluetooth_goes_over_the_sdks_own_bridge(built: Path, page: "Page") -> None:
    (built / "panel.js").write_text(HELPERS.read_text("utf-8"), "utf-8")
    light = "devkit.ble.profiles.light:LLSyncLight"
    async with running(
        built, "preview", "--js", "panel.js", "--sdk", "official", "--peripheral", light
    ) as run:
        await page.goto(run.ready["panel_url"])
        await page.wait_for_function("Boolean(window.connectStandard)")
        await page.evaluate(
            """async () => {
              const device = await connectStandard()
              watch(device, ['disconnect', 'bLEConnectionStateChange'])
              await device.disconnectDevice()
            }"""
        )
        await page.wait_for_function("log.some(([name]) => name === 'disconnect')")
        headers = {"authorization": f"Bearer {run.ready['control_token']}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            timeline = await client.get(f"{run.ready['console_url']}__devkit/api/timeline?since=0")
        entries = timeline.json()["entries"]
        apis = [entry["data"]["api"] for entry in entries if entry["kind"] == "ble.call"]
        assert "createBLEConnection" in apis
        assert "closeBLEConnection" in apis


async def test_it_reads_its_data_late_and_loads_again_after_a_save(tmp_path: Path, page: "Page") -> None:
    project = make_project(tmp_path / "panel")
    async with running(project, "dev", "--no-proxy", "--sdk", "official", "--ultrafast") as run:
        await page.goto(run.ready["panel_url"])
        await page.wait_for_selector("h1:text-is('VERSION')")
        assert await page.evaluate("h5PanelSdk.productId") == "LAMPPROD01"
        assert await page.inner_text("#brightness") == "1"
        edit(project / "src" / "index.jsx", "VERSION", "Second")
        await page.wait_for_selector("h1:text-is('Second')")
