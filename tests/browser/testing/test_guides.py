"""The panel that docs/tuya.md shows is built and does what the page says."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.testing import expect_control, open_lab
from tests.browser.testing import panels

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.node]
ROOT = Path(__file__).parents[3]


async def test_the_lamp_for_who_comes_from_tuya(tmp_path: Path, browser: "Browser") -> None:
    from playwright.async_api import expect

    (sample,) = re.findall(r"^```jsx\n(.*?)^```", (ROOT / "docs/tuya.md").read_text("utf-8"), re.M | re.S)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.jsx").write_text(sample, "utf-8")
    (tmp_path / "devkit.toml").write_text('product_id = "TESTLAMP01"\n', "utf-8")
    (tmp_path / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    async with open_lab(tmp_path, browser=browser) as room, room.world() as world:
        panel = await world.open_panel()
        switch = panel.get_by_role("switch")
        await switch.click()
        await expect_control(world.device, power_switch=1)
        await expect(switch).to_have_text("On")
        await world.device.report(power_switch=0)
        await expect(switch).to_have_text("Off")
