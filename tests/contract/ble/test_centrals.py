"""One suite over every central: the virtual phone, bumble's stack, and bleak on a platform made of bumble.

The stacks are real; below them are bumble's virtual controllers instead of radios.
"""

import asyncio
from itertools import pairwise

import pytest

from devkit.ble import (
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
    att_error,
)
from devkit.ble.peripheral.gatt import wx_properties
from devkit.ble.uuids import full_uuid
from devkit.errors import BleError, GattError
from tests.contract.ble.centrals import KINDS, Phone, open_phone, open_world, until
from tests.helpers.ble import refused

ECHO, IN, OUT, BOTH, SURE, SECRET = (full_uuid(f"EE0{number}") for number in range(6))
pytestmark = pytest.mark.parametrize("kind", KINDS)


class Echo(Peripheral):
    """Sends back what it gets."""

    name = "Echo"
    advertising = Advertising(interval_ms=20, service_uuids=["EE00"], manufacturer_data=b"\xff\xff\x07")
    echo = Service("EE00")
    inlet = echo.characteristic("EE01", "write", "writeNoResponse")
    outlet = echo.characteristic("EE02", "notify")
    both = echo.characteristic("EE03", "read", "writeNoResponse", value=b"hello")
    sure = echo.characteristic("EE04", "indicate")
    secret = echo.characteristic("EE05", "read")

    def __init__(self, address: str = "", **options) -> None:
        super().__init__(address, **options)
        self.got: list[bytes] = []
        self.hanging = False

    @inlet.on_write
    async def take(self, value: bytes) -> None:
        if value == b"refuse":
            raise att_error(Att.INSUFFICIENT_AUTHORIZATION, "Not you.")
        if value == b"break":
            raise RuntimeError("broken")
        if value == b"hang":
            self.hanging = True
            await asyncio.Event().wait()
        self.got.append(value)
        if len(value) <= self.mtu - 3:
            self.notify(self.outlet, value)
            self.notify(self.sure, value[::-1])

    @secret.on_read
    def show(self) -> bytes:
        raise att_error(Att.INSUFFICIENT_AUTHENTICATION, "Pair first.")


async def ready(phone: Phone, echo: Echo) -> str:
    """Connect and subscribe."""
    await phone.central.connect(echo.address)
    await phone.central.set_notify(echo.address, ECHO, OUT)
    return echo.address


async def code_of(work) -> int:
    return (await refused(work)).err_code


async def test_nothing_works_before_opening(kind: str) -> None:
    async with open_world(kind, echo := Echo()) as world:
        central, at = (await world.phone()).central, echo.address
        for work in (
            central.state(), central.devices(), central.start_discovery(), central.stop_discovery(),
            central.connect(at), central.write(at, ECHO, IN, b"1"), central.rssi(at), central.mtu(at),
            central.connected_devices(),
        ):  # fmt: skip
            assert await code_of(work) == Code.NOT_INIT
        await central.open()
        await central.open()
        assert await central.state() == AdapterState(available=True, discovering=False)
        assert await code_of(central.write(at, ECHO, IN, b"1")) in (Code.NO_CONNECTION, Code.NO_DEVICE)
        await central.close()
        assert await code_of(central.state()) == Code.NOT_INIT
        assert echo.got == []


async def test_a_search_finds_by_service_and_reports_once(kind: str) -> None:
    class Other(Peripheral):
        advertising = Advertising(interval_ms=20, service_uuids=["EE0F", ECHO.replace("EE00", "EE77")])

    echo, other = Echo(), Other()
    async with open_phone(kind, echo, other) as (_, phone):
        central = phone.central
        await central.start_discovery(["EE00"])
        assert await central.state() == AdapterState(available=True, discovering=True)
        found: list = []
        while len(found) < 2:
            found = await central.devices()
            await asyncio.sleep(0.005)
        (event,) = phone.seen(DevicesFound)
        (device,) = event.devices
        assert (device.device_id, device.name) == (echo.address, "Echo")
        assert device.service_uuids == (ECHO,)
        assert device.manufacturer_data == b"\xff\xff\x07"
        assert -100 < device.rssi < 0
        assert {item.device_id: item.service_uuids for item in found}[other.address] == tuple(
            other.advertising.service_uuids
        )
        await central.stop_discovery()
        await central.stop_discovery()
        states = [AdapterState(available=True, discovering=searching) for searching in (True, False)]
        assert phone.seen(AdapterState) == states


