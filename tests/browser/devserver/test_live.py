"""Saves reach the open page: style without reload, script by a restart in place, errors as a layer."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.devserver.harness import PANEL, STYLE, Run, make_project, running

pytestmark = [pytest.mark.browser, pytest.mark.node]

REGISTERED = """() => {
  const counts = __DEVKIT__.live.tracked()
  return [counts.timers, counts.listeners, document.querySelectorAll('*').length]
}"""


@pytest.fixture
async def panel(dev: Run, project: Path, page: Page) -> Page:
    """The panel's page, with a mark that only a page load removes."""
    write(project, PANEL)
    (project / "src" / "style.css").write_text(STYLE, "utf-8")
    await page.goto(dev.ready["panel_url"])
    await expect(page.locator("h1")).to_have_text("VERSION")
    await page.evaluate("window.marker = 1")
    return page


def write(project: Path, source: str) -> None:
    (project / "src" / "index.jsx").write_text(source, "utf-8")


async def is_same_page(page: Page) -> bool:
    return bool(await page.evaluate("window.marker === 1"))


async def test_style_is_swapped_without_reload(panel: Page, project: Path) -> None:
    box = panel.locator(".box")
    await expect(box).to_have_css("color", "rgb(1, 2, 3)")
    for red in (10, 20):
        (project / "src" / "style.css").write_text(f".box {{ color: rgb({red}, 2, 3); }}\n", "utf-8")
        await expect(box).to_have_css("color", f"rgb({red}, 2, 3)")
    assert await is_same_page(panel)
    assert await panel.locator("style[data-devkit=css], link[rel=stylesheet]").count() == 1


async def test_script_restarts_in_place_and_the_device_keeps_its_state(panel: Page, project: Path) -> None:
    await panel.click("button")
    await expect(panel.locator("#brightness")).to_have_text("77")
    write(project, PANEL.replace("VERSION", "second"))
    await expect(panel.locator("h1")).to_have_text("second")
    await expect(panel.locator("#brightness")).to_have_text("77")
    await panel.evaluate("h5PanelSdk.controlDeviceData({brightness: 5})")
    await expect(panel.locator("#brightness")).to_have_text("5")
    assert await is_same_page(panel)


async def test_page_that_was_loaded_while_a_build_ended_takes_it_in_place(
    dev: Run, project: Path, page: Page
) -> None:
    write(project, PANEL)
    await page.goto(dev.ready["panel_url"])
    await expect(page.locator("h1")).to_have_text("VERSION")
    loads: list[Page] = []
    page.on("load", lambda page: loads.append(page))

    async def build_first(route: Route) -> None:
        write(project, PANEL.replace("VERSION", "built meanwhile"))
        while "built meanwhile" not in await (await page.request.get(route.request.url)).text():
            await dev.next("rebuild")
        await route.continue_()

    await page.route("**/index.js", build_first, times=1)
    await page.reload()
    await expect(page.locator("h1")).to_have_text("built meanwhile")
    await page.wait_for_function(
        "[...document.querySelectorAll('script[data-devkit=panel]')].some(script => script.text)"
    )
    await expect(page.locator("h1")).to_have_text("built meanwhile")
    assert len(loads) == 1


async def test_200_restarts_leak_nothing(panel: Page, project: Path) -> None:
    write(project, PANEL.replace("VERSION", "restart 0"))
    await expect(panel.locator("h1")).to_have_text("restart 0")
    before = await panel.evaluate(REGISTERED)
    client = await panel.context.new_cdp_session(panel)
    await client.send("HeapProfiler.collectGarbage")
    metrics = await counters(client)
    await panel.evaluate(
        """async () => {
          const code = await (await fetch('/index.js')).text()
          for (let turn = 1; turn <= 200; turn += 1) {
            await __DEVKIT__.live.restart(code.replace('restart 0', `restart ${turn}`))
          }
        }"""
    )
    await expect(panel.locator("h1")).to_have_text("restart 200")
    assert await panel.evaluate(REGISTERED) == before
    await client.send("HeapProfiler.collectGarbage")
    after = await counters(client)
    assert after["jsEventListeners"] <= metrics["jsEventListeners"] + 5
    assert after["nodes"] <= metrics["nodes"] + 100
    assert await is_same_page(panel)


