"""The panel without a screen, on a virtual device that follows thing-model.json. Run it with `devkit test`."""

[% if switch %]
from devkit.testing import expect_control
[% endif %]
from playwright.sync_api import expect
[% if switch %]

SWITCH = [[ switch | json ]]  # the property that the first switch of the page controls


def test_controls_the_device(panel, virtual_device):
    panel.get_by_role("switch").first.click()
    expect_control(virtual_device, {SWITCH: 1})


def test_follows_the_device(panel, virtual_device):
    virtual_device.report({SWITCH: 1})
    expect(panel.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
[% endif %]


def test_says_when_the_device_is_offline(panel, virtual_device):
    status = panel.locator("header").get_by_role("status")
    expect(status).to_have_class("status is-online")
    virtual_device.go_offline()
    expect(status).to_have_class("status")
