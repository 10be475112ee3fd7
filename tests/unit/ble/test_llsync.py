"""An LLSync device, against the frames that were seen on the air."""

import zlib

import pytest

from devkit.ble import ConnectionChanged, DevicesFound
from devkit.ble.llsync import Binding, LLSyncPeripheral, OtaPlan
from devkit.ble.llsync.codes import DATA, INFO, OTA, OtaRefusal
from devkit.ble.llsync.frames import Assembler, cut
from devkit.ble.llsync.identity import bind_signature, sign
from devkit.ble.llsync.tlv import decode, defines_of
from devkit.ble.profiles.light import LLSyncLight
from devkit.errors import BleError, PropertyValueError
from tests.helpers.ble import Lab, open_lab
from tests.helpers.llsync import MAC, NAME, PRODUCT, authorize, meet, model, replies, say

USER, BIND_PSK, CONNECT_PSK = "100000000001", "1a28167f", "0a0b0c0d"
SECRET = "AAECAwQFBgcICQoLDA0ODw=="
FIRMWARE = bytes(range(256)) * 2
PLAN = OtaPlan(packets=4, packet_bytes=23, retry_s=5, reboot_s=2)


def light(*, psk: str = "", **options) -> LLSyncLight:
    return LLSyncLight(
        model(), PRODUCT, NAME, user_id=USER if psk else "", local_psk=psk or BIND_PSK, address=MAC, **options
    )


async def advert(lab: Lab) -> str:
    await lab.central.start_discovery()
    await lab.wait(200)
    await lab.central.stop_discovery()
    return lab.seen(DevicesFound)[-1].devices[0].manufacturer_data.hex(" ").upper()


async def test_what_it_advertises_says_whether_it_is_bound() -> None:
    async with open_lab(light()) as lab:
        assert await advert(lab) == "E7 FE 41 11 22 33 44 55 66 53 54 55 42 50 52 4F 44 30 31"
        found = lab.seen(DevicesFound)[-1].devices[0]
        assert found.service_uuids == ("0000FFE0-0000-1000-8000-00805F9B34FB",)
    async with open_lab(light(psk=CONNECT_PSK)) as lab:
        assert await advert(lab) == "E7 FE 42 C1 C1 BA 1A 79 4C 4A 27 E8 FC E3 AD 61 A8 EE E2"


async def test_connecting_proves_both_sides() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await meet(lab, device)
        assert await say(lab, device, INFO, "0D", "0140116b0406f4266596c4f9665e2d6af9bf41d0") == []
        answer = await say(lab, device, INFO, "01c007e78cf148e9a73f")
        assert [frame.hex() for frame in answer] == [
            "064011686fdd83551ecf802bdb7a6a02f74cdefa",
            "06c0083ab2c86465763031",
        ]
        assert not device.authorized
        assert [frame.hex() for frame in await say(lab, device, INFO, "05")] == [
            "080009048080053" + "12e302e30"
        ]
        assert await say(lab, device, INFO, "090000", "0C") == []
        assert device.authorized
        device.wish_mtu = False
        assert [frame.hex() for frame in await say(lab, device, INFO, "05")] == ["08000904008005312e302e30"]
        assert await say(lab, device, INFO, "06") == []
        assert not device.authorized


@pytest.mark.parametrize(
    "frames",
    [
        ["0140116b0406f4266596c4f9665e2d6af9bf41d0", "01c007e78cf148e9a73e"],
        ["01c007e78cf148e9a73f"],
        ["0140116b0406f4266596c4f9665e2d6af9bf41d0", "04c003000000", "01c007e78cf148e9a73f"],
        ["05"],
        ["07"],
        ["02000d021a28167fe8fce3ad61a8eee2"],
        ["0C", "0D", "06", "03 30", "FF", "E0"],
    ],
    ids=["false", "cut", "mixed", "skipped", "unbound unasked", "bound unasked", "notes"],
)
async def test_false_proofs_get_no_answer(frames: list[str]) -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await meet(lab, device)
        assert await say(lab, device, INFO, *frames) == []
        assert not device.authorized
        assert device.binding == Binding.of(CONNECT_PSK, USER)
        assert await say(lab, device, DATA, "0000020001") == []
        assert not device.report({"power_switch": 1})


