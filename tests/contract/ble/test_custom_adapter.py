"""A panel's own adapter, built on the official base class, and a thermometer written in Python."""

import pytest

from devkit.ble import VirtualCentral
from devkit.ble.profiles.thermometer import Thermometer
from tests.contract.ble.node_client import FakeCloud, NodeClient, StepError

pytestmark = pytest.mark.node

SERVICE = "0000FFF0-0000-1000-8000-00805F9B34FB"
MAC = "A1:B2:C3:D4:E5:F6"
DEVICE = {"deviceId": MAC, "serviceId": SERVICE, "deviceName": MAC, "productId": "THERMO0001", "name": "T"}


async def found(client: NodeClient) -> dict:
    return await client.run("search", deviceName=MAC, serviceId=SERVICE)


async def test_search_connect_and_measure(start) -> None:
    thermometer, other, cloud = Thermometer(interval_ms=0), Thermometer("A1:B2:C3:D4:E5:F7"), FakeCloud()
    async with start(thermometer, other, cloud=cloud) as client:
        info = await found(client)
        assert (info["deviceId"], info["name"]) == (MAC, "Thermometer")
        connected = await client.run("connect", **info)
        assert connected["isConnected"] is True
        assert connected["characteristics"] == {
            SERVICE: {
                "notifyIds": [SERVICE.replace("FFF0", "FFF2")],
                "writeIds": [SERVICE.replace("FFF0", "FFF1")],
                "indicateIds": [],
                "readIds": [],
            }
        }
        assert thermometer.measure(36.5)
        await client.until(lambda: client.heard("message"))
        (message,) = client.heard("message")
        assert message["celsius"] == 36.5
        assert message["dataReported"] is True
        assert cloud.of("AppReportDataAsDevice") == [
            {"DeviceId": f"THERMO0001/{MAC}", "Data": '{"temperature":36.5}'}
        ]
        await client.run("write", hex="D1D0")
        assert thermometer.value(thermometer.command) == b"\xd1\xd0"


async def test_the_adapter_learns_of_a_lost_connection_and_connects_again(start) -> None:
    thermometer = Thermometer(interval_ms=0)
    async with start(thermometer) as client:
        info = await found(client)
        await client.run("connect", **info)
        thermometer.drop()
        await client.until(lambda: client.heard("disconnect") and client.heard("bLEConnectionStateChange"))
        assert client.heard("bLEConnectionStateChange") == [{"connected": False}]
        with pytest.raises(StepError) as caught:
            await client.run("write", hex="01")
        assert caught.value.reason["errCode"] == caught.value.reason["code"] == 10006
        assert (await client.run("connect", **info))["isConnected"] is True
        assert client.heard("connect")
        await client.run("disconnect")
        await client.until(lambda: not thermometer.connected)


async def test_no_device_a_missing_one_and_a_closed_one(start) -> None:
    thermometer = Thermometer(interval_ms=0)
    async with start(thermometer) as client:
        assert await client.run("search", deviceName="nobody", timeout=50) is None
        with pytest.raises(StepError) as caught:
            await client.run("connect", **{**DEVICE, "deviceId": "00:00:00:00:00:00", "deviceName": "gone"})
        assert caught.value.reason["code"] == 10002
        thermometer.faults.refuse_connections = True
        with pytest.raises(StepError) as caught:
            await client.run("connect", **DEVICE)
        assert caught.value.reason["code"] == 10003


async def test_a_write_that_breaks_the_connection(start) -> None:
    thermometer = Thermometer(interval_ms=0)
    thermometer.faults.drop_on_write = 1
    async with start(thermometer) as client:
        await client.run("connect", **DEVICE)
        with pytest.raises(StepError) as caught:
            await client.run("write", hex="0102")
        assert caught.value.reason["code"] == 10006
        await client.until(lambda: client.heard("disconnect"))
        assert thermometer.value(thermometer.command) == b""


async def test_bluetooth_goes_off_and_on(start) -> None:
    thermometer = Thermometer(interval_ms=0)
    async with start(thermometer) as client:
        await client.run("connect", **DEVICE)
        client.central.set_power(False)
        off = {"available": False, "discovering": False}
        await client.until(lambda: client.heard("disconnect") and off in client.heard("adapterStateChange"))
        with pytest.raises(StepError) as caught:
            await found(client)
        assert caught.value.reason["code"] == 10001
        client.central.set_power(True)
        await client.run("connect", **await found(client))
        assert thermometer.connected


async def test_a_second_phone_is_refused(start) -> None:
    thermometer = Thermometer(interval_ms=0)
    async with start(thermometer) as client:
        other = VirtualCentral(thermometer.radio)
        await other.open()
        await other.connect(MAC)
        with pytest.raises(StepError) as caught:
            await client.run("connect", **DEVICE)
        assert caught.value.reason["code"] == 10003
        await other.aclose()
        assert (await client.run("connect", **DEVICE))["isConnected"] is True


@pytest.mark.parametrize("mode", ["h5"], indirect=True)
async def test_the_pages_messages_to_the_mini_program(start) -> None:
    async with start(Thermometer(interval_ms=0)) as client:
        await client.run("connect", **DEVICE)
        assert await client.run("rssi")
        assert [service["uuid"] for service in await client.run("services")] == [SERVICE]
        (report,) = client.heard("reportDeviceConnectStatus")
        assert report == {"connected": True, "explorerDeviceId": f"THERMO0001/{MAC}", "deviceId": MAC}
        client.push("connect", {})
        await client.run("disconnect")
        await client.until(lambda: len(client.heard("h5_mirror_disconnect")) == 1)
