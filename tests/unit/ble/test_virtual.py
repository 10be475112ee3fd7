"""The virtual phone: searching, connecting, GATT, and what WeChat answers when something is wrong."""

import asyncio

import pytest

from devkit.ble import (
    TYPICAL,
    AdapterState,
    Advertising,
    Att,
    Code,
    ConnectionChanged,
    DevicesFound,
    Peripheral,
    Service,
    Timings,
    ValueChanged,
    VirtualCentral,
    att_error,
)
from devkit.ble.refusals import wx_failure
from devkit.ble.uuids import full_uuid, short_uuid
from devkit.errors import BleError, GattError
from tests.helpers.ble import open_lab, refused

ECHO, IN, OUT, BOTH = (full_uuid(word) for word in ("EE00", "EE01", "EE02", "EE03"))


class Echo(Peripheral):
    """Sends back what it gets."""

    name = "Echo"
    advertising = Advertising(interval_ms=100, service_uuids=["EE00"])
    echo = Service("EE00")
    inlet = echo.characteristic("EE01", "write", "writeNoResponse")
    outlet = echo.characteristic("EE02", "notify")
    quick = echo.characteristic("EE03", "read", "writeNoResponse", value=b"hello")

    def __init__(self, address: str = "", **options) -> None:
        super().__init__(address, **options)
        self.got: list[bytes] = []

    @inlet.on_write
    async def take(self, value: bytes) -> None:
        if value == b"refuse":
            raise att_error(Att.INSUFFICIENT_AUTHORIZATION, "Not you.")
        if value == b"break":
            raise RuntimeError("broken")
        if value == b"hang":
            await asyncio.Event().wait()
        self.got.append(value)
        self.notify(self.outlet, value)


async def ready(lab, peripheral) -> str:
    """Connect and subscribe."""
    await lab.central.connect(peripheral.address)
    await lab.central.set_notify(peripheral.address, ECHO, OUT)
    return peripheral.address


async def test_a_search_finds_by_service_and_reports_each_device_once() -> None:
    other = Peripheral()
    async with open_lab(Echo(), other) as lab:
        await lab.central.start_discovery(["EE00"])
        assert (await lab.central.state()) == AdapterState(available=True, discovering=True)
        await lab.wait(1000)
        (found,) = lab.seen(DevicesFound)
        assert [device.name for device in found.devices] == ["Echo"]
        assert found.devices[0].service_uuids == (ECHO,)
        assert {device.name for device in await lab.central.devices()} == {"Echo", ""}
        await lab.central.stop_discovery()
        assert lab.seen(AdapterState)[-1] == AdapterState(available=True, discovering=False)


async def test_duplicates_follow_the_advertising_interval() -> None:
    async with open_lab(Echo()) as lab:
        await lab.central.start_discovery(allow_duplicates=True)
        await lab.wait(950)
        assert len(lab.seen(DevicesFound)) == 10


async def test_reports_are_gathered_for_the_report_interval() -> None:
    async with open_lab(Echo(), Echo()) as lab:
        await lab.central.start_discovery(allow_duplicates=True, interval_ms=500)
        await lab.wait(1400)
        sizes = [len(event.devices) for event in lab.seen(DevicesFound)]
        assert sizes == [1, 2, 2]


async def test_the_same_seed_gives_the_same_packets() -> None:
    async def strengths(seed: int) -> list[int]:
        async with open_lab(Echo(distance=3), seed=seed) as lab:
            await lab.central.start_discovery(allow_duplicates=True)
            await lab.wait(1000)
            return [event.devices[0].rssi for event in lab.seen(DevicesFound)]

    first = await strengths(1)
    assert first == await strengths(1)
    assert first != await strengths(2)
    assert -80 < sum(first) / len(first) < -60


async def test_a_slow_discovery_and_a_device_that_comes_near() -> None:
    slow, far = Echo(), Echo(distance=1000)
    slow.faults.discovery_delay_ms = 3000
    async with open_lab(slow, far) as lab:
        await lab.central.start_discovery()
        await lab.wait(2900)
        assert await lab.central.devices() == []
        await lab.wait(200)
        assert [device.device_id for device in await lab.central.devices()] == [slow.address]
        far.move(5)
        await lab.wait(200)
        assert len(await lab.central.devices()) == 2


async def test_a_connected_peripheral_is_silent_and_takes_nobody_else() -> None:
    async with open_lab(Echo()) as lab:
        (address,) = lab.radio.peripherals
        await lab.central.connect(address)
        assert lab.events == [ConnectionChanged(address, connected=True)]
        await lab.central.start_discovery()
        await lab.wait(500)
        assert await lab.central.devices() == []
        second = VirtualCentral(lab.radio)
        await second.open()
        assert (await refused(second.connect(address))).err_code == Code.CONNECTION_FAIL
        assert (await refused(lab.central.connect(address))).err_code == Code.ALREADY_CONNECTED
        await second.aclose()


