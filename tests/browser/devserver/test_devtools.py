"""Remote DevTools: a page as the phone, worked from another page; who may attach, and who may not."""

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from devkit.build import node
from devkit.devserver.devtools import packages
from tests.browser.devserver.harness import running
from tests.helpers.browser import chromium_path
from tests.helpers.devtools_client import attach
from tests.helpers.scaffolded import scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]

WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; M2007J) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/86.0.4240.99 Mobile Safari/537.36 MicroMessenger/8.0.2"
)


CORNER = """async (image) => {
    await image.decode()
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return [...context.getImageData(2, 2, 1, 1).data]
}"""
"""The colour of a picture near its corner."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    assert node.find_node()
    packages.ensure(packages.CHII)


async def test_a_phone_is_worked_from_the_console(tmp_path: Path, page: Page, browser: Browser) -> None:
    project = scaffold(tmp_path, "minimal")
    async with running(project, "dev", "--no-proxy", "--debug", "--browser-path", "none") as run:
        phone = await browser.new_page(user_agent=WECHAT, viewport={"width": 375, "height": 700})
        await phone.goto(run.ready["panel_url"])
        await phone.evaluate("console.log('said before anybody looked')")
        await page.goto(run.ready["console_url"])
        card = page.locator("[data-remote]").filter(has_text="Android 10 · WeChat 8.0.2 · Chrome 86")
        await expect(card).to_contain_text("awake")
        await phone.evaluate("document.getElementById('app').style.background = 'rgb(0, 200, 0)'")
        await card.get_by_role("button", name="Screenshot").click()
        picture = card.get_by_role("img", name="Screenshot of ")
        await expect(picture).to_be_visible()
        colour = await picture.evaluate(CORNER)
        assert max(colour[0], colour[2]) < 60 < 150 < colour[1], colour
        async with page.expect_popup() as opening:
            await card.get_by_role("link", name="Inspect").click()
        tools = await opening.value
        await expect(tools.locator("body")).to_contain_text('id="app"')
        await tools.get_by_role("tab", name="Console").click()
        await expect(tools.locator("body")).to_contain_text("said before anybody looked")
        prompt = tools.get_by_role("textbox", name="Console prompt")
        await prompt.click()
        await tools.keyboard.type("document.title = 'from afar'")
        await tools.keyboard.press("Enter")
        await expect(phone).to_have_title("from afar")
        await phone.reload()
        await phone.evaluate("console.log('said by the page that was loaded anew')")
        await expect(tools.locator("body")).to_contain_text("said by the page that was loaded anew")
        await phone.close()
        await expect(card).to_contain_text("asleep")
        await tools.close()


async def test_each_page_has_its_timeline(tmp_path: Path, page: Page, browser: Browser) -> None:
    project = scaffold(tmp_path, "minimal")
    async with running(project, "dev", "--no-proxy", "--debug") as run:
        phone = await browser.new_page(user_agent=WECHAT)
        other = await browser.new_page()
        for one in (phone, other):
            await one.goto(run.ready["panel_url"])
        await page.goto(run.ready["console_url"])
        rows = page.get_by_role("listbox", name="Timeline")
        card = page.locator("[data-remote]").filter(has_text="WeChat")
        await card.get_by_role("button", name="Timeline").click()
        await phone.evaluate("console.warn('said on the phone')")
        await other.evaluate("console.warn('said elsewhere')")
        await expect(rows).to_contain_text("said on the phone")
        await phone.reload()
        await phone.evaluate("console.warn('said after a reload')")
        await expect(rows).to_contain_text("said after a reload")
        await expect(rows).to_contain_text("said on the phone")
        await expect(rows).not_to_contain_text("said elsewhere")
        await page.get_by_role("button", name="Timeline of").filter(has_text="×").click()
        await expect(rows).to_contain_text("said elsewhere")
        await phone.close()
        await other.close()


@pytest.mark.parametrize("brought", [True, False], ids=["chromium", "chii"])
async def test_devtools_speak_the_consoles_language_or_the_one_chosen_in_them(
    brought: bool, tmp_path: Path, browser: Browser
) -> None:
    project = scaffold(tmp_path, "minimal")
    path = (chromium_path() or "") if brought else "none"
    async with running(
        project, "dev", "--no-proxy", "--debug", "--lang", "zh", "--browser-path", path
    ) as run:
        phone = await browser.new_page()
        await phone.goto(run.ready["panel_url"])
        desk = await browser.new_context()
        console = await desk.new_page()
        await console.goto(run.ready["console_url"])

        async def tools() -> Page:
            async with console.expect_popup() as opening:
                await console.locator("[data-remote] a").first.click()
            return await opening.value

        chinese = await tools()
        await expect(chinese.get_by_role("tab", name="控制台")).to_be_visible()
        await expect(chinese.locator("body")).to_contain_text('id="app"')
        await chinese.close()
        await console.get_by_label("语言", exact=True).select_option("en")
        english = await tools()
        await expect(english.get_by_role("tab", name="Console")).to_be_visible()
        await english.evaluate("localStorage.setItem('language', '\"zh\"')")
        await english.close()
        chosen = await tools()
        await expect(chosen.get_by_role("tab", name="控制台")).to_be_visible()
        await desk.close()
        await phone.close()


async def test_a_copy_of_a_tab_is_a_page_of_its_own(tmp_path: Path, page: Page) -> None:
    """A tab that a page opens has a copy of its sessionStorage, with the name of the page."""
    project = scaffold(tmp_path, "minimal")
    async with running(project, "dev", "--no-proxy", "--debug") as run:
        await page.goto(run.ready["panel_url"])
        async with attach(run.ready, lambda page: True) as tools:
            async with page.expect_popup() as opening:
                await page.evaluate("window.open(location.href)")
            copy = await opening.value
            async with attach(run.ready, lambda page: page["id"] != tools.page["id"]) as second:
                await second.value("document.title = 'copy'")
                await page.reload()
                assert await tools.value("document.title") != "copy"
            await copy.close()


async def refused(url: str, origin: str = "") -> bool:
    try:
        async with connect(url, origin=origin or None, proxy=None) as socket:  # type: ignore[arg-type]
            await asyncio.wait_for(socket.recv(), 5)
    except ConnectionClosed as error:
        return error.rcvd is not None and error.rcvd.code == 1008
    except Exception as error:
        return "403" in str(error)
    return False


async def test_strangers_do_not_attach(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "minimal")
    async with running(project, "dev", "--no-proxy", "--debug") as run:
        token = run.ready["control_token"]
        base = run.ready["console_url"].replace("http", "ws")
        assert await refused(f"{base}__devkit/devtools/page?token=wrong&id=x")
        assert await refused(f"{base}__devkit/devtools/page?token={token}&id=x", "https://evil.example")
        assert await refused(f"{base}__devkit/devtools/front?target=x&token={token}")  # the console's alone


async def test_wild_pages_still_answer(tmp_path: Path, browser: Browser) -> None:
    """More said than anybody reads, cycles, a huge document, `debugger` in a loop: page and relay go on."""
    project = scaffold(tmp_path, "minimal")
    async with running(project, "dev", "--no-proxy", "--debug") as run:
        phone = await browser.new_page()
        await phone.goto(run.ready["panel_url"])
        await phone.evaluate("const a = {}; a.a = a; for (let n = 0; n < 20000; n++) console.log(n, a)")
        await phone.evaluate(
            "for (let n = 0; n < 20000; n++) document.body.append(document.createElement('i'))"
        )
        async with attach(run.ready, lambda page: True) as tools:
            assert (
                await tools.value("for (let n = 0; n < 1000; n++) { debugger }; document.title") is not None
            )
            root = (await tools.call("DOM.getDocument"))["root"]
            assert root["nodeName"] == "#document"
            children = await tools.call("DOM.requestChildNodes", nodeId=root["nodeId"])
            assert "error" not in children
            assert await tools.value("document.querySelectorAll('i').length") == 20000
            cycle = await tools.call("Runtime.evaluate", expression="const b = {}; b.b = b; b")
            assert cycle["result"]["objectId"]
        await expect(phone.locator("#app > *").first).to_be_visible()
        await phone.close()


def test_a_release_has_nothing_of_it(tmp_path: Path) -> None:
    from devkit.build.release import build_release
    from devkit.settings import load_settings

    project = scaffold(tmp_path, "minimal")
    (project / "devkit.toml").write_text("debug = true\n")
    release = build_release(load_settings(project))
    assert all(b"chobitsu" not in file.path.read_bytes() for file in release.files)
    assert json.dumps([file.md5 for file in release.files])
