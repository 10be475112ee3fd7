"""Both pages without a screen, with the device of peripherals/. Run it with `devkit test`."""

import pytest
from devkit.testing import expect_ble_write, expect_connected, expect_disconnected
from playwright.sync_api import expect


def test_shows_what_the_device_measures(panel, virtual_peripheral):
    reading = panel.get_by_role("group", name="体温")
    expect(reading).to_contain_text("36.5")
    virtual_peripheral.measure(38.2)
    expect(reading).to_contain_text("38.2")


def test_sends_commands(panel, virtual_peripheral):
    buzzer = panel.get_by_role("switch", name="提示音")
    expect(buzzer).to_have_attribute("aria-checked", "true")  # what the device has told after connecting
    buzzer.click()
    expect_ble_write(virtual_peripheral, "FFF1", "D1C20001000D")
    expect(buzzer).to_have_attribute("aria-checked", "false")
    assert virtual_peripheral.buzzer == 0


def test_connects_again(panel, virtual_peripheral):
    status = panel.locator("header").get_by_role("status")
    expect(status).to_have_text("蓝牙已连接")
    virtual_peripheral.drop()
    expect(status).to_have_text("蓝牙已连接")
    expect_connected(virtual_peripheral)


@pytest.mark.panel(path="bluetooth-search")
def test_adds_a_device(panel, virtual_peripheral):
    panel.get_by_role("button", name="添加", exact=True).click()
    expect(panel.get_by_text("添加成功")).to_be_visible()
    expect_disconnected(virtual_peripheral)


@pytest.mark.panel(bluetooth=False)
def test_waits_for_bluetooth(panel, virtual_peripheral, bluetooth):
    expect(panel.get_by_text("蓝牙未打开").first).to_be_visible()
    bluetooth.set_power(True)
    expect_connected(virtual_peripheral)
