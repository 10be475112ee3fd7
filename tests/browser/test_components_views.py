"""Dialogs, offline card, firmware prompts, device detail and the signs of the mini program."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.client_code import CLIENT, bundle

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

HOST_PAGE = """<!doctype html><html><head><title>t</title></head><body>
<div id="app"><button id="panel-button">panel</button><input id="panel-input"></div>
<div id="explorer-device-detail-container"></div></body></html>"""
DETAIL_HOOKS = ["onEditName", "onDeviceInfo", "onGroup", "onRoom", "onShare", "onFirmware", "onDelete"]
HOOKS = [*DETAIL_HOOKS, "onFeedback", "onBackHome", "onNavigateBack", "onExitPreview"]

Setup = Callable[..., Awaitable[None]]


@pytest.fixture
async def setup(page: "Page") -> Setup:
    async def create(**options: Any) -> None:
        await page.set_content(HOST_PAGE)
        await page.add_script_tag(content=bundle("src/components/index.ts", "C"))
        await page.evaluate(
            """([options, names]) => { window.calls = []; window.answers = [];
            const hooks = Object.fromEntries(names.map((name) => [name, () => calls.push(name)]));
            window.c = C.createComponents({lang: 'en', ...options, hooks}) }""",
            [options, HOOKS],
        )

    return create


async def ask(page: "Page", call: str) -> None:
    await page.evaluate(f"() => {{ {call}.then((answer) => answers.push(answer)) }}")


async def answers(page: "Page", count: int) -> list[Any]:
    await page.wait_for_function("count => answers.length >= count", arg=count)
    return await page.evaluate("answers")


async def test_a_dialog_is_named_described_and_answered_with_the_keyboard(page: "Page", setup: Setup) -> None:
    await setup()
    await page.focus("#panel-input")
    await ask(page, "c.tips.confirm('Delete?', 'All data goes.')")
    dialog = page.get_by_role("dialog", name="Delete?")
    assert await dialog.get_attribute("aria-modal") == "true"
    assert (await dialog.locator("#body").inner_text()) == "All data goes."
    for expected in ("cancel", "confirm", "cancel"):
        await page.keyboard.press("Tab")
        focused = "host => Object.keys(host.shadowRoot.activeElement.dataset)"
        assert await page.locator(".explorer-h5-modal-host").evaluate(focused) == [expected]
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    assert await answers(page, 1) == [True]
    assert await page.evaluate("document.activeElement.id") == "panel-input"


async def test_escape_cancels_and_a_held_enter_does_not_confirm(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate("""() => document.querySelector('#panel-button').addEventListener('click',
        () => c.tips.confirm('Sure?').then((answer) => answers.push(answer)))""")
    await page.focus("#panel-button")
    await page.keyboard.down("Enter")
    await page.keyboard.down("Enter")  # repeat
    assert await page.get_by_role("dialog").is_visible()
    await page.keyboard.up("Enter")
    await page.keyboard.press("Escape")
    assert await answers(page, 1) == [False]
    assert await page.evaluate("document.activeElement.id") == "panel-button"


async def test_show_modal_defaults_are_the_real_words(page: "Page", setup: Setup) -> None:
    await setup(lang="zh")
    await ask(page, "c.tips.showModal({title: '标题', content: 'a<br>b'})")
    assert await page.get_by_role("button").all_inner_texts() == ["panel", "取消", "确定"]
    assert await page.locator("[data-confirm='1']").inner_text() == "确定"
    assert (await page.locator(".explorer-h5-modal-host .body").inner_text()) == "a\nb"
    await page.locator("[data-cancel='1']").click()
    assert await answers(page, 1) == [False]


async def test_modal_options_and_alert(page: "Page", setup: Setup) -> None:
    await setup()
    await ask(
        page, "c.tips.alert('<b>done</b>', {confirmText: 'Fine', confirmColor: 'rgb(1, 2, 3)', title: 'T'})"
    )
    assert await page.locator("[data-cancel]").count() == 0
    assert await page.locator(".explorer-h5-modal-host .body").inner_text() == "<b>done</b>"
    confirm = page.get_by_role("button", name="Fine")
    assert await confirm.evaluate("node => getComputedStyle(node).color") == "rgb(1, 2, 3)"
    await confirm.click()
    assert await answers(page, 1) == [True]


async def test_a_newer_dialog_takes_the_place_and_settles_both(page: "Page", setup: Setup) -> None:
    await setup()
    await ask(page, "c.tips.confirm('first')")
    await ask(page, "c.tips.confirm('second')")
    assert await page.get_by_role("dialog").count() == 1
    await page.get_by_role("dialog", name="second").get_by_role("button", name="OK").click()
    assert await answers(page, 2) == [True, True]


async def test_the_offline_card_has_the_real_hooks(page: "Page", setup: Setup) -> None:
    await setup()
    host = page.locator("#J_offline_modal")
    assert await host.get_attribute("class") == "explorer-h5-modal-container hide"
    assert not await page.get_by_role("dialog").is_visible()
    await page.evaluate("c.offlineTip.show(); c.offlineTip.show()")
    assert await page.get_by_role("dialog", name="Device is offline").is_visible()
    await page.locator("#J_offline_feedback").click()
    await page.locator("#J_offline_backHome").click()
    assert await page.evaluate("calls") == ["onFeedback", "onBackHome"]
    await page.locator("#J_offline_mask").click(position={"x": 5, "y": 5})
    assert not await page.get_by_role("dialog").is_visible()
    await page.evaluate("c.offlineTip.show()")
    await page.keyboard.press("Escape")
    assert not await page.get_by_role("dialog").is_visible()


async def test_a_dialog_over_the_offline_card_keeps_the_focus(page: "Page", setup: Setup) -> None:
    await setup()
    await page.focus("#panel-input")
    await page.evaluate("c.offlineTip.show()")
    await ask(page, "c.tips.confirm('Sure?')")
    await page.keyboard.press("Tab")
    assert await page.locator("[data-cancel]").evaluate("node => node.getRootNode().activeElement === node")
    await page.keyboard.press("Escape")
    assert await answers(page, 1) == [False]
    home = page.locator("#J_offline_backHome")
    assert await home.evaluate("node => node.getRootNode().activeElement === node")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") == "panel-input"


async def test_a_panel_that_empties_the_page_still_gets_dialogs(page: "Page", setup: Setup) -> None:
    await setup()
    await ask(page, "c.tips.confirm('first')")
    await page.keyboard.press("Escape")
    await page.evaluate("document.documentElement.replaceChildren(document.createElement('body'))")
    await ask(page, "c.tips.confirm('second')")
    await page.get_by_role("dialog", name="second").get_by_role("button", name="OK").click()
    assert await answers(page, 2) == [False, True]


async def test_an_offered_version_is_asked_about(page: "Page", setup: Setup) -> None:
    await setup()
    await ask(page, "c.firmwarePrompt.showUpgradable({CurrentVersion: '1.0', DstVersion: '1.1'})")
    assert "1.1" in await page.get_by_role("dialog", name="New firmware found").inner_text()
    await page.get_by_role("button", name="Upgrade now").click()
    assert await answers(page, 1) == [True]


@pytest.mark.parametrize(
    ("versions", "title", "press", "answer"),
    [
        ("{CurrentVersion: '1', DstVersion: '2'}", "Firmware can be upgraded", "Upgrade now", True),
        ("{CurrentVersion: '1', DstVersion: '2'}", "Firmware can be upgraded", "Cancel", False),
        ("{CurrentVersion: '2', DstVersion: '2'}", "Firmware is up to date", "OK", False),
        ("{}", "Firmware is up to date", "OK", False),
        ("Promise.reject(new Error('no'))", "Checking for new firmware failed", "OK", False),
    ],
)
async def test_the_check_ends_in_its_result(
    page: "Page", setup: Setup, versions: str, title: str, press: str, answer: bool
) -> None:
    await setup()
    await ask(page, f"c.firmwarePrompt.showCheck(async () => ({versions}))")
    await page.get_by_role("dialog", name=title).get_by_role("button", name=press).click()
    assert await answers(page, 1) == [answer]
    assert not await page.get_by_role("dialog").is_visible()


async def test_a_running_check_can_be_cancelled(page: "Page", setup: Setup) -> None:
    await setup()
    await ask(page, "c.firmwarePrompt.showCheck(() => new Promise((resolve) => { window.finish = resolve }))")
    await page.get_by_role("dialog", name="Checking…").get_by_role("button", name="Cancel").click()
    assert await answers(page, 1) == [False]
    await page.evaluate("finish({CurrentVersion: '1', DstVersion: '2'})")
    assert not await page.get_by_role("dialog").is_visible()


OWNER = "{deviceName: 'Lamp', roomName: 'Hall', isOwner: true, isShared: false, group: 'create'}"


async def test_the_owner_sees_every_line_and_each_calls_its_hook(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate(f"c.deviceDetail.show(() => ({OWNER}))")
    labels = ["Device name", "Device info", "Create group", "Room", "Share device", "Firmware"]
    assert await page.locator(".J-section-item .label-text").all_inner_texts() == labels
    for button in await page.locator(".J-section-item button, .J-section-btn").all():
        await button.click()
    assert await page.evaluate("calls") == DETAIL_HOOKS
    assert await page.locator("#explorer-device-detail-container > *").count() == 1


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("{deviceName: 'L', isOwner: false, isShared: true}", ["Remove shared device"]),
        ("{deviceName: 'L', isOwner: false, isShared: false}", []),
    ],
)
async def test_others_see_less(page: "Page", setup: Setup, state: str, buttons: list[str]) -> None:
    await setup()
    await page.evaluate(f"c.deviceDetail.show(() => ({state}))")
    assert await page.locator(".label-text").all_inner_texts() == ["Device name", "Device info"]
    assert await page.locator(".J-section-btn").all_inner_texts() == buttons


async def test_extra_items_buttons_sizes_and_classes(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate(f"""c.deviceDetail.show(() => ({OWNER}), {{labelWidth: 140, marginTop: 33,
        containerClassName: 'mine', extendItems: [{{label: '<i>x</i>', content: 'v', className: 'row',
        onClick: () => calls.push('item')}}, {{label: 'plain'}}],
        extendButtons: [{{text: 'Restart', type: 'primary', className: 'b',
        onClick: () => calls.push('button')}}]}})""")
    row = page.locator(".J-section-item.row")
    assert await row.locator(".label-text").inner_text() == "<i>x</i>"
    assert await row.locator(".item-label").evaluate("node => node.offsetWidth") == 140
    assert await page.locator(".J-section-list-container").evaluate("n => n.style.marginTop") == "33px"
    assert await page.locator(".explorer-h5-device-detail-host.mine").count() == 1
    await row.get_by_role("button").click()
    await page.get_by_role("button", name="Restart").click()
    assert await page.evaluate("calls") == ["item", "button"]
    assert await page.locator(".J-section-item").last.get_by_role("button").count() == 0


async def test_the_red_dot_refresh_and_hide(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate(f"window.now = {OWNER}; c.deviceDetail.show(() => now)")
    hint = page.locator(".right-red-hint")
    assert not await hint.is_visible()
    await page.evaluate("c.deviceDetail.setRedDot(true)")
    assert await hint.is_visible()
    await page.evaluate("now.deviceName = 'Renamed'; c.deviceDetail.refresh()")
    assert await page.locator(".item-content").first.inner_text() == "Renamed"
    assert await hint.is_visible()
    await page.evaluate("c.deviceDetail.hide()")
    assert await page.locator(".J-section-item").count() == 0
    await page.evaluate("c.deviceDetail.refresh()")
    assert not await page.evaluate("c.deviceDetail.visible")


async def test_the_navigation_card_shows_page_and_parameters_and_goes_back(
    page: "Page", setup: Setup
) -> None:
    await setup()
    url = "/pages/DeviceInfo?deviceId=P%2FD&bad=%E0&x=<b>"
    await page.evaluate("url => c.navigationCard.show({api: 'navigateTo', url})", url)
    card = page.get_by_role("dialog", name="Device info")
    terms = await card.locator("dt").all_inner_texts()
    assert dict(zip(terms, await card.locator("dd").all_inner_texts(), strict=True)) == {
        "Page": "/pages/DeviceInfo", "deviceId": "P/D", "bad": "%E0", "x": "<b>",
    }  # fmt: skip
    await page.keyboard.press("Escape")
    await page.evaluate(
        "params => c.navigationCard.show({api: 'navigateTo', url: '/a?q=1', params})",
        {"url": "/a?q=1", "o": {"k": 1}, "success": None},
    )
    assert await page.locator("dd").all_inner_texts() == ["/a", "1", '{\n  "k": 1\n}']
    await page.get_by_role("button", name="Back to the panel").last.click()
    assert await page.evaluate("calls") == ["onNavigateBack", "onNavigateBack"]
    assert not await page.evaluate("c.navigationCard.visible")


async def test_vibration_shows_shortly_and_preview_asks(page: "Page", setup: Setup) -> None:
    await setup()
    await page.evaluate("c.vibration.show('<x>')")
    assert await page.locator(".chip").inner_text() == "Vibrates · medium"
    await page.wait_for_function("!c.vibration.visible")
    await page.evaluate("c.previewController.render(undefined)")
    assert await page.locator("#explorer-preview-controller").count() == 0
    await page.evaluate("c.previewController.render({ConfigVersion: '7'})")
    await page.get_by_role("button", name="Preview version: 7").click()
    await page.get_by_role("button", name="OK").click()
    await page.wait_for_function("calls[0] === 'onExitPreview'")


@pytest.mark.parametrize(
    "show",
    [
        "c.tips.showError('no', {duration: 0}); c.tips.confirm('Delete?', 'All data goes.')",
        "c.offlineTip.show()",
        "c.deviceDetail.show(() => (OWNER), {extendButtons: [{text: 'x', type: 'warning'}]})",
        "c.navigationCard.show({api: 'navigateTo', url: '/pages/DeviceInfo?a=b'})",
        "c.previewController.render({ConfigVersion: '7'}); c.vibration.show('heavy')",
    ],
    ids=["tips", "offline", "detail", "navigation", "preview"],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(page: "Page", setup: Setup, show: str, scheme: str) -> None:
    await setup(colorScheme=scheme)
    await page.add_style_tag(content="body { background: #fff }")
    await page.evaluate(f"() => {{ {show.replace('OWNER', OWNER)} }}")
    await page.evaluate(
        "Promise.all([...document.querySelectorAll('[data-devkit-component]')].flatMap((host) =>"
        " host.shadowRoot.getAnimations().filter((item) => item.effect.getTiming().iterations < 9)"
        " .map((item) => item.finished)))"
    )
    await page.evaluate((CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = await page.evaluate("""() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'],
        rules: {'html-has-lang': {enabled: false}, 'label': {enabled: false}}}).then((result) =>
        result.violations.map((item) => [item.id, item.nodes.map((node) => node.html)]))""")
    assert found == []
