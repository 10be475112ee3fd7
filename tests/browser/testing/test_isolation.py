"""Nothing of a test reaches the next one, although they share a browser and its pages are used again."""

import pytest

from tests.browser.testing.conftest import EACH_ENGINE, Project
from tests.browser.testing.panels import WRITES_STORAGE

pytestmark = pytest.mark.browser

LOOK = """async () => ({
  local: localStorage.length, session: sessionStorage.length, name: window.name, cookie: document.cookie,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  history: history.length, state: history.state, url: location.href, referrer: document.referrer,
  location: (await navigator.permissions.query({ name: 'geolocation' })).state,
  notices: Notification.permission, ticks: window.ticks, heard: window.heard, array: Array.prototype.left,
  under_the_mouse: document.querySelectorAll(':hover').length, focus: document.activeElement.tagName,
  fonts: document.fonts.size, marks: performance.getEntriesByType('mark').length, dir: document.dir,
  size: [innerWidth, innerHeight], scripts: document.scripts.length, ready: document.readyState,
  dark: matchMedia('(prefers-color-scheme: dark)').matches, power: h5PanelSdk.deviceData.power_switch })"""
LEAVE = f"""async () => {{ {WRITES_STORAGE}
  setInterval(() => {{ window.ticks = (window.ticks || 0) + 1 }}, 1)
  for (const event of ['click', 'pageshow', 'load']) addEventListener(event, () => {{ window.heard = 1 }})
  addEventListener('pagehide', () => {{
    localStorage.setItem('last', 'word'); sessionStorage.setItem('last', 'word')
    document.cookie = 'last=word'
  }})
  Array.prototype.left = 'behind'
  document.fonts.add(new FontFace('left', 'url(data:,)')); performance.mark('left'); document.dir = 'rtl'
  await (await caches.open('left')).put('/left', new Response('behind'))
  await navigator.serviceWorker.register('/left.js').catch(() => {{}})
  document.querySelector('#tip').focus() }}"""


@EACH_ENGINE
def test_nothing_leaks_from_test_to_test(project: Project) -> None:
    project.tests(
        f"""
        LOOK, LEAVE = {LOOK!r}, {LEAVE!r}
        seen = []

        @pytest.mark.parametrize("turn", range(6))
        def test_leaves(panel, virtual_device, turn):
            seen.append(panel.evaluate(LOOK))
            assert seen[-1] == seen[0]
            assert [seen[0][what] for what in ("local", "history", "under_the_mouse")] == [0, 1, 0]
            panel.locator("#tip").click()
            panel.evaluate(LEAVE)
            virtual_device.report(power_switch=1)
        """
    )
    project.run().assert_outcomes(passed=6)


def test_what_playwright_was_told_stays_with_its_test(project: Project) -> None:
    project.tests(
        """
        PRESS = '''() => { window.log = []
          const note = (event) => log.push([event.shiftKey, event.buttons])
          document.querySelector('#tip').addEventListener('mousedown', note) }'''

        def test_routes_and_listeners(panel):
            panel.page.route("**/*", lambda route: route.abort())
            panel.page.on("dialog", lambda dialog: dialog.accept())
            panel.page.add_init_script("window.marked = 1")
            panel.page.context.grant_permissions(["geolocation"])
            panel.page.set_viewport_size({"width": 300, "height": 300})

        def test_by_way_of_a_locator(panel):
            panel.locator("#tip").page.route("**/*", lambda route: route.abort())
            panel.locator("#tip").page.on("dialog", lambda dialog: dialog.accept())

        @pytest.mark.parametrize("turn", range(4))
        def test_what_is_held_down(panel, turn):
            panel.evaluate(PRESS)
            panel.locator("#tip").click()
            assert panel.evaluate("log") == [[False, 1]]
            panel.keyboard.down("Shift")
            panel.mouse.move(5, 5)
            panel.mouse.down()

        def test_time(panel, clock):
            clock.advance(days=1)
            panel.page.clock.run_for(10)

        @pytest.mark.parametrize("turn", range(2))
        def test_after_all(panel, clock, turn):
            panel.reload()
            assert panel.evaluate("[window.marked, innerWidth]") == [None, 375]
            state = "async () => (await navigator.permissions.query({ name: 'geolocation' })).state"
            assert panel.evaluate(state) == "prompt"
            assert abs(panel.evaluate("Date.now()") - clock.now_ms) < 60_000
            assert panel.evaluate("confirm('sure?')") is False
        """
    )
    project.run("-W", "error").assert_outcomes(passed=9)