async def counters(client: Any) -> dict[str, int]:
    return await client.send("Memory.getDOMCounters")  # type: ignore[no-any-return]


async def test_everything_that_the_panel_left_is_undone(panel: Page, project: Path) -> None:
    write(
        project,
        """
        window.leftGlobal = 1
        window.Promise = class extends Promise {}
        Array.prototype.leftMethod = () => 1
        document.documentElement.style.fontSize = '37px'
        document.body.className = 'left'
        document.title = 'left'
        history.pushState(null, '', '/h5panel/developing/live/left')
        const node = document.createElement('div')
        node.className = 'left-node'
        document.body.append(node)
        window.onresize = () => {}
        window.ticks = 0
        setInterval(() => { window.ticks += 1 }, 5)
        const frame = () => { window.frames_ = (window.frames_ || 0) + 1; requestAnimationFrame(frame) }
        frame()
        new MutationObserver(() => { window.observed = true }).observe(document.body, {childList: true})
        new ResizeObserver(() => {}).observe(document.body)
        document.addEventListener('click', () => { window.clicked = true })
        matchMedia('(min-width: 1px)').addEventListener('change', () => {})
        document.getElementById('app').innerHTML = '<h1>leaver</h1>'
        """,
    )
    await expect(panel.locator("h1")).to_have_text("leaver")
    write(project, "document.getElementById('app').innerHTML = '<h1>clean</h1>'")
    await expect(panel.locator("h1")).to_have_text("clean")
    assert await is_same_page(panel)
    await panel.evaluate("() => { ticks = 0; frames_ = 0; clicked = false }")
    await panel.click("h1")
    await panel.evaluate("() => new Promise((done) => setTimeout(done, 60))")
    state = await panel.evaluate(
        """() => ({
          global: 'leftGlobal' in window || !Promise.toString().includes('native'),
          method: 'leftMethod' in Array.prototype,
          font: document.documentElement.style.fontSize, body: document.body.className,
          title: document.title, nodes: document.querySelectorAll('.left-node').length,
          handler: window.onresize, ticks, frames: frames_, clicked, path: location.pathname,
          tracked: __DEVKIT__.live.tracked(),
        })"""
    )
    assert state == {
        "global": False,
        "method": False,
        "font": "",
        "body": "",
        "title": state["title"],
        "nodes": 0,
        "handler": None,
        "ticks": 0,
        "frames": 0,
        "clicked": False,
        "path": "/h5panel/developing/live/left",
        "tracked": {"timers": 0, "frames": 0, "listeners": 0, "open": 0, "obstacles": []},
    }
    assert state["title"] != "left"


@pytest.mark.parametrize(
    "lasting",
    ["customElements.define('x-lamp', class extends HTMLElement {})", "window.RTCPeerConnection = class {}"],
    ids=["element", "class"],
)
async def test_what_nobody_can_undo_makes_the_page_load_again(
    panel: Page, project: Path, lasting: str
) -> None:
    write(project, f"{lasting}; document.getElementById('app').innerHTML = '<h1>element</h1>'")
    await expect(panel.locator("h1")).to_have_text("element")
    assert await is_same_page(panel)
    write(project, f"{lasting}; document.getElementById('app').innerHTML = '<h1>again</h1>'")
    await expect(panel.locator("h1")).to_have_text("again")
    assert not await is_same_page(panel)


