"""Take the pictures of the documents from a running lamp: python docs/pictures.py [NAME…].

NAME.png shows English, NAME.zh.png Chinese; without names all of PICTURES are taken. It needs the tests'
dependencies: pip install -e '.[dev]'.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from devkit.app.run import PanelRun
from devkit.language import choose
from devkit.proxy.launch import find_browser
from devkit.resources import packed_files
from devkit.scaffold import Answers, create_project, load_templates, plan_project
from devkit.settings import load_settings
from devkit.testing.audit.profiles import profile
from devkit.testing.audit.report import write_html
from devkit.testing.audit.run import audit_all, audited_panel
from devkit.testing.tools.gallery import LiveGallery

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from devkit.app.events import Ready

DOCS = Path(__file__).parent
DEVICE = "LIVINGROOM/dev01"
MOST_BYTES = 100_000
STATES = """title: Lamp
devices: [iphone-se]
themes: [light, dark]
languages: [LANGUAGE]
states:
  - name: off
  - name: bright
    data: {power_switch: 1, brightness: 100}
  - name: warm
    data: {power_switch: 1, night_light: 1, temperature: 41.5}
  - name: offline
    online: false
"""
WRONG_TEST = """

def test_switches_off_again(panel, virtual_device):
    virtual_device.report({SWITCH: 1})
    panel.get_by_role("switch").first.click()
    expect_control(virtual_device, {SWITCH: 1})
"""
WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; M2007J) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/86.0.4240.99 Mobile Safari/537.36 MicroMessenger/8.0.2"
)

# The template's lamp speaks Chinese.
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
}


@dataclass(frozen=True)
class Scene:
    """What a picture is taken of: a lamp that runs, in one language."""

    language: str
    browser: Browser
    ready: Ready
    project: Path

    def word(self, english: str, chinese: str) -> str:
        """Return the word of the scene's language."""
        return chinese if self.language == "zh" else english

    async def page(self, width: int, height: int, scale: float = 1) -> Page:
        """Open a page that has the language of the scene."""
        return await self.browser.new_page(
            viewport={"width": width, "height": height},
            locale=self.word("en-GB", "zh-CN"),
            device_scale_factor=scale,
            color_scheme="null",  # a frame may have a theme of its own
        )

    async def report(self, values: Mapping[str, Any]) -> None:
        """Let the lamp report values through the control API."""
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{self.ready.console_url}__devkit/api/devices/{DEVICE}/report"
            headers = {"authorization": f"Bearer {self.ready.control_token}"}
            (await client.post(url, json=values, headers=headers)).raise_for_status()

    async def save(self, page: Page, name: str, part: Locator | None = None) -> None:
        """Write the picture of a page or a part, in the 256 colours that cover most where it is too large."""
        picture = Image.open(BytesIO(await (part or page).screenshot(animations="disabled"))).convert("RGB")
        place = DOCS / f"{name}{self.word('', '.zh')}.png"
        picture.save(place, optimize=True)
        if place.stat().st_size > MOST_BYTES:
            few = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=8)
            few.save(place, optimize=True)
        print(f"docs/{place.name}: {place.stat().st_size:,} bytes")  # noqa: T201
        await page.close()


def make_project(folder: Path, language: str) -> Path:
    """Scaffold the React template as a lamp with names of a language."""
    template = load_templates(packed_files("templates"))["react"]
    answers = Answers("Lamp", product_id=DEVICE.split("/")[0])
    project = create_project(folder / "lamp", plan_project(template, answers)).folder
    if language == "en":
        model = project / "thing-model.json"
        text = model.read_text("utf-8")
        for chinese in sorted(ENGLISH, key=len, reverse=True):
            text = text.replace(f'"{chinese}"', f'"{ENGLISH[chinese]}"')
        model.write_text(text, "utf-8")
    return project


async def take_console(scene: Scene) -> None:
    """Show the console with a lamp that was touched in the panel."""
    page = await scene.page(1280, 800)
    await page.goto(scene.ready.console_url)
    await page.locator("[data-connected=true]").wait_for()
    panel = page.frame_locator("iframe")
    await panel.get_by_role("switch").first.wait_for()
    await scene.report(STATE | {"label": scene.word("by the sofa", "沙发旁")})
    await page.locator(".row", has_text="Property / Report").first.wait_for()
    await panel.locator("body").evaluate("() => h5PanelSdk.controlDeviceData({ brightness: 80 })")
    await page.locator(".row", has_text="Property / Report").nth(1).wait_for()
    await scene.save(page, "console")