async def test_services_and_characteristics() -> None:
    async with open_lab(Echo()) as lab:
        address = next(iter(lab.radio.peripherals))
        await lab.central.connect(address)
        assert [service.uuid for service in await lab.central.services(address)] == [ECHO]
        found = {item.uuid: item.properties for item in await lab.central.characteristics(address, "ee00")}
        assert list(found) == [IN, OUT, BOTH]
        assert found[OUT]["notify"] is True
        assert found[OUT]["write"] is False
        assert found[BOTH] == {
            "read": True, "write": True, "notify": False, "indicate": False,
            "writeNoResponse": True, "writeDefault": False,
        }  # fmt: skip


async def test_an_answer_comes_before_the_notification_that_it_caused() -> None:
    order = []
    async with open_lab(Echo()) as lab:
        address = await ready(lab, next(iter(lab.radio.peripherals.values())))
        lab.central.subscribe(
            lambda event: order.append("value") if isinstance(event, ValueChanged) else None
        )
        await lab.central.write(address, ECHO, IN, b"one")
        order.append("answer")
        await lab.wait()
        assert order == ["answer", "value"]
        assert lab.seen(ValueChanged)[-1] == ValueChanged(address, ECHO, OUT, b"one")


async def test_reading_returns_the_value_and_sends_it_too() -> None:
    async with open_lab(Echo()) as lab:
        address = await ready(lab, next(iter(lab.radio.peripherals.values())))
        assert await lab.central.read(address, ECHO, BOTH) == b"hello"
        assert lab.seen(ValueChanged) == [ValueChanged(address, ECHO, BOTH, b"hello")]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda c, a: c.read(a, ECHO, OUT), Code.NOT_SUPPORTED),
        (lambda c, a: c.set_notify(a, ECHO, IN), Code.NOT_SUPPORTED),
        (lambda c, a: c.write(a, ECHO, OUT, b"1"), Code.NOT_SUPPORTED),
        (lambda c, a: c.write(a, ECHO, BOTH, b"1", with_response=True), Code.NOT_SUPPORTED),
        (lambda c, a: c.write(a, ECHO, BOTH, bytes(21)), Code.SYSTEM_ERROR),
        (lambda c, a: c.write(a, ECHO, IN, bytes(513)), Code.SYSTEM_ERROR),
        (lambda c, a: c.write(a, ECHO, IN, b""), Code.INVALID_DATA),
        (lambda c, a: c.write(a, "EE0F", IN, b"1"), Code.NO_SERVICE),
        (lambda c, a: c.characteristics(a, "EE0F"), Code.NO_SERVICE),
        (lambda c, a: c.write(a, ECHO, "EE0F", b"1"), Code.NO_CHARACTERISTIC),
        (lambda c, a: c.write(a, "service", IN, b"1"), Code.INVALID_DATA),
        (lambda c, a: c.connect(""), Code.INVALID_DATA),
        (lambda c, a: c.connect("00:00:00:00:00:00"), Code.NO_DEVICE),
        (lambda c, a: c.set_mtu(a, 22), Code.INVALID_DATA),
        (lambda c, a: c.set_mtu(a, 513), Code.INVALID_DATA),
        (lambda c, a: c.set_mtu(a, "100"), Code.INVALID_DATA),
    ],
)
async def test_wrong_calls_have_wechats_codes(call, code: Code) -> None:
    async with open_lab(Echo()) as lab:
        address = await ready(lab, next(iter(lab.radio.peripherals.values())))
        error = await refused(call(lab.central, address))
        assert error.err_code == code
        assert error.message.endswith(".")
        assert lab.radio.peripherals[address].got == []


async def test_calls_before_opening_and_connecting() -> None:
    async with open_lab(Echo()) as lab:
        address = next(iter(lab.radio.peripherals))
        assert (await refused(lab.central.write(address, ECHO, IN, b"1"))).err_code == Code.NO_CONNECTION
        assert (await refused(lab.central.rssi(address))).err_code == Code.NO_CONNECTION
        await lab.central.close()
        for call in (lab.central.state(), lab.central.devices(), lab.central.connect(address)):
            assert (await refused(call)).err_code == Code.NOT_INIT


async def test_refused_and_broken_writes() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        address = await ready(lab, peripheral)
        error = await refused(lab.central.write(address, ECHO, IN, b"refuse"))
        assert isinstance(error, GattError)
        assert wx_failure("writeBLECharacteristicValue", error) == {
            "errCode": 10008,
            "errMsg": "writeBLECharacteristicValue:fail system error, status:8",
            "detail": "Not you.",
        }
        error = await refused(lab.central.write(address, ECHO, IN, b"break"))
        assert "Echo failed: broken" in str(error)
        await lab.central.write(address, ECHO, IN, b"still there")
        assert peripheral.got == [b"still there"]


