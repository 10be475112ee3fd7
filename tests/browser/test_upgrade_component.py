"""The upgrade page as a component: each state, over a source that the test plays, and what axe says of it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tests.helpers.client_code import CLIENT, bundle

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

SCRIPT = """([scheme]) => {
  window.started = 0
  window.facts = { name: 'Lamp', current: '1.0.0', latest: '2.0.0-beta.17', upgradable: true, online: true,
    description: 'new', status: 8, percent: 0, message: '' }
  window.progress = { status: 3, percent: 30, message: '' }
  const upgrades = {
    read: async () => facts,
    progress: async () => {
      if (!progress.lost) return progress
      window.lost = true
      throw new Error('lost')
    },
    start: async () => { started += 1; if (window.refused) throw { code: 'Offline', msg: 'refused' } },
    startBluetooth: (id, tell) => {
      tell({ status: 3, percent: 55, message: '' })
      return new Promise(() => {})
    },
  }
  window.c = C.createComponents({ lang: 'en', colorScheme: scheme, upgrades })
  window.open = (kind) => c.navigationCard.show({ api: 'navigateTo',
    url: `/pages/Device/${kind}DeviceUpgradeFirmware/${kind}DeviceUpgradeFirmware?deviceId=P/D` })
}"""

Setup = Callable[..., Awaitable[None]]


@pytest.fixture
async def setup(page: "Page") -> Setup:
    async def create(scheme: str = "light") -> None:
        await page.set_content(
            "<!doctype html><html lang='en'><head><title>t</title></head><body></body></html>"
        )
        await page.add_script_tag(content=bundle("src/components/index.ts", "C"))
        await page.evaluate(SCRIPT, [scheme])

    return create


async def view(page: "Page", name: str) -> None:
    await page.locator(f".upgrade[data-view={name}]").wait_for()


async def test_an_upgrade_that_runs_already_is_followed_over_lost_answers(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate("() => { facts.status = 3; facts.percent = 10; open('') }")
    await view(page, "running")
    await page.get_by_text("30 %").wait_for()
    await page.evaluate("() => { progress = { lost: true } }")
    await page.wait_for_function("window.lost")
    await page.evaluate("() => { progress = { status: 4, percent: 100, message: '' } }")
    await page.get_by_text("Installing…").wait_for()
    await page.evaluate("() => { progress = { status: 5, percent: 0, message: '<b>no space</b>' } }")
    await view(page, "failed")
    assert await page.get_by_text("<b>no space</b>").count() == 1
    assert await page.evaluate("started") == 0


async def test_a_start_that_is_refused_says_why(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate("() => { window.refused = true; open('') }")
    await page.get_by_role("button", name="Upgrade now").click()
    await view(page, "failed")
    await page.get_by_text("refused").wait_for()
    await page.evaluate(
        "() => { window.refused = false; progress = { status: 6, percent: 100, message: '' } }"
    )
    await page.get_by_role("button", name="Try again").click()
    await view(page, "done")
    assert await page.evaluate("started") == 2


async def test_bluetooth_tells_its_own_progress(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate("() => { facts.status = 2; open('Ble') }")
    await page.get_by_role("button", name="Upgrade now").press("Enter")
    await page.get_by_text("55 %").wait_for()
    await page.get_by_role("button", name="Back to the panel").click()
    await page.locator(".upgrade").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(page: "Page", setup: Setup, scheme: str) -> None:
    await setup(scheme)
    await page.add_script_tag(
        content=(CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    )
    for status, name in ((8, "found"), (5, "failed"), (3, "running")):
        await page.evaluate("(status) => { facts.status = status; facts.message = 'why'; open('') }", status)
        await view(page, name)
        await page.evaluate(
            "Promise.all([...document.querySelectorAll('[data-devkit-component]')]"
            ".flatMap((host) => host.shadowRoot.getAnimations().map((item) => item.finished)))"
        )
        found = await page.evaluate("""() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})
            .then(({violations}) => violations.map(({id, nodes}) => [id, nodes.map((node) => node.html)]))""")
        assert found == []
