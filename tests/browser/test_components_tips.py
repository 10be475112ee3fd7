"""tips.*: times, defaults, replacing and texts of the real SDK (docs/reference/protocol.md section 5.4)."""

import gzip
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.client_code import bundle

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

HOST_PAGE = """<!doctype html><html><head><style>
  * { color: red !important; display: block !important; font-size: 3px !important; }
  .explorer-h5-tips, div { opacity: .1; transform: scale(3); position: static !important; }
</style></head><body><div id="app"><button id="panel-button">panel</button></div></body></html>"""

MAX_GZIP = 14_000
Setup = Callable[..., Awaitable[None]]


@pytest.fixture
async def setup(page: "Page") -> Setup:
    async def create(**options: Any) -> None:
        await page.clock.install(time=0)
        await page.set_content(HOST_PAGE)
        await page.clock.pause_at(1000)
        await page.add_script_tag(content=bundle("src/components/index.ts", "C"))
        await page.evaluate("o => { window.c = C.createComponents(o); window.done = [] }", options)

    return create


async def start(page: "Page", name: str, call: str) -> None:
    """Start a call; its name joins window.done once its promise resolves."""
    await page.evaluate(f"() => {{ {call}.then(() => done.push({name!r})) }}")


async def state(page: "Page") -> dict[str, Any]:
    return await page.evaluate(
        """() => { const host = document.querySelector('.explorer-h5-tips');
        const tip = host.shadowRoot.querySelector('.float-tips');
        return { visible: getComputedStyle(host).display !== 'none', text: tip.textContent, done,
                 type: [...tip.classList].find((name) => name.startsWith('tips-')) } }"""
    )


def test_the_components_stay_small() -> None:
    script = bundle("src/components/index.ts", "C", minify=True)
    assert len(gzip.compress(script.encode(), 9)) < MAX_GZIP


async def test_a_tip_stays_its_duration_and_resolves_when_hidden(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "a", "c.tips.show('saved')")
    assert await state(page) == {"visible": True, "text": "saved", "done": [], "type": "tips-info"}
    await page.clock.run_for(1699)
    assert (await state(page))["visible"]
    assert (await state(page))["done"] == []
    await page.clock.run_for(1)
    assert await state(page) == {"visible": False, "text": "saved", "done": ["a"], "type": "tips-info"}


@pytest.mark.parametrize(("call", "kind", "duration"), [
    ("c.tips.showSuccess('x')", "tips-success", 1500),
    ("c.tips.showInfo('x')", "tips-info", 1500),
    ("c.tips.showError('x')", "tips-danger", 3000),
    ("c.tips.show('x', {type: 'error'})", "tips-danger", 1500),
    ("c.tips.show('x', {type: 'nonsense', duration: 40})", "tips-info", 40),
])  # fmt: skip
async def test_defaults_of_each_kind(page: "Page", setup: Setup, call: str, kind: str, duration: int) -> None:
    await setup()
    await start(page, "a", call)
    assert (await state(page))["type"] == kind
    await page.clock.run_for(duration + 199)
    assert (await state(page))["visible"]
    await page.clock.run_for(1)
    assert not (await state(page))["visible"]


async def test_loading_waits_200_ms_stays_and_goes_with_hide_loading(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "show", "c.tips.showLoading()")
    await page.clock.run_for(199)
    assert not (await state(page))["visible"]
    await page.clock.run_for(1)
    assert await state(page) == {"visible": True, "text": "加载中…", "done": ["show"], "type": "tips-loading"}
    await page.clock.run_for(600_000)
    assert (await state(page))["visible"]
    await start(page, "hide", "c.tips.hideLoading()")
    await page.clock.run_for(200)
    assert not (await state(page))["visible"]
    assert (await state(page))["done"] == ["show", "hide"]


async def test_hide_cancels_a_loading_that_still_waits(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "show", "c.tips.showLoading('syncing')")
    await page.clock.run_for(100)
    await start(page, "hide", "c.tips.hideLoading()")
    await page.clock.run_for(10_000)
    assert not (await state(page))["visible"]
    assert sorted((await state(page))["done"]) == ["hide", "show"]


async def test_the_newest_tip_wins_and_has_its_whole_time(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "a", "c.tips.show('a')")
    await page.clock.run_for(1000)
    await start(page, "b", "c.tips.show('b', {duration: 3000})")
    assert (await state(page))["done"] == ["a"]
    await page.clock.run_for(3199)
    assert (await state(page)) == {"visible": True, "text": "b", "done": ["a"], "type": "tips-info"}
    await page.clock.run_for(1)
    assert (await state(page))["done"] == ["a", "b"]


async def test_success_right_after_hide_loading_is_not_hidden_with_it(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "load", "c.tips.showLoading('x', {delayDuration: 0})")
    await page.evaluate("() => { c.tips.hideLoading(); c.tips.showSuccess('ok') }")
    await page.clock.run_for(1000)
    assert (await state(page))["visible"]
    assert (await state(page))["text"] == "ok"


