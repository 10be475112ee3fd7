"""The console's Bluetooth and firmware cards, against the real dev server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from devkit.ble.profiles.heart_rate import HeartRateMonitor
from devkit.ble.profiles.light import LLSyncLight
from devkit.cloud.devices import device
from tests.helpers.browser import WAIT_MS
from tests.helpers.client_code import CLIENT
from tests.helpers.console_server import DEVICE_ID, ConsoleServer, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

FFE1 = "[data-characteristic=FFE1]"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer) -> AsyncIterator["Page"]:
    """The console, connected; a script error fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    await page.goto(server.url)
    await page.locator("[data-connected=true]").wait_for()
    yield page
    await context.close()
    assert errors == []


def card(page: "Page", name: str) -> Any:
    return page.locator(f"[data-card={name}]")


def light_of(server: ConsoleServer) -> LLSyncLight:
    with server.simulator.transport.emulator.work() as work:  # type: ignore[attr-defined]
        model = server.simulator.transport.emulator.model(work.tx, "CONSOLE001")  # type: ignore[attr-defined]
    return server.simulator.add_peripheral(LLSyncLight(model, "CONSOLE001", "light01"))


async def test_without_peripherals_a_hint_and_no_more(console: "Page") -> None:
    await card(console, "radio").get_by_text("--peripheral file.py:Class").wait_for()
    assert await card(console, "gatt").count() == 0
    assert await card(console, "frames").count() == 0


async def test_the_radio_map_follows_and_moves_peripherals(console: "Page", server: ConsoleServer) -> None:
    monitor = server.simulator.add_peripheral(HeartRateMonitor())
    row = console.locator(f'[data-peripheral="{monitor.address}"]')
    await row.get_by_text("-59 dBm").wait_for()
    await row.locator("[data-state=near]").wait_for()
    await row.get_by_role("slider", name="Distance").fill("80")
    await row.get_by_text("-79 dBm").wait_for()
    assert monitor.distance == 10
    await row.get_by_role("switch").click()
    await row.locator("[data-state=away]").wait_for()
    assert not monitor.in_range
    monitor.faults.out_of_range = False
    monitor.move(1)
    await row.get_by_text("-59 dBm").wait_for()
    await row.get_by_text("Faults").click()
    await row.get_by_label("Refuses connections").check()
    await row.locator(".badge.warn").wait_for()
    assert monitor.faults.refuse_connections
    await row.get_by_role("button", name=monitor.name).press("Enter")
    await row.get_by_role("slider").wait_for(state="detached")
    await server.simulator.radio.remove(monitor.address)
    await row.wait_for(state="detached")


async def test_gatt_by_hand_and_frames_in_words(console: "Page", server: ConsoleServer) -> None:
    light = light_of(server)
    gatt, frames = card(console, "gatt"), card(console, "frames")
    await gatt.get_by_role("button", name="Connect", exact=True).click()
    await gatt.get_by_text("MTU 23").wait_for()
    value = gatt.locator(FFE1).get_by_role("textbox")
    await value.fill("0")
    await expect(gatt.locator(FFE1).get_by_role("button", name="Write")).to_be_disabled()
    await value.fill("0C")
    await value.press("Enter")
    await frames.locator("[data-frame=write]").get_by_text("app is ready").wait_for()
    notifying = gatt.locator("[data-characteristic=FFE3]")
    await notifying.get_by_role("button", name="Listen").click()
    await notifying.get_by_text("listened to").wait_for()
    await notifying.get_by_role("textbox").fill("02")
    await notifying.get_by_role("button", name="Notify").click()
    await frames.locator("[data-frame=notify]").get_by_text("asks for status").wait_for()
    await gatt.get_by_role("button", name="Disconnect").click()
    await gatt.get_by_text("Connect to read and write.").wait_for()
    assert not light.connected


async def test_a_value_is_read_by_hand(console: "Page", server: ConsoleServer) -> None:
    monitor = server.simulator.add_peripheral(HeartRateMonitor())
    gatt = card(console, "gatt")
    await gatt.get_by_role("button", name="Connect", exact=True).click()
    await gatt.get_by_role("button", name="Read").first.click()
    await card(console, "frames").locator("[data-frame=read]").wait_for()
    monitor.drop()
    await gatt.get_by_text("Connect to read and write.").wait_for()


