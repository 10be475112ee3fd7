"""Bluetooth in panel tests, as users of the plugin write them."""

import pytest

from tests.browser.testing.conftest import Project

pytestmark = pytest.mark.browser

KETTLE = '''
import asyncio

from devkit.ble import Advertising, Peripheral, Service


class Kettle(Peripheral):
    """Heats when it is told to."""

    name = "Kettle"
    advertising = Advertising(service_uuids=["FFB0"])
    kettle = Service("FFB0")
    switch = kettle.characteristic("FFB1", "write")
    temperature = kettle.characteristic("FFB2", "notify")
    degrees = 20

    @switch.on_write
    def switched(self, value: bytes) -> None:
        if value == b"\\x01":
            self.spawn(self.heat())

    async def heat(self) -> None:
        await self.sleep(60_000)
        self.tell(100)

    def tell(self, degrees: int) -> bool:
        self.degrees = degrees
        return self.notify(self.temperature, bytes([degrees]))
'''

PANEL = """
(function () {
  const sdk = window.h5PanelSdk, bluetooth = sdk.blueToothAdapter
  document.getElementById('app').innerHTML = '<p id="state">new</p><output></output>' +
    '<button id="connect">connect</button><button id="boil">boil</button>'
  const show = (text) => { document.querySelector('#state').textContent = text }
  const serviceId = '0000FFB0-0000-1000-8000-00805F9B34FB'
  let kettle
  class Kettle extends sdk.DeviceAdapter {
    static deviceFilter(device) {
      return device.name === 'Kettle' ? { ...device, serviceId, deviceName: 'kettle' } : null
    }
    handleBLEMessage(hex) { return { degrees: parseInt(hex[0], 16) } }
  }
  Kettle.serviceId = serviceId
  bluetooth.addAdapter(Kettle)
  async function connect() {
    await bluetooth.init()
    const found = await bluetooth.searchDevice({ deviceName: 'kettle', serviceId, disableCache: true })
    if (!found) return show('nothing found')
    const device = await bluetooth.connectDevice({ ...found, productId: sdk.productId })
    if (device !== kettle) {
      kettle = device
      kettle.on('message', ({ degrees }) => { document.querySelector('output').textContent = degrees })
      kettle.on('disconnect', () => show('disconnected'))
    }
    show('connected')
  }
  const fail = (error) => show('failed ' + error.code)
  const start = () => connect().catch(fail)
  document.querySelector('#connect').onclick = start
  document.querySelector('#boil').onclick = () => kettle.write('01').catch(fail)
  start()
})()
"""

STORY = """
from devkit.ble import Peripheral
from devkit.testing import (
    expect_authorized, expect_ble_write, expect_connected, expect_disconnected, expect_notification,
)
LIGHT = "devkit.ble.profiles.light:LLSyncLight"


def state(panel):
    return expect(panel.locator("#state"))


def test_write_and_notify(panel, virtual_peripheral):
    state(panel).to_have_text("connected")
    panel.locator("#boil").click()
    assert expect_ble_write(virtual_peripheral, "FFB1", b"\\x01") == b"\\x01"
    panel.locator("#boil").click()
    expect_ble_write(virtual_peripheral, "ffb1", "01")
    panel.locator("#boil").click()
    expect_ble_write(virtual_peripheral, virtual_peripheral.switch, lambda value: value[0] < 2)
    assert virtual_peripheral.written == [("FFB1", b"\\x01")] * 3
    assert virtual_peripheral.notify("FFB2", "2A")
    expect_notification(virtual_peripheral, "FFB2", b"\\x2a")
    expect(panel.locator("output")).to_have_text("42")
    assert virtual_peripheral.tell(43)
    expect(panel.locator("output")).to_have_text("43")
    assert virtual_peripheral.degrees == 43
    virtual_peripheral.degrees = 7
    assert virtual_peripheral.peripheral.degrees == 7


def test_lost_connections(panel, virtual_peripheral):
    expect_connected(virtual_peripheral)
    state(panel).to_have_text("connected")
    virtual_peripheral.drop()
    expect_disconnected(virtual_peripheral)
    state(panel).to_have_text("disconnected")
    panel.locator("#connect").click()
    state(panel).to_have_text("connected")
    virtual_peripheral.faults.out_of_range = True
    expect_disconnected(virtual_peripheral)
    state(panel).to_have_text("disconnected")


def test_faults_of_writes_and_notifications(panel, virtual_peripheral):
    state(panel).to_have_text("connected")
    virtual_peripheral.faults.lose_notifications = 1
    virtual_peripheral.tell(50)
    virtual_peripheral.tell(51)
    expect(panel.locator("output")).to_have_text("51")
    virtual_peripheral.faults.drop_on_write = 1
    panel.locator("#boil").click()
    expect_disconnected(virtual_peripheral)
    assert virtual_peripheral.written == []


@pytest.mark.panel(bluetooth=False)
def test_bluetooth_off_and_on(panel, virtual_peripheral, bluetooth):
    state(panel).to_have_text("failed 10001")
    assert not bluetooth.on
    bluetooth.set_power(True)
    panel.locator("#connect").click()
    expect_connected(virtual_peripheral)
    state(panel).to_have_text("connected")
    bluetooth.set_power(False)
    expect_disconnected(virtual_peripheral)
    state(panel).to_have_text("disconnected")


def test_time_is_that_of_the_test(panel, virtual_peripheral, clock):
    state(panel).to_have_text("connected")
    panel.locator("#boil").click()
    expect_ble_write(virtual_peripheral, "FFB1")
    clock.advance(seconds=59)
    assert virtual_peripheral.degrees == 20
    clock.advance(seconds=2)
    expect(panel.locator("output")).to_have_text("100")


def test_a_second_phone_is_refused(panel, virtual_peripheral, new_panel):
    state(panel).to_have_text("connected")
    other = new_panel(user="anna")
    connect = '''(about) => h5PanelSdk.blueToothAdapter.init()
        .then(() => h5PanelSdk.blueToothAdapter.connectDevice(about))
        .then((device) => device.isConnected, (error) => error.code)'''
    about = {"deviceId": virtual_peripheral.address, "serviceId": virtual_peripheral.kettle.uuid}
    about |= {"deviceName": "kettle", "productId": "TESTLAMP01"}
    assert other.evaluate(connect, about) == 10003
    virtual_peripheral.drop()
    expect_disconnected(virtual_peripheral)
    assert other.evaluate(connect, about) is True


@pytest.mark.panel(peripherals=[])
def test_another_device(new_peripheral, panel):
    state(panel).to_have_text("connected")
    second = new_peripheral("kettle.py:Kettle")
    assert second.address == "C0:DE:00:00:00:02"


class Silent(Peripheral):
    name = "Nobody"


@pytest.mark.panel(peripherals=[Silent, LIGHT])
def test_devices_of_the_marker(panel, virtual_peripheral):
    assert virtual_peripheral.name == "Nobody"
    world = virtual_peripheral.world
    light = world.air.peripherals[1].peripheral
    assert (light.device_name, light.product_id) == ("dev01", "TESTLAMP01")
    assert light.binding is not None
    panel.evaluate('''async () => {
      const { blueToothAdapter: bluetooth, StandardDeviceAdapter, deviceName, productId } = h5PanelSdk
      const about = { deviceName, productId, serviceId: StandardDeviceAdapter.serviceId, disableCache: true }
      const found = await bluetooth.searchDevice(about)
      const device = await bluetooth.connectDevice({ ...found, productId })
      await device.authenticateConnection({ deviceName })
      await h5PanelSdk.controlDeviceData({ power_switch: 1 })
    }''')
    light = panel.world.air.peripherals[1]
    expect_authorized(light)
    expect_ble_write(light, "FFE2", "0000020001")
"""

