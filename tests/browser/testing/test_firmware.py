"""Firmware in panel tests, as users of the plugin write them."""

import pytest

from tests.browser.testing.conftest import Project

pytestmark = pytest.mark.browser

PANEL = """
(function () {
  const sdk = window.h5PanelSdk
  const show = (text) => { document.querySelector('#state').textContent = text }
  document.getElementById('app').innerHTML = '<p id="state">new</p>' +
    '<button id="check">check</button><button id="load">load</button><button id="fetch">fetch</button>'
  const click = (id, work) => { document.getElementById(id).onclick = work }
  const on = (id, work) => click(id, () => work().then(show, (error) => show(error.code)))
  on('check', () => sdk.checkFirmwareUpgrade().then((found) => found.DstVersion))
  on('load', () => sdk.downLoadDeviceOTA().then(({ otaData }) => otaData.byteLength))
  on('fetch', async () => {
    const { FirmwareURL } = await sdk.getDeviceLatestOTAInfo()
    const answer = await fetch(FirmwareURL)
    return answer.status + ' ' + (await answer.arrayBuffer()).byteLength
  })
})()
"""

STORY = """
def state(panel):
    return expect(panel.locator("#state"))


def test_the_upgrade_from_prompt_to_restart(panel, cloud_emulator, virtual_device, mini_program, clock):
    cloud_emulator.add_firmware("2.0.0", b"x" * 5000, description="quieter")
    panel.locator("#check").click()
    state(panel).to_have_text("2.0.0")
    panel.get_by_role("dialog").get_by_role("button").last.click()
    expect_navigation(mini_program, "/pages/Device/DeviceUpgradeFirmware/DeviceUpgradeFirmware")
    expect(panel.get_by_text("quieter")).to_be_visible()
    panel.locator(".upgrade .go").click()
    expect(panel.locator(".upgrade[data-view=running]")).to_be_visible()
    clock.advance(seconds=10)
    expect(panel.locator(".upgrade[data-view=done]")).to_be_visible()
    assert virtual_device.online


def test_the_file_and_its_failures(panel, cloud_emulator):
    cloud_emulator.add_firmware("2.0.0", b"x" * 5000)
    panel.locator("#load").click()
    state(panel).to_have_text("5000")
    cloud_emulator.fail_firmware(-2)
    panel.locator("#load").click()
    state(panel).to_have_text("-2")
    panel.locator("#fetch").click()
    state(panel).to_have_text("404 0")
    cloud_emulator.fail_firmware(0)
    panel.locator("#fetch").click()
    state(panel).to_have_text("200 5000")
"""


def test_a_story_of_firmware(project: Project) -> None:
    project.panel(PANEL)
    project.tests(STORY)
    result = project.run()
    result.assert_outcomes(passed=2)
