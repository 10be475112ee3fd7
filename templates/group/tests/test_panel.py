"""The panel without a screen, on a group of virtual devices (`group` in devkit.toml). Run it with `devkit test`."""

[% if switch %]
from devkit.testing import expect_control
[% endif %]
from playwright.sync_api import expect
[% if switch %]

SWITCH = [[ switch | json ]]  # the property that the first switch of the page controls


def test_controls_every_device(panel, virtual_devices):
    panel.get_by_role("switch").first.click()
    for device in virtual_devices.values():
        expect_control(device, {SWITCH: 1})


def test_follows_the_first_device(panel, virtual_device):
    virtual_device.report({SWITCH: 1})
    expect(panel.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
[% endif %]


def test_is_offline_only_when_every_device_is(panel, virtual_devices):
    status = panel.locator("header").get_by_role("status")
    expect(status).to_have_class("status is-online")
    *others, last = virtual_devices.values()
    for device in others:
        device.go_offline()
    expect(panel.get_by_text(f"1/{len(others) + 1}")).to_be_visible()
    expect(status).to_have_class("status is-online")
    last.go_offline()
    expect(status).to_have_class("status")