async def test_binding() -> None:
    device = light()
    async with open_lab(device) as lab:
        await meet(lab, device)
        first, last = await say(lab, device, INFO, "0000083847292f6b04070a")
        signature = bind_signature(SECRET, PRODUCT, NAME, 0x3847292F, 0x6B04070A)
        assert (first[:3].hex(), last[:3].hex()) == ("054011", "05c008")
        assert first[3:] + last[3:] == signature + NAME.encode()
        assert await say(lab, device, INFO, "02000d021a28167fe8fce3ad61a8eee2") == []
        assert device.binding == Binding.of(BIND_PSK, USER)
        assert await say(lab, device, INFO, "0000083847292f6b04070a") == []
        await lab.central.disconnect(device.address)
        assert (await advert(lab)).startswith("E7 FE 42 C1 C1 BA")


async def test_a_person_confirms_or_rejects_the_binding() -> None:
    class Careful(LLSyncLight):
        answer = True

        async def confirm_binding(self) -> bool:
            await self.sleep(5000)
            return self.answer

    device = Careful(model(), PRODUCT, NAME, address=MAC)
    device.confirm_seconds = 60
    async with open_lab(device) as lab:
        await meet(lab, device)
        assert [f.hex() for f in await say(lab, device, INFO, "0000083847292f6b04070a")] == ["0d0002003c"]
        await lab.wait(5000)
        assert replies(lab)[-2].hex().startswith("054011")
        device.answer = False
        await say(lab, device, INFO, "0000083847292f6b04070a")
        await lab.wait(5000)
        assert replies(lab)[-2].hex().startswith("056011")


