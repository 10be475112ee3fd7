"""What `devkit test` and `devkit audit` run in a page, in the engine of iPhones."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from devkit.devserver.host_page import HostPage
from devkit.testing.audit import page as audit
from devkit.testing.page import panel as panels
from devkit.testing.page import slots
from devkit.testing.page.panel import Panel
from devkit.testing.page.preload import Preload
from devkit.testing.run.bundle import Bundle
from devkit.testing.smoke import page as smoke
from tests.browser.testing.panels import LAMP
from tests.helpers.client_code import CLIENT
from tests.helpers.page_driver import PageDriver
from tests.helpers.scaffolded import scaffold, served
from tests.helpers.sdk_host import DEVICE, PRODUCT, SdkHost, host_on, simulator_on

pytestmark = [pytest.mark.browser, pytest.mark.webkit]


SOME_FRAMES = """() => new Promise((done) => {
  let seen = 0
  const next = () => { ++seen > 5 ? done() : requestAnimationFrame(next) }
  next()
})"""


class WebKitPanel:
    """A page of WebKit, as far as a panel of the lab is asked for what its document holds."""

    def __init__(self, page: PageDriver) -> None:
        self._page = page

    async def evaluate(self, expression: str, arg: object = None) -> Any:
        if re.match(r"(async )?\([\w\[\], ]*\) =>", expression):
            return await self._page.result(f"() => ({expression})({json.dumps(arg)})")
        return await self._page.result(f"() => {{ {expression}\n}}")


@pytest.fixture
async def host() -> AsyncIterator[SdkHost]:
    async with simulator_on() as simulator, host_on(simulator) as host:
        yield host


async def test_a_stage_becomes_the_page_of_a_panel(webkit_page: PageDriver, host: SdkHost) -> None:
    preload = Preload(Bundle(LAMP.encode(), b"h1 { color: rgb(1, 2, 3) }"))
    boot = await host.simulator.boot(PRODUCT, DEVICE) | {"url": "/link"}
    html = preload.insert(HostPage(boot, ()).render(), panel=True)
    await webkit_page.open(host.url)
    await webkit_page.value(f"document.open(), document.write({json.dumps(slots._STAGE)}), document.close()")
    await webkit_page.result(f"() => {{ {preload.init_script()} }}")
    address = f"{host.url}?productId={PRODUCT}"
    opened = slots._OPEN % panels._MOUNTED
    assert await webkit_page.result(f"() => ({opened})({json.dumps([address, html])})") is True
    assert await webkit_page.value("location.href") == address
    assert await webkit_page.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    await webkit_page.click("[role=switch]")
    await webkit_page.wait("document.querySelector('[role=switch]').getAttribute('aria-checked') === 'true'")
    await webkit_page.open("about:blank")


@pytest.mark.node
async def test_what_an_audit_and_a_smoke_test_read(webkit_page: PageDriver, tmp_path: Path) -> None:
    page = cast("Panel", WebKitPanel(webkit_page))
    async with served(scaffold(tmp_path, "react")) as panel:
        await webkit_page.open(panel.url)
        await webkit_page.wait("document.querySelector('[role=switch]')")
        await page.evaluate(audit._WATCH)
        times = await page.evaluate(audit._TIMES, 100)
        assert times["paint"] > 0
        assert (times["shift"], times["task"] < 1000) == (None, True)
        await page.evaluate(audit._FRAMES)
        await page.evaluate(SOME_FRAMES)
        frames = await page.evaluate(audit._FRAMES_END)
        assert len(frames) > 2
        assert await audit.cut_texts(page) == []
        assert "亮度" in await audit.texts(page)
        before = await smoke.snapshot(page)
        names = {control.name for control in await smoke.controls(page)}
        assert {"电源开关", "童锁"} <= names
        await webkit_page.click("[role=switch]")
        assert await smoke.changes(page, before, set(), looks=50)
        axe = (CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
        assert await smoke.violations(page, axe) == []
        await webkit_page.open("about:blank")
