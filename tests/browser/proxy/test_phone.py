"""A phone behind the proxy: a second Chromium with its user agent, worked from DevTools in the first."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import Run, edit, free_port, make_project, running
from tests.helpers.browser import LAUNCH_ARGS, chromium_path

pytestmark = [pytest.mark.browser, pytest.mark.node]

WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; M2007J) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/86.0.4240.99 Mobile Safari/537.36 MicroMessenger/8.0.2"
)


def phone_browser(folder: Path) -> Path:
    """Return a program that starts Chromium as a phone's web view, and as itself where DevTools need it."""
    program = folder / "phone"
    flags = " ".join(["--headless=new", *LAUNCH_ARGS])
    program.write_text(f"#!/bin/sh\nexec {chromium_path()} {flags} '--user-agent={WECHAT}' \"$@\"\n")
    program.chmod(0o755)
    return program


async def test_a_phone_behind_the_proxy_is_worked_from_the_laptop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page
) -> None:
    """No --debug, nothing fetched: --launch brings the agent, and the laptop's Chromium the front end."""
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    project = make_project(tmp_path / "panel")
    edit(project / "src/index.jsx", "sdk.controlDeviceData({ brightness: 77 })", "none.of.this()")
    flags = ("--proxy-port", str(free_port()), "--launch", "--browser-path", str(phone_browser(tmp_path)))
    async with running(project, "dev", *flags) as run:
        try:
            await work_the_phone(run, page)
        finally:
            assert await run.stop() == 130  # which ends the browsers, too


async def work_the_phone(run: Run, page: Page) -> None:
    await page.goto(run.ready["console_url"])
    card = page.locator("[data-remote]")
    await expect(card).to_contain_text("Android 10 · WeChat 8.0.2 · Chrome 86", timeout=30_000)
    await expect(card).to_have_count(1)  # the panel in the console carries no agent
    async with page.expect_popup() as opening:
        await card.get_by_role("link", name="Inspect").click()
    tools = await opening.value
    await expect(tools.locator("body")).to_contain_text('id="app"', timeout=30_000)
    assert "/devtools/chromium/" in tools.url
    await tools.get_by_role("tab", name="Console").first.click()
    prompt = tools.get_by_role("textbox", name="Console prompt")
    await prompt.click()
    await tools.keyboard.type("location.host + ' has ' + document.querySelector('h1').textContent")
    await tools.keyboard.press("Enter")
    await expect(tools.locator("body")).to_contain_text("iot.cloud.tencent.com has VERSION")
    await tools.keyboard.type("document.querySelector('button').click()")
    await tools.keyboard.press("Enter")
    told = await run.next("panel-error")
    assert "none is not defined" in told["message"]
    assert told["file"].endswith("src/index.jsx"), told
    await tools.get_by_role("tab", name="Sources").first.click()
    await expect(tools.get_by_text("src", exact=True).first).to_be_visible()  # by the source map
    await tools.close()
