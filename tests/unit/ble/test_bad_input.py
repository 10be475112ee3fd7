"""Wild packets, frames and orders: documented errors at most, and devices that stay as they were."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.ble import Advertising, Code, ConnectionChanged, Peripheral, VirtualCentral
from devkit.ble.central.apis import device_entry
from devkit.ble.central.events import DevicesFound, FoundDevice, ValueChanged
from devkit.ble.central.search import Search
from devkit.ble.llsync import LLSyncCentral, OtaPlan
from devkit.ble.llsync.codes import DATA, EVENT, INFO, OTA, SERVICE, DataKind, Info
from devkit.ble.llsync.frames import PiecePlace, cut, length_word
from devkit.ble.llsync.identity import connect_request_signature
from devkit.ble.llsync.ota_sender import Terms
from devkit.ble.llsync.registration import Registration, unsealed_key
from devkit.ble.llsync.tlv import decode, defines_of, encode
from devkit.ble.profiles.light import LLSyncLight
from devkit.ble.stacks.bumble import BumbleStack
from devkit.ble.stacks.stack import StackEvents
from devkit.errors import BleError
from tests.helpers.ble import open_lab, refused
from tests.helpers.llsync import MAC, NAME, PRODUCT, authorize, meet, model, say

MODEL = model()
BYTES = st.binary(max_size=80)


def light(**options) -> LLSyncLight:
    return LLSyncLight(MODEL, PRODUCT, NAME, user_id="u", address=MAC, **options)


class Deaf:
    """A central that only listens."""

    def subscribe(self, listener):
        self.listener = listener
        return lambda: None


@given(st.lists(BYTES, max_size=12))
def test_an_app_takes_any_notification(values: list[bytes]) -> None:
    async def hear() -> None:
        central, replies = Deaf(), []
        app = LLSyncCentral(central, MODEL, PRODUCT)
        app._reply = replies.append
        app.device_id = MAC
        for value in values:
            central.listener(ValueChanged(MAC, SERVICE, EVENT, value))
        reports: list[dict] = []
        app.on_report = reports.append
        central.listener(ValueChanged(MAC, SERVICE, EVENT, bytes.fromhex("0000020001")))
        assert reports == [{"power_switch": 1}]

    asyncio.run(hear())


@given(BYTES)
def test_any_terms_registration_or_key_is_read_or_refused(data: bytes) -> None:
    for read in (Terms.read, Registration.read, lambda payload: unsealed_key(payload, "secret")):
        try:
            read(data)
        except BleError as error:
            if error.err_code not in (Code.INVALID_DATA, Code.SYSTEM_ERROR):
                raise


@given(BYTES, st.integers(-128, 127))
def test_any_packet_of_a_real_radio_is_a_device(data: bytes, rssi: int) -> None:
    from bumble.device import Advertisement
    from bumble.hci import Address

    heard: list[FoundDevice] = []

    async def hear() -> None:
        stack = BumbleStack("none")
        stack._events = StackEvents(heard.append, lambda reason: None)
        stack._heard(Advertisement(Address("C0:00:00:00:00:01"), rssi=rssi, data_bytes=data))

    asyncio.run(hear())
    (device,) = heard
    assert device_entry(device)["deviceId"] == "C0:00:00:00:00:01"
    app = LLSyncCentral(Deaf(), MODEL, PRODUCT)
    assert app._fits(device.manufacturer_data, NAME) in (True, False)


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.binary(max_size=4), st.sampled_from(["", "name"])), max_size=20
    )
)
def test_a_search_reports_each_device_once_whatever_its_packets(packets: list) -> None:
    events: list[DevicesFound] = []
    search = Search(events.append)
    search.start(frozenset(), duplicates=False, interval_ms=0)
    for device_id, data, name in packets:
        search.heard(FoundDevice(device_id, name, -50, (), data))
    reported = [device.device_id for event in events for device in event.devices]
    assert sorted(reported) == sorted({device_id for device_id, _, _ in packets})
    assert all(search.found[item].name == "name" for item, _, name in packets if name)


@pytest.mark.parametrize("number", ["0000c07f", "0000807f", "000080ff"])
def test_a_float_that_is_no_number_is_refused(number: str) -> None:
    defines = defines_of(MODEL.properties)
    with pytest.raises(BleError, match="no number"):
        decode(bytes.fromhex("63" + number), defines)
    with pytest.raises(BleError, match="temperature"):
        encode({"temperature": float("nan")}, defines)


async def test_cut_duplicated_and_disordered_controls_change_nothing_but_whole_ones_do() -> None:
    device = light()
    control = encode({"name": "n" * 40}, defines_of(MODEL.properties))
    first, middle, last = cut(DataKind.CONTROL << 5, control, 20)
    broken = [
        [first, last],
        [middle],
        [last, first],
        [first, middle, middle, last],
        [first, first[:5], middle, last],
        [first, b"\x80" + middle[1:], last],
        [first, middle, last[:-1]],
        [first, middle, last + b"\0"],
        [b"\0" + length_word(0x1FFF, PiecePlace.WHOLE)],
        [b"\0"],
        [b"\0\0\0"],
        [b"\x00\x00\x02\x3f\x01"],
        [b"\xff" * 20],
    ]
    async with open_lab(device) as lab:
        await authorize(lab, device)
        before = dict(device.values)
        for frames in broken:
            await say(lab, device, DATA, *frames)
            assert device.values == before
            assert device.authorized
        assert await say(lab, device, DATA, first, middle, last) == [bytes.fromhex("01000100")]
        assert device.values["name"] == "n" * 40
        assert await say(lab, device, DATA, first, first, middle, last) == [bytes.fromhex("01000100")]


@pytest.mark.parametrize("when", ["before", "unproved", "after"])
async def test_data_and_firmware_of_a_stranger_are_ignored(when: str) -> None:
    device = light(ota=OtaPlan(packets=4))
    async with open_lab(device) as lab:
        if when == "before":
            error = await refused(lab.central.write(MAC, SERVICE, DATA, bytes.fromhex("0000020001")))
            assert error.err_code == Code.NO_CONNECTION
            return
        await (meet if when == "unproved" else authorize)(lab, device)
        if when == "after":
            await say(lab, device, INFO, bytes([Info.CONNECT_FAILED]))
        request = bytes.fromhex("00000e00000bb857081df105322e302e30")
        assert await say(lab, device, DATA, "0000020001", "2200000200", "80000520000000") == []
        assert await say(lab, device, OTA, request, "0105000102030405") == []
        assert device.values["power_switch"] == 0
        assert device.ota.receiver.request is None


async def test_a_storm_of_sign_ins_that_break_off_anywhere() -> None:
    device, dice = light(), random.Random(3)
    binding = device.binding
    async with open_lab(device) as lab:
        for turn in range(120):
            await meet(lab, device)
            stamp = 1_795_420_420 + turn
            proof = stamp.to_bytes(4, "big") + connect_request_signature(binding.local_psk, stamp)
            frames = [*cut(Info.CONNECT, proof, 20), b"\x05", b"\x09\x00\x00", bytes.fromhex("20 00")]
            device.faults.drop_on_write = dice.randrange(1, 7)
            try:
                await say(lab, device, INFO, *frames[: dice.randrange(1, 5)])
            except BleError as error:
                if error.err_code != Code.NO_CONNECTION:
                    raise
            device.faults.drop_on_write = 0
            device.drop()
            await lab.wait()
            assert not device.authorized
        assert len(lab.seen(ConnectionChanged)) == 240
        assert device.binding == binding
        await authorize(lab, device)
        assert device.authorized
        assert await say(lab, device, DATA, "0000020001") == [bytes.fromhex("01000100")]


async def test_a_second_phone_gets_nothing_of_the_first_ones_session() -> None:
    device = light()
    async with open_lab(device) as lab:
        await authorize(lab, device)
        second, heard = VirtualCentral(lab.radio), []
        second.subscribe(heard.append)
        await second.open()
        assert (await refused(second.connect(MAC))).err_code == Code.CONNECTION_FAIL
        assert (await refused(second.write(MAC, SERVICE, DATA, b"\0\0\2\0\1"))).err_code == Code.NO_CONNECTION
        device.report({"brightness": 1})
        await lab.wait()
        assert heard == []
        await lab.central.disconnect(MAC)
        await second.connect(MAC)
        await second.set_notify(MAC, SERVICE, EVENT)
        await second.write(MAC, SERVICE, DATA, b"\0\0\2\0\1")
        await lab.wait()
        assert device.values["power_switch"] == 0
        assert not device.authorized
        await second.aclose()


async def test_packets_that_no_protocol_knows_are_found_and_left_alone() -> None:
    """A device that waits is found among packets that are cut or foreign."""

    class Wild(Peripheral):
        name = "wild"

    wild = [Wild() for _ in range(8)]
    for number, data in enumerate(
        (
            b"",
            b"\xe7",
            b"\xe7\xfe",
            b"\xe7\xfe\x41",
            b"\xe7\xfe\x42" + bytes(8),
            bytes(29),
            b"\xff" * 29,
            b"\xe7\xfe\x41" + bytes(6),
        )
    ):
        wild[number].advertising = Advertising(service_uuids=["FFE0"], manufacturer_data=data)
    async with open_lab(*wild, LLSyncLight(MODEL, PRODUCT, NAME, address=MAC)) as lab:
        app = LLSyncCentral(lab.central, MODEL, PRODUCT)
        searching = asyncio.ensure_future(app.search())
        while not searching.done():
            await lab.wait(50)
        assert searching.result().device_id == MAC
        app.close()
