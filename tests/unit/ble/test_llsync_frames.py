"""LLSync's frames with wild input: nothing but documented errors, and nothing lost on the way."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.ble import Code
from devkit.ble.llsync.codes import DATA, EVENT, INFO, OTA
from devkit.ble.llsync.frames import Assembler, PiecePlace, cut, length_word, read_piece
from devkit.ble.llsync.ota import OtaPlan, OtaReceiver, OtaRequest
from devkit.ble.llsync.tlv import decode, defines_of, encode
from devkit.ble.llsync.words import frame_words
from devkit.ble.profiles.light import LLSyncLight
from devkit.errors import BleError
from tests.helpers.ble import open_lab
from tests.helpers.llsync import MAC, NAME, PRODUCT, authorize, model, say

MODEL = model()
DEFINES = defines_of(MODEL.properties)
INTS = st.integers(-(2**31), 2**31 - 1)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "power_switch": st.integers(0, 1),
        "brightness": INTS,
        "name": st.text(max_size=100),
        "temperature": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "mode": st.integers(0, 0xFFFF),
        "at": st.integers(0, 2**32 - 1),
        "conf": st.fixed_dictionaries({}, optional={"on": st.integers(0, 1), "lv": INTS}),
        "steps": st.lists(INTS, max_size=20),
    },
)


REFUSED = "refused"


def or_refused(call, *args):
    """Return what a call returns, or REFUSED when it raises the documented error; others pass through."""
    try:
        return call(*args)
    except BleError as error:
        if error.err_code != Code.INVALID_DATA:
            raise
        return REFUSED


@given(VALUES)
def test_values_come_back(values: dict) -> None:
    assert decode(encode(values, DEFINES), DEFINES) == values


@pytest.mark.parametrize(
    ("values", "data"),
    [
        ({"temperature": -0.1}, "63cdccccbd"),
        ({"name": ""}, "420000"),
        ({"steps": [1, -1]}, "e7000800000001ffffffff"),
        ({"conf": {"lv": 7}}, "c600052100000007"),
        ({"name": "中文"}, "420006e4b8ade69687"),
    ],
)
def test_values_byte_for_byte(values: dict, data: str) -> None:
    assert encode(values, DEFINES).hex() == data


def test_letters_of_the_npm_adapter_are_latin_1() -> None:
    assert decode(bytes.fromhex("420001e9"), DEFINES) == {"name": "é"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("1f", "Index 31"),
        ("2000000001", "power_switch is bool, but the frame holds int"),
        ("210000", "ends inside brightness: 4 bytes are needed, 2 are there"),
        ("42000561", "ends inside name"),
        ("c600022100", "ends inside lv"),
        ("e7000300000", "ends inside steps"),
    ],
)
def test_broken_values_say_what_is_broken(data: str, words: str) -> None:
    with pytest.raises(BleError, match=words) as caught:
        decode(bytes.fromhex(data + "0" * (len(data) % 2)), DEFINES)
    assert caught.value.err_code == Code.INVALID_DATA


@pytest.mark.parametrize("values", [{"brightness": 2**31}, {"mode": -1}, {"mode": "x"}, {"nothing": 1}])
def test_values_that_cannot_be_carried(values: dict) -> None:
    with pytest.raises(BleError, match=next(iter(values))):
        encode(values, DEFINES)


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    json.dumps(or_refused(decode, data, DEFINES))


@given(st.binary(max_size=600), st.integers(20, 509), st.integers(0, 2), st.booleans())
def test_slices_fit_and_come_together_again(data: bytes, room: int, repeated: int, flag: bool) -> None:
    frames = cut(3, data, room, repeated=repeated, flag=flag)
    assert all(len(frame) <= room for frame in frames)
    assert all(read_piece(frame[1:]).flag is flag for frame in frames)
    whole = b""
    for number, frame in enumerate(frames):
        piece = read_piece(frame[1:])
        assert (piece.place is PiecePlace.WHOLE) == (len(frames) == 1)
        whole += piece.data[repeated if number else 0 :]
    assert whole == data


@given(st.binary(max_size=300))
def test_an_assembler_returns_what_was_cut(data: bytes) -> None:
    assembler = Assembler()
    *early, last = [assembler.feed(frame[:1], frame[1:]) for frame in cut(1, data, 20)]
    assert last == data
    assert early == [None] * len(early)


PIECES = st.lists(st.tuples(st.sampled_from([b"\0", b"\x80"]), st.binary(max_size=30)), max_size=20)


@given(PIECES)
def test_wild_slices_are_refused_and_do_no_harm(pieces: list[tuple[bytes, bytes]]) -> None:
    assembler = Assembler()
    for head, body in pieces:
        or_refused(assembler.feed, head, body)
    assert assembler.feed(b"\0", length_word(2) + b"ok") == b"ok"


def test_slices_out_of_order_throw_the_message_away() -> None:
    first, middle, last = cut(0, bytes(range(40)), 20)
    for order in ([last], [middle, last], [first, first[:1] + length_word(3, PiecePlace.LAST) + b"no"]):
        assembler = Assembler()
        answers = [or_refused(assembler.feed, frame[:1], frame[1:]) for frame in order]
        assert answers[-1] == REFUSED
        assert [assembler.feed(frame[:1], frame[1:]) for frame in (first, middle, last)][-1] == bytes(
            range(40)
        )
    assembler = Assembler()
    assembler.feed(b"\0", length_word(4000, PiecePlace.FIRST) + bytes(4000))
    with pytest.raises(BleError, match="4096"):
        assembler.feed(b"\0", length_word(100, PiecePlace.LAST) + bytes(100))


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_wild_ota_packets_never_exceed_the_announced_size(frames: list[bytes]) -> None:
    receiver = OtaReceiver(OtaPlan(packets=4))
    with pytest.raises(BleError):
        receiver.take(b"\x02\0\0")
    receiver.begin(OtaRequest(50, 1, "2"))
    for frame in frames:
        if or_refused(receiver.take, frame) is True:
            receiver.confirm()
        assert len(receiver.data) <= 50


@given(st.binary(max_size=40), st.sampled_from([INFO, DATA, OTA, EVENT]), st.booleans())
def test_any_frame_has_words(value: bytes, characteristic: str, written: bool) -> None:
    assert isinstance(frame_words(MODEL, characteristic, value, written=written), str)


@pytest.mark.parametrize(
    ("characteristic", "frame", "words"),
    [
        (INFO, "0140116b0406f4266596c4f9665e2d6af9bf41d0", "connect, first slice, 17 bytes"),
        (INFO, "05", "signature is right"),
        (INFO, "0331", "binding failed: 1"),
        (INFO, "99", "unknown note 99"),
        (EVENT, "08000904008005312e302e30", "device info, LLSync 4, MTU 128, firmware 1.0.0"),
        (DATA, "0000020001", 'control {"power_switch": 1}'),
        (DATA, "0000030001", "control, broken: The frame says 3 bytes and has 2 (00030001)."),
        (DATA, "2000", "answer to report, code 0"),
        (DATA, "2200 0002 0001", 'status {"power_switch": 1}'),
        (DATA, "6000", "answer to event low, code 0"),
        (DATA, "8000052000000003", 'action turn {"angle": 3}'),
        (DATA, "810000", "action 1 (not in the thing model) {}"),
        (EVENT, "00000f0001630000ac41840001a56553f100",
         'report {"power_switch": 1, "temperature": 21.5, "mode": 1, "at": 1700000000}'),
        (EVENT, "02", "asks for status"),
        (EVENT, "01000100", "answer to control, code 0"),
        (EVENT, "030006002000000009", 'event low {"level": 9}'),
        (EVENT, "0400040000" + "0001", 'answer to action turn, code 0 {"done": 1}'),
        (EVENT, "0900020000", "answer to OTA request, refused"),
        (EVENT, "0a00051000000140", "OTA packets received: 16, 320 bytes in all"),
        (EVENT, "0b000180", "OTA check: good"),
        (OTA, "00000e00000bb857081df105322e302e30", "OTA request, 3000 bytes, version 2.0.0"),
        (OTA, "011500" + "00" * 20, "OTA packet 0, 20 bytes"),
        (OTA, "02", "OTA end"),
    ],
)  # fmt: skip
def test_frames_in_words(characteristic: str, frame: str, words: str) -> None:
    assert frame_words(MODEL, characteristic, bytes.fromhex(frame), written=characteristic != EVENT) == words


@pytest.mark.parametrize("authorized", [False, True])
async def test_a_device_survives_wild_writes(authorized: bool) -> None:
    dice = random.Random(7)
    device = LLSyncLight(MODEL, PRODUCT, NAME, user_id="u", address=MAC)
    before = device.binding
    async with open_lab(device) as lab:
        await authorize(lab, device)
        device.handshake.authorized = authorized
        for _ in range(3000):
            uuid = dice.choice([INFO, DATA, OTA])
            frame = bytes([dice.choice([0, 1, 2, 4, 5, 7, 9, 0x20, 0x22, 0x60, 0x80, dice.randrange(256)])])
            await say(lab, device, uuid, frame + dice.randbytes(dice.randrange(20)))
            device.handshake.authorized = authorized  # note 06 ends it, as it should
        assert device.binding == before
        if authorized:
            assert await say(lab, device, DATA, "0000020001")