async def test_the_mtu_is_the_smaller_wish_and_limits_notifications() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        address = await ready(lab, peripheral)
        with pytest.raises(BleError, match="an MTU of 23 carries 20"):
            peripheral.notify(peripheral.outlet, bytes(21))
        assert await lab.central.set_mtu(address, 512) == 247
        assert await lab.central.mtu(address) == peripheral.mtu == 247
        assert peripheral.notify(peripheral.outlet, bytes(244))
        await lab.central.disconnect(address)
        assert peripheral.mtu == 23


async def test_a_write_that_breaks_the_connection() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        address = await ready(lab, peripheral)
        peripheral.faults.drop_on_write = 2
        await lab.central.write(address, ECHO, IN, b"one")
        error = await refused(lab.central.write(address, ECHO, IN, b"two"))
        assert error.err_code == Code.NO_CONNECTION
        assert peripheral.got == [b"one"]
        assert lab.seen(ConnectionChanged)[-1] == ConnectionChanged(address, connected=False)
        await ready(lab, peripheral)
        await lab.central.write(address, ECHO, IN, b"three")
        assert peripheral.got == [b"one", b"three"]


async def test_a_hanging_handler_ends_with_the_connection() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        address = await ready(lab, peripheral)
        write = asyncio.ensure_future(lab.central.write(address, ECHO, IN, b"hang"))
        await lab.wait(100)
        assert not write.done()
        peripheral.drop()
        assert (await refused(write)).err_code == Code.NO_CONNECTION


async def test_lost_notifications() -> None:
    frames = []
    async with open_lab(Echo()) as lab:
        lab.radio.on_frame = frames.append
        peripheral = next(iter(lab.radio.peripherals.values()))
        await ready(lab, peripheral)
        peripheral.faults.lose_notifications = 1
        peripheral.notify(peripheral.outlet, b"1")
        peripheral.notify(peripheral.outlet, b"2")
        await lab.wait()
        assert [event.value for event in lab.seen(ValueChanged)] == [b"2"]
        assert [(frame.kind, frame.value) for frame in frames] == [("lost", b"1"), ("notify", b"2")]


async def test_a_device_says_goodbye_after_its_last_word() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        await ready(lab, peripheral)
        peripheral.notify(peripheral.outlet, b"bye")
        peripheral.disconnect()
        await lab.wait()
        assert [type(event) for event in lab.events[-2:]] == [ValueChanged, ConnectionChanged]
        assert not peripheral.notify(peripheral.outlet, b"nobody listens")


async def test_going_out_of_range_ends_the_connection_after_the_supervision_time() -> None:
    async with open_lab(Echo(), timings=Timings(supervision_ms=4000)) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        await ready(lab, peripheral)
        peripheral.faults.out_of_range = True
        peripheral.check_range()
        await lab.wait(3999)
        assert peripheral.connected
        await lab.wait(1)
        assert not peripheral.connected
        connecting = asyncio.ensure_future(lab.central.connect(peripheral.address, timeout_ms=2000))
        await lab.wait(2000)
        assert (await refused(connecting)).err_code == Code.TIMED_OUT
        connecting = asyncio.ensure_future(lab.central.connect(peripheral.address))
        await lab.wait(10_000)
        assert (await refused(connecting)).err_code == Code.CONNECTION_FAIL


async def test_timings_are_the_clocks() -> None:
    async with open_lab(Echo(), timings=TYPICAL) as lab:
        address = next(iter(lab.radio.peripherals))
        connecting = asyncio.ensure_future(lab.central.connect(address))
        await lab.wait(299)
        assert not connecting.done()
        await lab.wait(1)
        await connecting
        hasty = asyncio.ensure_future(lab.central.write(address, ECHO, IN, b"1"))
        await lab.wait(TYPICAL.request_ms)
        await hasty


async def test_bluetooth_off_at_the_start_and_in_the_middle() -> None:
    async with open_lab(Echo()) as lab:
        off = VirtualCentral(lab.radio, powered=False)
        states = []
        off.subscribe(states.append)
        assert (await refused(off.open())).err_code == Code.NOT_AVAILABLE
        assert (await off.state()) == AdapterState(available=False, discovering=False)
        off.set_power(True)
        assert states == [AdapterState(available=True, discovering=False)]
        address = next(iter(lab.radio.peripherals))
        await off.connect(address)
        await off.start_discovery()
        off.set_power(False)
        assert states[-1] == AdapterState(available=False, discovering=False)
        assert not lab.radio.peripherals[address].connected
        assert (await refused(off.connect(address))).err_code == Code.NOT_AVAILABLE
        await off.aclose()


