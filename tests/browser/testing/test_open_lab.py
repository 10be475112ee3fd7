"""The plain Python API, async and sync, and how a panel's page is kept and compared."""

import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from devkit.errors import PanelError, SettingsError
from devkit.testing import expect_control, expect_screenshot, expect_tip, open_lab
from devkit.testing.expect.looks import compare
from devkit.testing.run.bundle import Bundle
from tests.browser.testing import panels
from tests.helpers.browser import chromium_path

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from devkit.testing.run.open import Room

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "devkit.toml").write_text('product_id = "TESTLAMP01"\n', "utf-8")
    (tmp_path / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    return tmp_path


async def break_a_panel(room: "Room") -> None:
    async with room.world() as world:
        panel = await world.open_panel()
        await panel.evaluate("void setTimeout(() => { throw new Error('broken on purpose') })")


async def test_coroutines_use_the_same_handles(folder: Path, browser: "Browser") -> None:
    from playwright.async_api import expect

    lamp = Bundle(panels.LAMP.encode())
    async with open_lab(folder, browser=browser, bundle=lamp, locale="en-US") as room:
        async with room.world(data={"brightness": 5}) as world:
            panel = await world.open_panel()
            await expect(panel.locator("#bright")).to_have_text("5")
            await panel.get_by_role("switch").click()
            await expect_control(world.device, power_switch=1)
            await panel.locator("#tip").click()
            await expect_tip("已保存")
            assert await panel.evaluate("navigator.language") == "en-US"
        with pytest.raises(PanelError, match="broken on purpose"):
            await break_a_panel(room)
        with pytest.raises(SettingsError, match=r"Did you mean data=\?"):
            room.world(dta={})


async def test_a_screenshot_is_kept_compared_and_explained(folder: Path, browser: "Browser") -> None:
    lamp = Bundle(panels.LAMP.encode())
    async with open_lab(folder, browser=browser, bundle=lamp) as room, room.world() as world:
        world.folder = folder
        panel = await world.open_panel()
        with pytest.raises(AssertionError, match="it is kept now"):
            await expect_screenshot(panel, "lamp")
        await expect_screenshot(panel, "lamp")
        await panel.evaluate("() => { document.querySelector('h1').style.background = 'red' }")
        with pytest.raises(
            AssertionError, match=r"The panel does not look like lamp.png: .* pixels .* differ"
        ):
            await expect_screenshot(panel, "lamp")
        with pytest.raises(SettingsError, match="plain letters"):
            await expect_screenshot(panel, "../lamp")
    assert (folder / "__screenshots__" / "panel" / "lamp.png").exists()


def png(colour: str, size: tuple[int, int] = (20, 10)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def test_pictures_are_compared_with_tolerance_for_colour() -> None:
    assert compare(png("#808080"), png("#828282")).share == 0
    other = compare(png("#000"), png("#fff"))
    assert other.share == 1
    assert Image.open(io.BytesIO(other.difference)).size == (20 * 3 + 16, 10)
    assert compare(png("#000"), png("#000", (20, 11))).reason == "it is 20x11, and was 20x10"


SYNC = """
import sys
from devkit.testing import expect_control, open_lab_sync
from devkit.testing.run.bundle import Bundle
from pathlib import Path

with open_lab_sync(".", bundle=Bundle(Path("panel.js").read_bytes()), browser_path=sys.argv[1]) as room:
    with room.world(data={"brightness": 5}) as world:
        panel = world.open_panel()
        assert panel.locator("#bright").inner_text() == "5"
        panel.get_by_role("switch").click()
        expect_control(world.device, power_switch=1)
        world.device.report(brightness=6)
        panel.locator("#bright").filter(has_text="6").wait_for()
print("done")
"""


def test_plain_functions_need_no_pytest(folder: Path) -> None:
    (folder / "panel.js").write_text(panels.LAMP, "utf-8")
    command = [sys.executable, "-c", SYNC, chromium_path() or ""]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "done\n", done.stderr


GATEWAY = """
h5PanelSdk.getSubDeviceList().then(function (found) {
  var names = found.subDeviceList.map(function (device) { return device.DeviceName })
  document.getElementById('app').textContent = h5PanelSdk.productInfo.NetType + ' ' + names.sort()
})
"""
SUB = """
document.getElementById('app').textContent = h5PanelSdk.deviceId + ' ' + h5PanelSdk.deviceInfo.DeviceType
"""


async def test_a_gateways_panel_has_its_sub_devices_and_they_have_theirs(
    folder: Path, browser: "Browser"
) -> None:
    from playwright.async_api import expect

    async with (
        open_lab(folder, browser=browser, bundle=Bundle(GATEWAY.encode())) as room,
        room.world(gateway=True) as world,
    ):
        panel = await world.open_panel()
        await expect(panel.locator("#app")).to_have_text("wifi sub01,sub02")
        assert "SUBDEVICE1/sub01" in world.devices
    async with (
        open_lab(folder, browser=browser, bundle=Bundle(SUB.encode())) as room,
        room.world(gateway=True) as world,
    ):
        panel = await world.open_panel(device=world.devices["SUBDEVICE1/sub01"])
        await expect(panel.locator("#app")).to_have_text("SUBDEVICE1/sub01 2")