FAILURES = """
from devkit.testing import expect_ble_write, expect_connected
import pytest


@pytest.fixture(autouse=True)
def impatient(request, panel_world):
    if "panel" in request.fixturenames:
        request.getfixturevalue("panel")
    panel_world.spec = panel_world.spec.replace(timeout=0.3)


def test_write(panel, virtual_peripheral):
    expect(panel.locator("#state")).to_have_text("connected")
    panel.locator("#boil").click()
    expect_ble_write(virtual_peripheral, "FFB1", "02")


def test_connected(panel, virtual_peripheral):
    expect(panel.locator("#state")).to_have_text("connected")
    virtual_peripheral.drop()
    expect_connected(virtual_peripheral)


def test_characteristic(virtual_peripheral):
    expect_ble_write(virtual_peripheral, "FFB9")


def test_fault(virtual_peripheral):
    virtual_peripheral.faults.out_of_rage = True


def test_hex(virtual_peripheral):
    virtual_peripheral.notify("FFB2", "xyz")


@pytest.mark.panel(peripherals=["kettle.py:Kettel"])
def test_class(virtual_peripheral):
    pass


@pytest.mark.panel(peripherals="kettle.py:Kettle")
def test_list(virtual_peripheral):
    pass
"""


@pytest.fixture
def kettle(project: Project) -> Project:
    (project.path / "kettle.py").write_text(KETTLE, "utf-8")
    text = 'product_id = "TESTLAMP01"\nperipherals = ["kettle.py:Kettle"]\n'
    (project.path / "devkit.toml").write_text(text, "utf-8")
    project.panel(PANEL)
    return project


def test_peripherals_in_the_hands_of_tests(kettle: Project) -> None:
    kettle.tests(STORY)
    kettle.run().assert_outcomes(passed=8)


def test_failures_say_what_came_instead(kettle: Project) -> None:
    kettle.tests(FAILURES)
    done = kettle.run()
    done.assert_outcomes(failed=5, errors=2)
    output = done.stdout.str()
    for text in (
        "FFB1 of Kettle was not written 02 within",
        "These values came: FFB1 01",
        "Kettle was not connected within",
        "Kettle has no characteristic FFB9.",
        "It has FFB1, FFB2.",
        "Kettle has no fault out_of_rage.",
        "'xyz' is not hex.",
        "Did you mean kettle.py:Kettle?",
        "peripherals= must be a list of file.py:Class texts or classes",
    ):
        assert text in output, output


def test_a_project_without_devices_is_told_how_to_name_one(project: Project) -> None:
    project.tests("def test_none(virtual_peripheral):\n    pass\n")
    done = project.run()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*No Bluetooth device is on the air.*", "*peripherals = *"])