async def test_bluetooth_off_while_connecting() -> None:
    async with open_lab(Echo(), timings=TYPICAL) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        connecting = asyncio.ensure_future(lab.central.connect(peripheral.address))
        await lab.wait(100)
        lab.central.set_power(False)
        await lab.wait(1000)
        assert (await refused(connecting)).err_code == Code.NOT_AVAILABLE
        assert not peripheral.connected
        assert lab.events == [AdapterState(available=False, discovering=False)]


async def test_a_device_that_hangs_up_at_once() -> None:
    class Shy(Echo):
        def on_connect(self) -> None:
            self.drop()

    async with open_lab(Shy()) as lab:
        address = next(iter(lab.radio.peripherals))
        assert (await refused(lab.central.connect(address))).err_code == Code.CONNECTION_FAIL
        assert lab.events == []
        assert await lab.central.connected_devices() == []


async def test_a_packet_that_says_less_than_the_one_before() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        await lab.central.start_discovery(allow_duplicates=True)
        await lab.wait(50)
        peripheral.advertising = Advertising(manufacturer_data=b"\xff\xff")
        await lab.wait(100)
        (device,) = await lab.central.devices()
        assert (device.service_uuids, device.manufacturer_data) == ((), b"\xff\xff")


async def test_a_phone_without_low_energy() -> None:
    async with open_lab(Echo()) as lab:
        old = VirtualCentral(lab.radio, supported=False)
        assert (await refused(old.open())).err_code == Code.SYSTEM_NOT_SUPPORTED
        old.set_power(True)
        assert (await old.state()) == AdapterState(available=False, discovering=False)


async def test_a_storm_of_connections_leaves_the_peripheral_whole() -> None:
    async with open_lab(Echo()) as lab:
        peripheral = next(iter(lab.radio.peripherals.values()))
        for turn in range(200):
            address = await ready(lab, peripheral)
            await lab.central.write(address, ECHO, IN, bytes([turn]))
            (peripheral.drop if turn % 2 else peripheral.disconnect)()
            await lab.wait()
        assert len(peripheral.got) == 200
        assert len(lab.seen(ConnectionChanged)) == 400
        both = await asyncio.gather(
            lab.central.connect(peripheral.address),
            lab.central.connect(peripheral.address),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in both) == ["BleError", "NoneType"]


async def test_leaving_the_air_stops_a_peripheral() -> None:
    class Ticker(Peripheral):
        ticks = 0

        async def run(self) -> None:
            while True:
                await self.sleep(10)
                self.ticks += 1

    async with open_lab(Ticker()) as lab:
        (address, ticker), = lab.radio.peripherals.items()  # fmt: skip
        await lab.wait(35)
        await lab.radio.remove(address)
        await lab.wait(100)
        assert ticker.ticks == 3


async def test_mistakes_of_declarations_are_named() -> None:
    with pytest.raises(ValueError, match="20 to 10240"):
        Advertising(interval_ms=5)
    with pytest.raises(ValueError, match="FFF0"):
        full_uuid("FFF")
    service = Service("EE00")
    service.characteristic("EE01", "read")
    with pytest.raises(ValueError, match="has the characteristic"):
        service.characteristic("EE01", "read")
    with pytest.raises(ValueError, match="writeNoResponse"):
        Service("EE00").characteristic("EE01", "wirte")
    with pytest.raises(BleError, match="not on the air"):
        Echo().now_ms()
    async with open_lab() as lab:
        with pytest.raises(BleError, match="not a Bluetooth address"):
            lab.radio.add(Echo("nonsense"))
        lab.radio.add(Echo("A1:B2:C3:D4:E5:F6"))
        with pytest.raises(BleError, match="Two peripherals"):
            lab.radio.add(Echo("A1:B2:C3:D4:E5:F6"))
    assert short_uuid(full_uuid("0000fff0")) == "FFF0"


async def test_a_failing_listener_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: object) -> None:
        raise RuntimeError("broken listener")

    async with open_lab() as lab:
        lab.central.subscribe(fail)
        seen = []
        end = lab.central.subscribe(seen.append)
        address = lab.radio.add(Echo()).address
        await lab.central.connect(address)
        end()
        end()
        await lab.central.disconnect(address)
        assert seen == [ConnectionChanged(address, connected=True)]
        assert "broken listener" in caplog.text


async def test_peripherals_come_and_go_during_a_search() -> None:
    async with open_lab(Echo()) as lab:
        await lab.central.start_discovery(allow_duplicates=True)
        await lab.wait(50)
        late = lab.radio.add(Echo())
        await lab.wait(200)
        assert late.address in {device.device_id for device in await lab.central.devices()}
        await lab.radio.remove(late.address)
        before = len(lab.seen(DevicesFound))
        await lab.wait(1000)
        heard = {device.device_id for event in lab.seen(DevicesFound)[before:] for device in event.devices}
        assert heard == set(lab.radio.peripherals)