async def test_duplicates_and_the_report_interval(kind: str) -> None:
    first, second = Echo(), Echo()
    async with open_phone(kind, first, second) as (_, phone):
        await phone.central.start_discovery(allow_duplicates=True)
        await phone.until(lambda: len(phone.seen(DevicesFound)) > 5)
        phone.events.clear()
        await phone.central.start_discovery(allow_duplicates=True, interval_ms=250)
        await phone.until(lambda: len(phone.seen(DevicesFound)) > 1)
        assert len(phone.seen(DevicesFound)[1].devices) == 2
        assert not phone.seen(AdapterState)
        assert await code_of(phone.central.start_discovery(["nonsense"])) == Code.INVALID_DATA


async def test_connecting_and_who_else_may(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (world, phone):
        world.limit_ms = 200
        at, second = echo.address, await world.phone()
        await second.central.open()
        await second.central.start_discovery()
        await until(lambda: second.seen(DevicesFound))
        await second.central.stop_discovery()
        await phone.central.connect(at)
        assert phone.events == [ConnectionChanged(at, connected=True)]
        await until(lambda: echo.connected)
        assert await code_of(phone.central.connect(at)) == Code.ALREADY_CONNECTED
        assert await code_of(second.central.connect(at)) == Code.CONNECTION_FAIL
        assert await code_of(second.central.write(at, ECHO, IN, b"not yours")) == Code.NO_CONNECTION
        assert [item.device_id for item in await phone.central.connected_devices(["EE00"])] == [at]
        assert await phone.central.connected_devices(["180D"]) == []
        await phone.central.disconnect(at)
        assert phone.events[-1] == ConnectionChanged(at, connected=False)
        await until(lambda: not echo.connected)
        await second.central.connect(at, timeout_ms=20_000)
        await second.central.write(at, ECHO, IN, b"mine now")
        assert echo.got == [b"mine now"]


async def test_services_and_characteristics(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        await phone.central.connect(echo.address)
        assert [item.uuid for item in await phone.central.services(echo.address)] == [ECHO]
        found = {
            item.uuid: item.properties for item in await phone.central.characteristics(echo.address, "ee00")
        }
        assert list(found) == [IN, OUT, BOTH, SURE, SECRET]
        assert found == {item.uuid: wx_properties(item.properties) for item in echo.echo.characteristics}


async def test_an_answer_comes_before_the_notification_that_it_caused(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        order: list[str] = []
        phone.central.subscribe(
            lambda event: order.append(event.value.decode()) if isinstance(event, ValueChanged) else None
        )
        for turn in range(10):
            await phone.central.write(at, ECHO, IN, f"{turn}".encode())
            order.append(f"answer {turn}")
        await phone.until(lambda: len(order) == 20)
        places = [order.index(f"answer {turn}") for turn in range(10)]
        assert all(order.index(f"{turn}") > place for turn, place in enumerate(places))
        assert [word for word in order if len(word) == 1] == [f"{turn}" for turn in range(10)]


async def test_many_notifications_keep_their_order(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        await ready(phone, echo)
        for number in range(100):
            assert echo.notify(echo.outlet, bytes([number]))
        writes = [phone.central.write(echo.address, ECHO, IN, b"w%d" % number) for number in range(5)]
        await asyncio.gather(*writes)
        await phone.until(lambda: len(phone.seen(ValueChanged)) == 105)
        values = [event.value for event in phone.seen(ValueChanged)]
        assert [value for value in values if len(value) == 1] == [bytes([number]) for number in range(100)]
        assert echo.got == [b"w%d" % number for number in range(5)]


async def test_reading_returns_the_value_and_sends_it_too(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        assert await phone.central.read(at, ECHO, BOTH) == b"hello"
        await phone.until(lambda: phone.seen(ValueChanged) == [ValueChanged(at, ECHO, BOTH, b"hello")])
        long = bytes(range(256)) * 2
        echo.set_value(echo.both, long)
        assert await phone.central.read(at, ECHO, BOTH) == long


async def test_indications_and_the_end_of_listening(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        await phone.central.set_notify(at, ECHO, SURE)
        await phone.central.write(at, ECHO, IN, b"abc")
        await phone.until(lambda: len(phone.seen(ValueChanged)) == 2)
        assert phone.seen(ValueChanged) == [
            ValueChanged(at, ECHO, OUT, b"abc"), ValueChanged(at, ECHO, SURE, b"cba"),
        ]  # fmt: skip
        await phone.central.set_notify(at, ECHO, OUT, enabled=False)
        assert not echo.subscribed(echo.outlet)
        await phone.central.write(at, ECHO, IN, b"xyz")
        await phone.until(lambda: len(phone.seen(ValueChanged)) == 3)
        assert phone.seen(ValueChanged)[-1] == ValueChanged(at, ECHO, SURE, b"zyx")
        await phone.central.set_notify(at, ECHO, OUT)
        await phone.central.write(at, ECHO, IN, b"again")
        await phone.until(lambda: ValueChanged(at, ECHO, OUT, b"again") in phone.events)
        assert phone.events.count(ValueChanged(at, ECHO, OUT, b"again")) == 1


async def test_wrong_calls_have_wechats_codes(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at, central = await ready(phone, echo), phone.central
        most = await central.mtu(at) - 3
        for work, code in (
            (central.read(at, ECHO, OUT), Code.NOT_SUPPORTED),
            (central.set_notify(at, ECHO, IN), Code.NOT_SUPPORTED),
            (central.write(at, ECHO, OUT, b"1"), Code.NOT_SUPPORTED),
            (central.write(at, ECHO, BOTH, b"1", with_response=True), Code.NOT_SUPPORTED),
            (central.write(at, ECHO, BOTH, bytes(most + 1)), Code.SYSTEM_ERROR),
            (central.write(at, ECHO, IN, bytes(513)), Code.SYSTEM_ERROR),
            (central.write(at, ECHO, IN, b""), Code.INVALID_DATA),
            (central.write(at, "EE0F", IN, b"1"), Code.NO_SERVICE),
            (central.characteristics(at, "EE0F"), Code.NO_SERVICE),
            (central.write(at, ECHO, "EE0F", b"1"), Code.NO_CHARACTERISTIC),
            (central.write(at, "service", IN, b"1"), Code.INVALID_DATA),
            (central.write(at, ECHO, "1", b"1"), Code.INVALID_DATA),
            (central.connect(""), Code.INVALID_DATA),
            (central.disconnect("00:00:00:00:00:00"), Code.NO_DEVICE),
            (central.set_mtu(at, 22), Code.INVALID_DATA),
            (central.set_mtu(at, 513), Code.INVALID_DATA),
            (central.set_mtu(at, "100"), Code.INVALID_DATA),
        ):
            error = await refused(work)
            assert error.err_code == code
            assert error.message.endswith(".")
        assert echo.got == []
        await central.write(at, ECHO, IN, b"fine")
        assert echo.got == [b"fine"]


async def test_a_device_that_nobody_heard_of(kind: str) -> None:
    async with open_phone(kind, limit_ms=100) as (_, phone):
        assert await code_of(phone.central.connect("C0:00:00:00:00:00")) == Code.NO_DEVICE


async def test_a_search_begun_while_a_device_is_looked_for_goes_on(kind: str) -> None:
    async with open_phone(kind, Echo(), limit_ms=200) as (_, phone):
        looking = asyncio.ensure_future(phone.central.connect("C0:00:00:00:00:00"))
        await asyncio.sleep(0)
        await phone.central.start_discovery(allow_duplicates=True)
        assert await code_of(looking) == Code.NO_DEVICE
        phone.events.clear()
        await phone.until(lambda: phone.seen(DevicesFound))


async def test_refused_and_broken_requests(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        for value, status in ((b"refuse", Att.INSUFFICIENT_AUTHORIZATION), (b"break", Att.UNLIKELY_ERROR)):
            error = await refused(phone.central.write(at, ECHO, IN, value))
            assert isinstance(error, GattError)
            assert (error.err_code, error.att_code) == (Code.SYSTEM_ERROR, status)
        error = await refused(phone.central.read(at, ECHO, SECRET))
        assert isinstance(error, GattError)
        assert (error.err_code, error.att_code) == (Code.NEED_PIN, Att.INSUFFICIENT_AUTHENTICATION)
        await phone.central.write(at, ECHO, IN, b"still there")
        assert echo.got == [b"still there"]
        assert "broken" in caplog.text


async def test_the_mtu_is_the_smaller_wish(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at, central = await ready(phone, echo), phone.central
        long = bytes(range(200))
        await central.write(at, ECHO, IN, long)
        assert echo.got == [long]
        assert await central.set_mtu(at, 512) == await central.mtu(at) == echo.mtu == echo.max_mtu
        assert echo.notify(echo.outlet, bytes(244))
        await phone.until(lambda: ValueChanged(at, ECHO, OUT, bytes(244)) in phone.events)
        with pytest.raises(BleError, match="an MTU of 247 carries 244"):
            echo.notify(echo.outlet, bytes(245))
        await central.write(at, ECHO, BOTH, bytes(244))
        await phone.until(lambda: echo.value(echo.both) == bytes(244))
        await central.disconnect(at)
        await phone.until(lambda: echo.mtu == 23)
        assert await code_of(central.mtu(at)) == Code.NO_CONNECTION


async def test_connections_that_the_device_ends(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        echo.notify(echo.outlet, b"bye")
        echo.disconnect()
        await phone.until(lambda: ConnectionChanged(at, connected=False) in phone.events)
        assert phone.events[-2:] == [
            ValueChanged(at, ECHO, OUT, b"bye"), ConnectionChanged(at, connected=False),
        ]  # fmt: skip
        assert await code_of(phone.central.write(at, ECHO, IN, b"1")) == Code.NO_CONNECTION
        assert not echo.notify(echo.outlet, b"nobody listens")
        await ready(phone, echo)
        echo.faults.drop_on_write = 2
        await phone.central.write(at, ECHO, IN, b"one")
        assert await code_of(phone.central.write(at, ECHO, IN, b"two")) == Code.NO_CONNECTION
        assert echo.got == [b"one"]
        await ready(phone, echo)
        hanging = asyncio.ensure_future(phone.central.write(at, ECHO, IN, b"hang"))
        await phone.until(lambda: echo.hanging)
        assert not hanging.done()
        echo.drop()
        assert await code_of(hanging) == Code.NO_CONNECTION
        assert phone.seen(ConnectionChanged)[-1] == ConnectionChanged(at, connected=False)


async def test_a_device_that_does_not_answer(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (world, phone):
        at = await ready(phone, echo)
        world.limit_ms = 200
        hasty = await world.phone()
        await hasty.central.open()
        await hasty.central.start_discovery()
        await phone.central.disconnect(at)
        await until(lambda: hasty.seen(DevicesFound))
        world.radio.timings = Timings(connect_timeout_ms=200)
        echo.faults.out_of_range = True
        await phone.until(lambda: not world.advertises(echo))
        assert await code_of(phone.central.connect(at, timeout_ms=100)) == Code.TIMED_OUT
        assert await code_of(hasty.central.connect(at)) == Code.CONNECTION_FAIL
        echo.faults.out_of_range = False
        await phone.central.connect(at, timeout_ms=20_000)
        assert echo.connected


async def test_bluetooth_off_at_the_start(kind: str) -> None:
    async with open_world(kind, echo := Echo()) as world:
        phone = await world.phone(on=False)
        assert await code_of(phone.central.open()) == Code.NOT_AVAILABLE
        assert await phone.central.state() == AdapterState(available=False, discovering=False)
        assert await code_of(phone.central.start_discovery()) in (Code.NOT_AVAILABLE, Code.NOT_INIT)
        phone.switch(True)
        await phone.central.open()
        assert await phone.central.state() == AdapterState(available=True, discovering=False)
        await ready(phone, echo)


async def test_bluetooth_off_in_the_middle(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        at = await ready(phone, echo)
        hanging = asyncio.ensure_future(phone.central.write(at, ECHO, IN, b"hang"))
        await phone.until(lambda: echo.hanging)
        phone.switch(False)
        assert await code_of(hanging) == Code.NO_CONNECTION
        await phone.until(lambda: ConnectionChanged(at, connected=False) in phone.events)
        await phone.until(lambda: not echo.connected)
        assert await code_of(phone.central.start_discovery()) == Code.NOT_AVAILABLE
        assert await code_of(phone.central.connect(at)) == Code.NOT_AVAILABLE
        assert phone.seen(AdapterState)[-1] == AdapterState(available=False, discovering=False)
        assert await phone.central.state() == AdapterState(available=False, discovering=False)
        phone.switch(True)
        await phone.central.open()
        assert phone.seen(AdapterState)[-1] == AdapterState(available=True, discovering=False)
        await ready(phone, echo)
        await phone.central.write(at, ECHO, IN, b"back")
        assert echo.got == [b"back"]


async def test_a_storm_of_connections_leaves_the_device_whole(kind: str) -> None:
    async with open_phone(kind, echo := Echo()) as (_, phone):
        for turn in range(12):
            at = await ready(phone, echo)
            await phone.central.write(at, ECHO, IN, bytes([turn]))
            await phone.central.disconnect(at) if turn % 2 else echo.drop()
            await phone.until(lambda: not echo.connected)
            await phone.until(lambda turn=turn: len(phone.seen(ConnectionChanged)) == 2 * turn + 2)
        assert echo.got == [bytes([turn]) for turn in range(12)]
        assert all(a.connected != b.connected for a, b in pairwise(phone.seen(ConnectionChanged)))
        both = await asyncio.gather(
            phone.central.connect(echo.address), phone.central.connect(echo.address), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in both) == ["BleError", "NoneType"]


async def test_two_devices_at_once_and_closing_ends_all(kind: str) -> None:
    first, second = Echo(), Echo()
    async with open_phone(kind, first, second) as (world, phone):
        frames: list = []
        world.radio.on_frame = frames.append
        await asyncio.gather(ready(phone, first), ready(phone, second))
        for echo, value in ((first, b"1"), (second, b"2")):
            await phone.central.write(echo.address, ECHO, IN, value)
        await phone.until(lambda: len(phone.seen(ValueChanged)) == 2)
        assert (first.got, second.got) == ([b"1"], [b"2"])
        assert -100 < await phone.central.rssi(first.address) < 0
        assert {(frame.address, frame.kind) for frame in frames} == {
            (echo.address, what) for echo in (first, second) for what in ("write", "notify")
        }
        await phone.central.close()
        assert len(phone.seen(ConnectionChanged)) == 4
        await phone.until(lambda: not first.connected and not second.connected)
        await phone.central.open()
        assert await phone.central.devices() == []