async def test_listeners_for_the_start_of_the_page_run_after_a_restart(panel: Page, project: Path) -> None:
    write(
        project,
        """
        const draw = (text) => { document.getElementById('app').innerHTML += `<h1>${text}</h1>` }
        document.addEventListener('DOMContentLoaded', () => draw('content'))
        window.addEventListener('load', () => draw('load'))
        """,
    )
    await expect(panel.locator("h1")).to_have_text(["content", "load"])
    assert await is_same_page(panel)


async def test_syntax_error_is_shown_and_the_fix_clears_it(panel: Page, project: Path) -> None:
    write(project, PANEL.replace("<h1>VERSION", "<h1 VERSION"))
    card = panel.locator("[data-devkit=overlay] .card")
    await expect(card).to_be_visible()
    await expect(card.locator(".place")).to_contain_text("src/index.jsx:26")
    await expect(card.locator("pre")).to_contain_text("h1 VERSION")
    await expect(panel.locator("h1")).to_have_text("VERSION")
    assert await panel.evaluate("fetch('/index.js').then((answer) => answer.status)") == 200
    write(project, PANEL.replace("VERSION", "fixed"))
    await expect(card).to_be_hidden()
    await expect(panel.locator("h1")).to_have_text("fixed")
    assert await is_same_page(panel)


async def test_error_texts_are_data(panel: Page, project: Path) -> None:
    write(project, "import '<img src=x onerror=window.injected=1>'")
    card = panel.locator("[data-devkit=overlay] .card")
    await expect(card).to_contain_text("<img src=x onerror=window.injected=1>")
    assert await card.locator("img").count() == 0
    assert await panel.evaluate("window.injected") is None


async def test_error_of_the_running_panel_is_a_note_that_can_be_dismissed(
    panel: Page, project: Path, dev: Run
) -> None:
    write(project, PANEL + "\nsetTimeout(() => { throw new Error('boom <b>now</b>') })\n")
    note = panel.locator("[data-devkit=note] .note")
    await expect(note).to_contain_text("Error: boom <b>now</b>")
    told = await dev.next("panel-error")
    assert told["message"] == "Error: boom <b>now</b>"
    assert "src/index.jsx:" in told["stack"]
    await note.locator("button").click()
    await expect(note).to_be_hidden()
    await expect(panel.locator("h1")).to_have_text("VERSION")


async def test_a_page_opened_on_a_broken_panel_starts_with_the_fix(tmp_path: Path, page: Page) -> None:
    project = make_project(tmp_path / "panel")
    write(project, "const = 1")
    async with running(project, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        card = page.locator("[data-devkit=overlay] .card")
        await expect(card).to_contain_text("const = 1")
        write(project, PANEL)
        await expect(page.locator("h1")).to_have_text("VERSION")
        await expect(card).to_be_hidden()
        await page.click("button")
        await expect(page.locator("#brightness")).to_have_text("77")


async def test_hot_reload_loads_the_page_again(tmp_path: Path, page: Page) -> None:
    project = make_project(tmp_path / "panel")
    async with running(project, "dev", "--no-proxy", "--hot", "reload") as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("h1")).to_have_text("VERSION")
        await page.evaluate("window.marker = 1")
        write(project, PANEL.replace("VERSION", "loaded again"))
        await expect(page.locator("h1")).to_have_text("loaded again")
        assert not await is_same_page(page)


async def test_page_recovers_after_the_server_was_started_again(tmp_path: Path, page: Page) -> None:
    project = make_project(tmp_path / "panel")
    async with running(project, "dev", "--no-proxy") as first:
        port = first.ready["console_url"].rstrip("/").rpartition(":")[2]
        await page.goto(first.ready["panel_url"])
        await expect(page.locator("h1")).to_have_text("VERSION")
        assert await first.stop() == 130
    write(project, PANEL.replace("VERSION", "after the restart"))
    async with running(project, "dev", "--no-proxy", "--port", port):
        await expect(page.locator("h1")).to_have_text("after the restart")
        await page.click("button")
        await expect(page.locator("#brightness")).to_have_text("77")
