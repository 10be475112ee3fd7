"""DevTools on a page in WebKit, the engine of iPhones: the agent runs there, and the relay reaches it."""

from pathlib import Path

import pytest

from tests.browser.devserver.harness import make_project, running
from tests.helpers.devtools_client import attach
from tests.helpers.page_driver import PageDriver

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.webkit]


async def test_a_page_in_webkit_is_worked_from_afar(tmp_path: Path, webkit_page: PageDriver) -> None:
    async with running(make_project(tmp_path / "panel"), "dev", "--no-proxy", "--debug") as run:
        await webkit_page.open(run.ready["panel_url"])
        async with attach(run.ready, lambda page: "Version/" in page["userAgent"]) as tools:
            await tools.call("Runtime.enable")
            assert await tools.value("document.querySelector('h1').textContent") == "VERSION"
            await tools.value("console.log('said in WebKit'); document.title = 'from afar'")
            assert await webkit_page.value("document.title") == "from afar"
            root = (await tools.call("DOM.getDocument"))["root"]
            node = root["children"][-1]["nodeId"]
            styles = await tools.call("CSS.getComputedStyleForNode", nodeId=node)
            assert any(item["name"] == "color" for item in styles["computedStyle"])
            said = [event["params"] for event in tools.events if "consoleAPICalled" in event["method"]]
            assert any(item["args"][0].get("value") == "said in WebKit" for item in said)
        await webkit_page.open("about:blank")
