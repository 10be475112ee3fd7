"""`devkit preview`: a published panel, that is a UMD bundle with a router and webpack's habits."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import MODEL, running, spawn

pytestmark = pytest.mark.browser

UMD = """\
(function webpackUniversalModuleDefinition(root, factory) {
  if (typeof exports === 'object' && typeof module === 'object')
    module.exports = factory(require('react'), require('react-dom'))
  else if (typeof define === 'function' && define.amd) define(['react', 'react-dom'], factory)
  else root['Panel'] = factory(root['React'], root['ReactDOM'])
})(window, function (React, ReactDOM) {
  var sdk = window.h5PanelSdk
  window.seenAtStart = {
    react: React.version, dom: typeof ReactDOM.render, regenerator: typeof regeneratorRuntime.mark,
    data: sdk.deviceId, app: !!document.getElementById('app'), panelData: window.PANEL_DATA.deviceId,
    wx: typeof wx.miniProgram.navigateTo, token: typeof window.IOT_EXPLORER_ACCESS_TOKEN,
    overlay: !!document.getElementById('explorer-modal-overlay'), hidden: typeof wx.request,
    detail: !!document.getElementById('explorer-device-detail-container'), debug: window.IS_DEBUG,
  }
  var isDevelop = location.pathname.indexOf('/developing') > -1
  var scf = /^\\/scf/.test(location.pathname) ? '/scf' : ''
  var basename = scf + '/h5panel' + (isDevelop ? '/developing' : '')
  function inside() { return location.pathname.slice(basename.length) || '/' }
  var wait = regeneratorRuntime.mark(function ready() {
    return regeneratorRuntime.wrap(function (context) {
      while (1) switch (context.prev = context.next) {
        case 0: context.next = 2; return sdk.sdkReady()
        case 2: return context.abrupt('return', 'ready')
        case 3: case 'end': return context.stop()
      }
    }, ready)
  })
  class App extends React.Component {
    constructor(props) {
      super(props)
      this.state = { path: inside(), on: sdk.deviceData.power_switch }
    }
    componentDidMount() {
      window.addEventListener('popstate', () => this.setState({ path: inside() }))
      sdk.on('wsReport', ({ deviceId, deviceData }) => {
        if (deviceId === sdk.deviceId && deviceData.power_switch)
          this.setState({ on: deviceData.power_switch.Value })
      })
    }
    go(path) { history.pushState(null, '', basename + path + location.search); this.setState({ path: path }) }
    render() {
      return React.createElement('div', null,
        React.createElement('p', { id: 'path' }, this.state.path),
        React.createElement('p', { id: 'state' }, this.state.on ? 'on' : 'off'),
        React.createElement('button', { id: 'switch',
          onClick: () => sdk.controlDeviceData({ power_switch: 1 - (this.state.on || 0) }) }, 'switch'),
        React.createElement('a', { id: 'go', onClick: () => this.go('/timers') }, 'go'),
        React.createElement('b', null, 'VERSION'))
    }
  }
  var iterator = wait()
  iterator.next().value.then(function () {
    ReactDOM.render(React.createElement(App), document.getElementById('app'))
  })
  return {}
})
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "panel.js").write_text(UMD, "utf-8")
    (tmp_path / "panel.css").write_text("#path { color: rgb(9, 9, 9) }", "utf-8")
    (tmp_path / "model.json").write_text(json.dumps(MODEL, ensure_ascii=False), "utf-8")
    return tmp_path


ARGUMENTS = ("preview", "--js", "panel.js", "--css", "panel.css", "--model", "model.json")


async def test_published_panel_runs_with_the_real_pages_globals(built: Path, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    async with running(built, *ARGUMENTS) as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("#path")).to_have_text("/")
        await expect(page.locator("#path")).to_have_css("color", "rgb(9, 9, 9)")
        assert await page.evaluate("seenAtStart") == {
            "react": "16.14.0",
            "dom": "function",
            "regenerator": "function",
            "data": "LAMPPROD01/dev01",
            "app": True,
            "panelData": "LAMPPROD01/dev01",
            "wx": "function",
            "token": "string",
            "overlay": True,
            "hidden": "undefined",
            "detail": True,
            "debug": False,
        }
        await page.click("#switch")
        await expect(page.locator("#state")).to_have_text("on")
        await page.click("#go")
        await expect(page.locator("#path")).to_have_text("/timers")
        await page.reload()
        await expect(page.locator("#path")).to_have_text("/timers")
        await expect(page.locator("#state")).to_have_text("on")
        for path in ("/h5panel/bluetooth-search", "/scf/h5panel/a/b"):
            await page.goto(run.ready["console_url"].rstrip("/") + path)
            await expect(page.locator("#path")).to_have_text(path.partition("/h5panel")[2])
    assert errors == []


async def test_files_and_model_are_read_at_each_load(built: Path, page: Page) -> None:
    async with running(built, *ARGUMENTS) as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("b")).to_have_text("VERSION")
        (built / "panel.js").write_text(UMD.replace("VERSION", "replaced"), "utf-8")
        await page.reload()
        await expect(page.locator("b")).to_have_text("replaced")
        model = json.dumps(MODEL, ensure_ascii=False).replace("亮度", "Helligkeit")
        (built / "model.json").write_text(model, "utf-8")
        page = await page.context.new_page()  # the first one reloads by itself
        await page.goto(run.ready["panel_url"])
        assert "Helligkeit" in await page.evaluate("JSON.stringify(h5PanelSdk.dataTemplate)")
        (built / "panel.js").unlink()
        page = await page.context.new_page()
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("[data-devkit=overlay] .card")).to_contain_text("panel.js cannot be read")


async def test_a_model_that_breaks_meanwhile_is_shown_in_the_page(built: Path, page: Page) -> None:
    async with running(built, *ARGUMENTS) as run:
        (built / "model.json").write_text('{"properties": [}', "utf-8")
        await page.goto(run.ready["panel_url"])
        card = page.locator("[data-devkit=overlay] .card")
        await expect(card).to_contain_text("model.json:1:")
        (built / "model.json").write_text(json.dumps(MODEL), "utf-8")
        await expect(page.locator("#state")).to_have_text("off")


async def test_an_unknown_product_is_said_once(built: Path, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    async with running(built, *ARGUMENTS) as run:
        base = run.ready["console_url"].rstrip("/")
        await page.goto(f"{base}/h5panel/developing?productId=NOPE&deviceName=x")
        card = page.locator("[data-devkit=overlay] .card")
        await expect(card).to_contain_text("There is no device NOPE/x")
        assert (await card.inner_text()).count("NOPE/x") == 1
        await page.wait_for_load_state("networkidle")
    assert said == []


async def test_missing_file_is_wrong_usage(built: Path) -> None:
    run = await spawn(built, "preview", "--js", "nothing.js")
    assert await run.process.wait() == 2
    assert "nothing.js" in await run.errors()


async def test_no_style_sheet_is_fine(built: Path) -> None:
    async with running(built, "preview", "--js", "panel.js", "--model", "model.json") as run:
        async with httpx.AsyncClient() as client:
            text = (await client.get(run.ready["panel_url"])).text
            assert re.search(r'<script src="/index\.js"', text)
            answer = await client.get(run.ready["console_url"] + "index.css")
        assert (answer.status_code, answer.content) == (200, b"")
