"""The panel without a screen, with the device of peripherals/. Run it with `devkit test`."""

import pytest
from devkit.testing import expect_authorized[% if switch %], expect_ble_write[% endif %]

from playwright.sync_api import expect
[% if switch %]

SWITCH = [[ switch | json ]]  # the property that the first switch of the page controls


def test_controls_the_device(panel, virtual_peripheral):
    expect_authorized(virtual_peripheral)
    panel.get_by_role("switch").first.click()
    expect_ble_write(virtual_peripheral, "FFE2")
    expect(panel.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
    assert virtual_peripheral.values[SWITCH] == 1


def test_follows_the_device(panel, virtual_peripheral):
    expect(panel.locator("header").get_by_role("status")).to_have_text("蓝牙已连接")
    virtual_peripheral.report({SWITCH: 1})
    expect(panel.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
[% endif %]


def test_connects_again(panel, virtual_peripheral):
    status = panel.locator("header").get_by_role("status")
    expect(status).to_have_text("蓝牙已连接")
    virtual_peripheral.drop()
    expect_authorized(virtual_peripheral)
    expect(status).to_have_text("蓝牙已连接")


@pytest.mark.panel(bluetooth=False)
def test_waits_for_bluetooth(panel, virtual_peripheral, bluetooth):
    expect(panel.get_by_text("蓝牙未打开").first).to_be_visible()
    bluetooth.set_power(True)
    expect_authorized(virtual_peripheral)