async def test_a_refusal_is_said_in_words(console: "Page", server: ConsoleServer) -> None:
    monitor = server.simulator.add_peripheral(HeartRateMonitor())
    monitor.faults.refuse_connections = True
    await card(console, "gatt").get_by_role("button", name="Connect", exact=True).click()
    await console.locator(".toast.shown").get_by_text("takes no connection").wait_for()


async def test_a_firmware_file_is_published_and_installed(
    console: "Page", server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "OTA_STEP_MS", 20)
    monkeypatch.setattr(device, "REBOOT_MS", 20)
    firmware = card(console, "firmware")
    content = bytes(range(256)) * 4096
    await firmware.get_by_label("Version to offer").fill("2.0.0")
    await firmware.get_by_label("What is new").fill("faster")
    await firmware.locator("input[type=file]").set_input_files(
        {"name": "fw.bin", "mimeType": "application/octet-stream", "buffer": content}
    )
    await firmware.get_by_text("fw.bin · 1024 KB").wait_for()
    await firmware.get_by_role("button", name="Offer version").click()
    await firmware.get_by_text("Waits for the user").wait_for()
    url = (await server.simulator.cloud("AppGetDeviceOTAInfo", {"DeviceId": DEVICE_ID}))["FirmwareURL"]
    assert url.startswith(server.panel_url)
    assert server.bench.read_firmware(url) == content
    await firmware.get_by_label("Upgrades fail with").select_option("-4")
    await firmware.locator(".badge.warn").wait_for()
    await firmware.get_by_role("button", name="Upgrade now").click()
    await firmware.get_by_text("Failed · MD5 mismatch").wait_for()
    await firmware.get_by_label("Upgrades fail with").select_option("0")
    await firmware.locator(".badge.warn").wait_for(state="detached")
    await firmware.get_by_role("button", name="Upgrade now").click()
    await firmware.get_by_text("Done", exact=True).wait_for()
    assert server.device["firmware"]["current"] == "2.0.0"


async def test_a_file_beyond_16_mib_and_an_odd_version_are_refused(
    console: "Page", server: ConsoleServer
) -> None:
    script = """async ([token, path, size]) => {
      const body = new Uint8Array(size)
      const answer = await fetch(path, {method: 'POST', body, headers: {authorization: `Bearer ${token}`}})
      return [answer.status, JSON.stringify(await answer.json())]
    }"""
    path = f"/__devkit/api/firmware/{DEVICE_ID}?version="
    token = server.server.control_token
    status, words = await console.evaluate(script, [token, f"{path}2.0.0", 16 * 2**20 + 1])
    assert (status, "at most 16777216 (16 MiB)" in words) == (400, True)
    status, words = await console.evaluate(script, [token, path, 5])
    assert (status, "1 to 32 characters" in words) == (400, True)
    assert (await console.evaluate(script, ["wrong", f"{path}2.0.0", 5]))[0] == 401
    assert server.device["firmware"]["offered"] == ""


async def test_the_cards_speak_chinese(console: "Page", server: ConsoleServer) -> None:
    light_of(server)
    await console.get_by_label("Language", exact=True).select_option("zh")
    await console.get_by_role("heading", name="数据帧").wait_for()
    await card(console, "radio").get_by_text("等待绑定").wait_for()
    await card(console, "gatt").get_by_role("button", name="连接", exact=True).wait_for()


@pytest.mark.node
@pytest.mark.parametrize(("theme", "lang"), [("light", "en"), ("dark", "zh")])
async def test_axe_finds_nothing(console: "Page", server: ConsoleServer, theme: str, lang: str) -> None:
    await console.get_by_label("Theme").select_option(theme)
    await console.get_by_label("Language", exact=True).select_option(lang)
    light_of(server).faults.silent = True
    await card(console, "gatt").locator(".small").first.click()
    await console.locator("[data-state=connected]").wait_for()
    await card(console, "radio").locator(".fold summary").click()
    await card(console, "gatt").locator("[data-characteristic=FFE1]").get_by_role("textbox").fill("0C")
    await console.keyboard.press("Enter")
    await card(console, "frames").locator("li").wait_for()
    await console.evaluate((CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = await console.evaluate("""() => axe.run({exclude: [['iframe']]}).then((result) =>
        result.violations.map((item) => [item.id, item.nodes.map((node) => node.target.join(' '))]))""")
    assert found == []