async def test_can_be_replace_false_drops_later_calls_until_hidden(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "a", "c.tips.show('a', {canBeReplace: false})")
    await start(page, "b", "c.tips.show('b')")
    await page.clock.run_for(100)
    assert (await state(page))["text"] == "a"
    assert (await state(page))["done"] == ["b"]
    await page.clock.run_for(1600)
    await start(page, "c", "c.tips.show('c')")
    assert (await state(page))["text"] == "c"


async def test_duration_zero_or_no_wait_resolves_at_once(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "zero", "c.tips.show('x', {duration: 0})")
    await start(page, "nowait", "c.tips.show('y', {waitForHide: false})")
    assert (await state(page))["done"] == ["zero", "nowait"]
    await page.clock.run_for(1700)
    assert not (await state(page))["visible"]


@pytest.mark.parametrize(("options", "closes"), [("{}", True), ("{canClickClose: false}", False)])
async def test_a_click_closes_unless_forbidden(
    page: "Page", setup: Setup, options: str, closes: bool
) -> None:
    await setup()
    await start(page, "a", f"c.tips.show('x', {options})")
    await page.locator(".float-tips").dispatch_event("click")
    await page.clock.run_for(200)
    assert (await state(page))["visible"] is not closes


@pytest.mark.parametrize(("error", "text"), [
    ("'plain'", "plain"),
    ("{code: 'Bad', msg: 'No device'}", "No device(Bad)"),
    ("{code: 'Bad', msg: 'No device', reqId: 'r1'}", "No device(r1)"),
    ("{code: 0, msg: ''}", "连接服务器失败，请稍后再试"),
    ("new Error('boom')", "boom"),
    ("{errMsg: 'x:fail'}", "x:fail"),
    ("{Message: 'upper'}", "upper"),
    ("42", "连接服务器失败，请稍后再试"),
])  # fmt: skip
async def test_error_texts(page: "Page", setup: Setup, error: str, text: str) -> None:
    await setup()
    await start(page, "a", f"c.tips.showError({error})")
    assert (await state(page))["text"] == text


@pytest.mark.parametrize("error", ["undefined", "null", "''", "0"])
async def test_no_error_shows_nothing(page: "Page", setup: Setup, error: str) -> None:
    await setup()
    await start(page, "a", f"c.tips.showError({error})")
    assert not (await state(page))["visible"]
    assert (await state(page))["done"] == ["a"]


async def test_messages_are_text_and_only_br_breaks_lines(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "a", "c.tips.show('<img src=x onerror=\"window.hit=1\"><br>b', {duration: 0})")
    assert (await state(page))["text"] == '<img src=x onerror="window.hit=1">\nb'
    assert await page.locator(".float-tips img").count() == 0
    await start(page, "b", "c.tips.show(null, {duration: 0})")
    assert (await state(page))["text"] == ""
    await start(page, "c", "c.tips.show(12, {duration: 0})")
    assert (await state(page))["text"] == "12"


async def test_screen_readers_hear_tips_and_errors_urgently(page: "Page", setup: Setup) -> None:
    await setup(lang="en")
    await start(page, "a", "c.tips.showInfo('saved', {duration: 0})")
    assert (await page.get_by_role("status").text_content()) == "saved"
    await start(page, "b", "c.tips.showError('broken', {duration: 0})")
    assert (await page.get_by_role("alert").text_content()) == "broken"


async def test_rules_of_the_panel_do_not_reach_a_tip(page: "Page", setup: Setup) -> None:
    await setup()
    await start(page, "a", "c.tips.show('x', {duration: 0})")
    style = await page.evaluate(
        """() => { const host = document.querySelector('.explorer-h5-tips');
        const message = host.shadowRoot.querySelector('.tips-message');
        const a = getComputedStyle(host), b = getComputedStyle(message);
        return [a.position, a.opacity, a.transform, b.color, b.fontSize] }"""
    )
    assert style == ["fixed", "1", "none", "rgb(21, 22, 26)", "15px"]
    assert await page.evaluate("document.querySelector('.explorer-h5-tips').parentElement.tagName") == "HTML"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("undefined", ""),
        ("[1, 2]", "1,2"),
        ("{}", "[object Object]"),
        ("Object.create(null)", ""),
        ("Symbol('s')", "Symbol(s)"),
        ("'y'.repeat(30000)", "y" * 20_000 + "…"),
    ],
)
async def test_any_value_can_be_a_message(page: "Page", setup: Setup, message: str, text: str) -> None:
    await setup()
    await start(page, "a", f"c.tips.show({message}, null)")
    assert (await state(page))["text"] == text
    await start(page, "b", f"c.tips.showModal({{content: {message}, title: null}})")
    assert await page.locator("[role=dialog] .body").last.text_content() == text