async def test_unbinding() -> None:
    device = light(psk=BIND_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        request = cut(0x04, sign(device.binding.local_psk, "UnbindRequest"), 20)
        assert request[0].hex().startswith("0440117281")
        assert request[1].hex() == "04c003d414a7"
        answer = await say(lab, device, INFO, *request)
        assert answer[0].hex().startswith("074011dea0")
        assert answer[1].hex() == "07c003e812b0"
        await say(lab, device, INFO, "07")
        assert device.binding is None


async def test_controls_reports_and_status() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        frame = "00001a000121fffffffb420003616263" + "840002c600070001" + "2100000007"
        assert await say(lab, device, DATA, frame) == [bytes.fromhex("01000100")]
        wanted = {"power_switch": 1, "brightness": -5, "name": "abc", "mode": 2, "conf": {"on": 1, "lv": 7}}
        assert device.controls == [wanted]
        await lab.central.set_mtu(device.address, 100)
        assert device.report({"power_switch": 1, "temperature": 21.5, "mode": 1, "at": 1_700_000_000})
        await lab.wait()
        assert replies(lab)[-1].hex() == "00000f0001630000ac41840001a56553f100"
        assert device.ask_status()
        assert await say(lab, device, DATA, "2200000700012100000" + "009") == [bytes([2])]
        assert device.values["brightness"] == 9
        assert device.values["temperature"] == 21.5


async def test_long_reports_are_cut_for_the_mtu() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        before = len(replies(lab))
        assert device.report({"name": "x" * 32})
        await lab.wait()
        frames = replies(lab)[before:]
        assert [frame[:3].hex() for frame in frames] == ["004011", "008011", "00c001"]
        assert b"".join(frame[3:] for frame in frames) == b"\x42\x00\x20" + b"x" * 32


@pytest.mark.parametrize("mtu", [23, 24, 64, 185, 247, 512])
async def test_every_mtu_carries_whole_messages(mtu: int) -> None:
    device = light(psk=CONNECT_PSK)
    device.max_mtu = 512
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert await lab.central.set_mtu(device.address, mtu) == mtu
        before = len(replies(lab))
        assert device.report({"name": "x" * 400, "brightness": 7})
        assert device.fire("low", {"level": 3, "note": "n" * 300})
        await lab.wait()
        report, event = Assembler(), Assembler()
        frames = replies(lab)[before:]
        assert max(len(frame) for frame in frames) <= mtu - 3
        reported = [report.feed(frame[:1], frame[1:]) for frame in frames if frame[0] == 0][-1]
        assert decode(reported, defines_of(device.model.properties)) == {"name": "x" * 400, "brightness": 7}
        events = [frame for frame in frames if frame[0] == 3]
        assert all(frame[3] == 0 for frame in events)
        assert event.feed(events[0][:1], events[0][1:]) is None or len(events) == 1


async def test_controls_come_in_slices_of_one_property_each() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert await say(lab, device, DATA, "0040020001", "0080" + "052100000064", "00c003840001") == [
            bytes.fromhex("01000100")
        ]
        assert device.controls == [{"power_switch": 1, "brightness": 100, "mode": 1}]


async def test_events_and_actions() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert device.fire("low", {"level": 9})
        await lab.wait()
        assert replies(lab)[-1].hex() == "030006002000000009"
        # the thing model's first entries are ints here: type 1, index 0
        assert await say(lab, device, DATA, "6000", "8000052000000003") == [bytes.fromhex("04000400000000")]
        assert await say(lab, device, DATA, "8100052000000003") == []
        assert await say(lab, device, DATA, "8000054000000003") == [bytes.fromhex("0400020100")]
        before = len(replies(lab))
        device.fire("low", {"note": "y" * 30})
        await lab.wait()
        frames = replies(lab)[before:]
        assert [frame[:4].hex() for frame in frames] == ["03401100", "03801100", "03c00200"]


async def test_reports_are_checked_before_they_are_sent() -> None:
    device = light(psk=CONNECT_PSK)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        before = dict(device.values)
        with pytest.raises(PropertyValueError, match="brightness"):
            device.report({"brightness": 2000})
        with pytest.raises(PropertyValueError, match="colour"):
            device.report({"colour": 1})
        assert device.values == before
        assert device.button()
        assert device.values["power_switch"] == 1


async def test_faults_of_an_llsync_device() -> None:
    device = light(psk=CONNECT_PSK)
    device.faults.control_code = 3
    device.faults.action_code = 4
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert await say(lab, device, DATA, "0000020001") == [bytes.fromhex("01000103")]
        assert device.values["power_switch"] == 0
        assert await say(lab, device, DATA, "8000052000000003") == [bytes.fromhex("04000404000000")]
        device.faults.silent = True
        assert await say(lab, device, DATA, "0000020001") == []
        assert await say(lab, device, INFO, "05") == []
        device.faults.silent, device.faults.wrong_signature = False, True
        right = "686fdd83551ecf802bdb7a6a02f74cdefa"
        answer = await say(
            lab, device, INFO, "0140116b0406f4266596c4f9665e2d6af9bf41d0", "01c007e78cf148e9a73f"
        )
        assert answer[0][3:].hex() != right


def ota_request(data: bytes = FIRMWARE, version: str = "2.0.0", crc: int | None = None) -> list[bytes]:
    check = zlib.crc32(data) if crc is None else crc
    body = len(data).to_bytes(4, "big") + check.to_bytes(4, "big") + bytes([len(version)]) + version.encode()
    return cut(0x00, body, 20)


def packets(data: bytes, start: int, numbers: range) -> list[bytes]:
    """Return packets of 20 bytes from start on, with the numbers of a round."""
    made = []
    for number in numbers:
        chunk = data[start + 20 * number : start + 20 * number + 20]
        if chunk:
            made.append(bytes([1, len(chunk) + 1, number]) + chunk)
    return made


async def send_firmware(lab, device, data: bytes, start: int = 0) -> list[bytes]:
    """Send every round and the end; return the last answer."""
    while start < len(data):
        (answer,) = await say(lab, device, OTA, *packets(data, start, range(4)))
        assert answer[:3].hex() == "0a0005"
        start = int.from_bytes(answer[4:], "big")
    return await say(lab, device, OTA, "02")


async def test_the_request_of_an_upgrade_byte_for_byte() -> None:
    device = light(psk=CONNECT_PSK, ota=OtaPlan())
    async with open_lab(device) as lab:
        await authorize(lab, device)
        answer = await say(lab, device, OTA, "00000e00000bb857081df105322e302e30")
        assert [frame.hex() for frame in answer] == ["09000a03101705020000000005"]
        assert await say(lab, device, OTA, *[bytes([1, 21, n]) + bytes(20) for n in range(16)]) == [
            bytes.fromhex("0a00051000000140")
        ]
    device = light(psk=CONNECT_PSK, ota=OtaPlan(resume=False))
    async with open_lab(device) as lab:
        await authorize(lab, device)
        answer = await say(lab, device, OTA, "00000e00000bb857081df105322e302e30")
        assert answer[0].hex() == "09000a01101705020000000005"


async def test_an_upgrade_ends_with_a_restart() -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        await say(lab, device, OTA, *ota_request())
        assert await send_firmware(lab, device, FIRMWARE) == [bytes.fromhex("0b000180")]
        await lab.wait(100)
        assert lab.seen(ConnectionChanged)[-1].connected is False
        assert device.version == "2.0.0"
        assert device.ota.image == FIRMWARE
        assert not device.in_range
        await lab.wait(1000)
        await authorize(lab, device)
        assert replies(lab)[-1].hex() == "0800090480800532" + "2e302e30"


async def test_an_upgrade_goes_on_after_a_drop() -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        await say(lab, device, OTA, *ota_request())
        await say(lab, device, OTA, *packets(FIRMWARE, 0, range(4)))
        await say(lab, device, OTA, *packets(FIRMWARE, 80, range(2)))
        device.drop()
        assert device.ota.progress == pytest.approx(120 / 512)
        await authorize(lab, device)
        (answer,) = await say(lab, device, OTA, *ota_request())
        assert int.from_bytes(answer[8:12], "big") == 120
        assert await send_firmware(lab, device, FIRMWARE, 120) == [bytes.fromhex("0b000180")]
        await lab.wait(1100)
        await authorize(lab, device)
        (answer,) = await say(lab, device, OTA, *ota_request(b"other" * 9, "3.0.0"))
        assert int.from_bytes(answer[8:12], "big") == 0


async def test_lost_and_disordered_packets_are_asked_for_again() -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        await say(lab, device, OTA, *ota_request())
        first, second, third, fourth = packets(FIRMWARE, 0, range(4))
        assert await say(lab, device, OTA, first, third, second, second, fourth) == [
            bytes.fromhex("0a00050200000028")
        ]
        assert await say(lab, device, OTA, third, fourth) == [bytes.fromhex("0a00050400000050")]
        assert await say(lab, device, OTA, *packets(FIRMWARE, 80, range(3))) == []
        before = len(replies(lab))
        await lab.wait(10_000)
        assert replies(lab)[before].hex() == "0a0005030000008c"


@pytest.mark.parametrize(
    ("frames", "answer"),
    [
        (ota_request(b""), "0900020001"),
        (ota_request(version="1.0.0"), "0900020001"),
        (["0000 09 FFFFFFFF00000000 00".replace(" ", "")], "0900020001"),
    ],
    ids=["empty", "same version", "too large"],
)
async def test_firmware_that_is_not_taken(frames: list, answer: str) -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert [frame.hex() for frame in await say(lab, device, OTA, *frames)] == [answer]
        device.faults.refuse_ota = OtaRefusal.LOW_BATTERY
        assert [frame.hex() for frame in await say(lab, device, OTA, *ota_request())] == ["0900020000"]


def announced(size: int) -> bytes:
    return cut(0x00, size.to_bytes(4, "big") + bytes(4) + b"\x012", 20)[0]


async def test_the_largest_firmware() -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        assert [frame.hex() for frame in await say(lab, device, OTA, announced(2**24 + 1))] == ["0900020001"]
        (answer,) = await say(lab, device, OTA, announced(2**24))
        assert answer[3] & 1


async def test_firmware_that_fails_its_check_is_thrown_away() -> None:
    device = light(psk=CONNECT_PSK, ota=PLAN)
    async with open_lab(device) as lab:
        await authorize(lab, device)
        await say(lab, device, OTA, *ota_request(crc=1))
        assert await send_firmware(lab, device, FIRMWARE) == [bytes.fromhex("0b000100")]
        await say(lab, device, OTA, *ota_request())
        await say(lab, device, OTA, *packets(FIRMWARE, 0, range(4)))
        assert await say(lab, device, OTA, "02") == [bytes.fromhex("0b000102")]
        device.faults.wrong_crc = True
        await say(lab, device, OTA, *ota_request())
        assert await send_firmware(lab, device, FIRMWARE, 80) == [bytes.fromhex("0b000100")]
        assert (device.version, device.ota.image) == ("1.0.0", b"")
        assert await say(lab, device, OTA, *packets(FIRMWARE, 0, range(1)), "07") == []


@pytest.mark.parametrize(
    "options", [{"packets": 0}, {"packet_bytes": 3}, {"retry_s": 0}, {"reboot_s": 0}, {"gap_ms": 256}]
)
def test_plans_that_no_frame_can_carry(options: dict) -> None:
    with pytest.raises(BleError, match="OTA plan"):
        OtaPlan(**options)


def test_mistakes_of_a_device_are_named() -> None:
    with pytest.raises(BleError, match="MTU of 0"):
        LLSyncPeripheral(model(), PRODUCT, NAME, llsync_mtu=0)
    with pytest.raises(BleError, match="not base64"):
        bind_signature("!", PRODUCT, NAME, 1, 1)
    with pytest.raises(BleError, match="4 bytes"):
        Binding(b"1", bytes(8))
