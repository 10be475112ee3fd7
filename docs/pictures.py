"""Take the pictures of the console and of a panel from a running lamp: python docs/pictures.py.

It writes docs/console.png and docs/panel.png, and needs the tests' dependencies: pip install -e '.[dev]'.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from devkit.app.run import PanelRun
from devkit.proxy.launch import find_browser
from devkit.resources import resource_dir
from devkit.scaffold import Answers, create_project, load_templates, plan_project
from devkit.settings import load_settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from devkit.app.events import Ready

DOCS = Path(__file__).parent
DEVICE = "LIVINGROOM/dev01"
MOST_BYTES = 200_000

# The template's lamp speaks Chinese; both READMEs show one picture.
ENGLISH = {
    "电源开关": "Power", "夜灯": "Night light", "童锁": "Child lock", "亮度": "Brightness",
    "色温": "Colour temperature", "渐变时间": "Fade", "场景": "Scene", "通电后": "After power-up",
    "备注": "Note", "灯体温度": "Lamp temperature", "累计用电": "Energy used", "上次故障": "Last fault",
    "网络": "Network", "Wi-Fi 名称": "Wi-Fi", "信号强度": "Signal", "定时": "Timers",
    "过热": "Overheated", "温度": "Temperature", "闪烁": "Blink", "次数": "Times",
    "开": "on", "关": "off", "锁定": "locked", "解锁": "unlocked", "工作": "Work", "阅读": "Read",
    "休闲": "Relax", "睡眠": "Sleep", "保持关闭": "stay off", "打开": "turn on", "恢复上次": "as before",
}  # fmt: skip
STATE = {
    "power_switch": 1,
    "night_light": 1,
    "brightness": 72,
    "color_temp": 3500,
    "temperature": 31.5,
    "energy": 18.42,
    "label": "by the sofa",
}


def make_project(folder: Path) -> Path:
    """Scaffold the React template as a lamp with English names."""
    template = load_templates(resource_dir("templates"))["react"]
    answers = Answers("Lamp", product_id=DEVICE.split("/")[0])
    project = create_project(folder / "lamp", plan_project(template, answers)).folder
    model = project / "thing-model.json"
    text = model.read_text("utf-8")
    for chinese in sorted(ENGLISH, key=len, reverse=True):
        text = text.replace(f'"{chinese}"', f'"{ENGLISH[chinese]}"')
    model.write_text(text, "utf-8")
    return project


async def report(ready: Ready, values: Mapping[str, Any]) -> None:
    """Let the lamp report values through the control API."""
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"{ready.console_url}__devkit/api/devices/{DEVICE}/report"
        headers = {"authorization": f"Bearer {ready.control_token}"}
        (await client.post(url, json=values, headers=headers)).raise_for_status()


async def save(page: Page, name: str) -> None:
    """Write a page's picture, in the 256 colours that cover most where it is too large otherwise."""
    picture = Image.open(BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")
    place = DOCS / name
    picture.save(place, optimize=True)
    if place.stat().st_size > MOST_BYTES:
        few = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=8)
        few.save(place, optimize=True)
    print(f"docs/{name}: {place.stat().st_size:,} bytes")  # noqa: T201


async def take_console(browser: Browser, ready: Ready) -> None:
    """Show the console with a lamp that was touched in the panel."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
    await page.goto(ready.console_url)
    await page.locator("[data-connected=true]").wait_for()
    panel = page.frame_locator("iframe")
    await panel.get_by_text("Lamp", exact=True).first.wait_for()
    await report(ready, STATE)
    await page.locator(".row", has_text="Property / Report").first.wait_for()
    await panel.locator("body").evaluate("() => h5PanelSdk.controlDeviceData({ brightness: 80 })")
    await page.locator(".row", has_text="controlDeviceData").first.wait_for()
    await save(page, "console.png")
    await page.close()


async def take_panel(browser: Browser, ready: Ready) -> None:
    """Show the panel's page as a phone has it."""
    size = {"width": 375, "height": 812}
    page = await browser.new_page(viewport=size, locale="en-GB", device_scale_factor=2, has_touch=True)
    await page.goto(ready.panel_url)
    await page.get_by_text("Lamp", exact=True).first.wait_for()
    await save(page, "panel.png")
    await page.close()


async def main() -> None:
    """Run the lamp and take both pictures."""
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(make_project(Path(folder)), {"port": 0, "proxy": False, "lang": "en"})
        async with PanelRun(settings) as run, async_playwright() as playwright:
            ready = await run.ready()
            browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            await take_console(browser, ready)
            await take_panel(browser, ready)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