async def take_panel(scene: Scene) -> None:
    """Show the panel's page as a phone has it."""
    page = await scene.page(375, 812, scale=2)
    await page.goto(scene.ready.panel_url)
    await page.get_by_role("switch").first.wait_for()
    await scene.save(page, "panel")


async def take_pages(scene: Scene) -> None:
    """Show the console's card of pages to inspect, and DevTools on one of them."""
    phone = await scene.browser.new_page(user_agent=WECHAT, viewport={"width": 375, "height": 700})
    await phone.goto(scene.ready.panel_url)
    await phone.get_by_role("switch").first.wait_for()
    page = await scene.page(1280, 800)
    await page.goto(scene.ready.console_url)
    row = page.locator("[data-remote]", has_text="WeChat")
    link = row.get_by_role("link", name=scene.word("Inspect", "调试"))
    async with page.expect_popup() as opening:
        await link.click()
    tools = await opening.value
    await tools.set_viewport_size({"width": 1000, "height": 560})
    await tools.get_by_text("element.style").first.wait_for()
    await scene.save(tools, "devtools")
    await scene.save(page, "pages", page.locator(".card", has=page.locator("[data-remote]")))
    await phone.close()


async def take_gallery(scene: Scene) -> None:
    """Show the console's gallery of states."""
    (scene.project / "shots.yaml").write_text(
        STATES.replace("LANGUAGE", scene.word("en-US", "zh-CN")), "utf-8"
    )
    page = await scene.page(1280, 800)
    await page.goto(scene.ready.console_url)
    await page.locator(".tabs").get_by_text(scene.word("Gallery", "状态画廊")).click()
    frames = page.locator("[data-frame] iframe")
    await frames.nth(7).wait_for()
    for number in range(await frames.count()):
        await frames.nth(number).content_frame.get_by_role("switch").first.wait_for()
    await scene.save(page, "gallery")


async def take_tests(scene: Scene) -> None:
    """Show the console's tests, and what one that failed left behind."""
    tests = scene.project / "tests" / "test_panel.py"
    kept = tests.read_text("utf-8")
    tests.write_text(kept + WRONG_TEST, "utf-8")
    page = await scene.page(1280, 800)
    await page.goto(scene.ready.console_url)
    await page.locator(".tabs").get_by_text(scene.word("Tests", "测试"), exact=True).click()
    await page.get_by_role("button", name=scene.word("Run all", "全部运行")).click()
    failed = page.locator("[data-outcome=failed]")
    await failed.wait_for(timeout=60_000)
    again = page.get_by_role("button", name=scene.word("Run failed", "重跑失败项"), disabled=False)
    await again.wait_for(timeout=60_000)
    await failed.get_by_role("button").first.click()
    await page.locator(".test-details img").wait_for()
    await scene.save(page, "tests")
    tests.write_text(kept, "utf-8")


async def take_audit(scene: Scene) -> None:
    """Show the report of an audit that has something to say."""
    entry = scene.project / "src" / "index.jsx"
    text = entry.read_text("utf-8")
    entry.write_text(f"{text}\nfetch('https://example.com/seen').catch(console.log)\n", "utf-8")
    settings = load_settings(scene.project, {"lang": scene.language})
    audits = await asyncio.to_thread(
        lambda: audit_all(
            settings,
            audited_panel(settings, None, None, lambda line: None),
            [profile("mid")],
            lambda line: None,
        )
    )
    report = scene.project / "audit.html"
    write_html(report, audits, [], [])
    page = await scene.page(1000, 1100)
    await page.goto(report.as_uri())
    await scene.save(page, "audit")


PICTURES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "console": take_console,
    "panel": take_panel,
    "pages": take_pages,
    "gallery": take_gallery,
    "tests": take_tests,
    "audit": take_audit,
}


async def main(names: list[str]) -> None:
    """Run the lamp in each language and take the pictures."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for language in ("en", "zh"):
            choose(language)
            with tempfile.TemporaryDirectory() as folder:
                project = make_project(Path(folder), language)
                given = {"port": 0, "proxy": False, "lang": language, "debug": True}
                async with PanelRun(load_settings(project, given), gallery=LiveGallery) as run:
                    scene = Scene(language, browser, await run.ready(), project)
                    for name in names or PICTURES:
                        await PICTURES[name](scene)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
