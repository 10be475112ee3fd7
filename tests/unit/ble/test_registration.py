"""Dynamic registration: a device asks for its key, and takes no false one."""

import base64

import pytest

from devkit.ble.llsync.codes import INFO, Info
from devkit.ble.llsync.frames import cut
from devkit.ble.llsync.registration import Registration, registration_signature, unsealed_key
from devkit.ble.profiles.light import LLSyncLight
from devkit.cloud.api.signing import seal_key, sign_registration
from devkit.errors import BleError
from tests.helpers.ble import open_lab
from tests.helpers.llsync import MAC, NAME, PRODUCT, meet, model, say

SECRET, PSK = "secret-of-STUBPROD01", base64.b64encode(bytes(range(16))).decode()
NONCE, STAMP = 0x3847292F, 0x6B04070A
REQUEST = "00 0008 3847292f 6b04070a"


def light() -> LLSyncLight:
    return LLSyncLight(model(), PRODUCT, NAME, address=MAC, secret="", product_secret=SECRET)


def sealed(psk: str = PSK, secret: str = SECRET, nonce: int = NONCE) -> list[bytes]:
    payload = Registration(seal_key(psk, secret)[1].encode(), nonce, STAMP + 1).frame()
    return cut(Info.REGISTER, payload, 20)


def test_device_and_cloud_sign_alike() -> None:
    given = registration_signature(SECRET, PRODUCT, NAME, NONCE, STAMP)
    assert given == sign_registration(
        product_id=PRODUCT, device_name=NAME, nonce=str(NONCE), stamp_s=STAMP, secret=SECRET
    )
    assert unsealed_key(seal_key(PSK, SECRET)[1].encode(), SECRET) == PSK


async def test_the_advert_says_so_and_binding_asks_for_a_key_first() -> None:
    device = light()
    async with open_lab(device) as lab:
        assert device.advertising.manufacturer_data[2] == 0x45
        await meet(lab, device)
        answer = await say(lab, device, INFO, REQUEST.replace(" ", ""))
        data = b"".join(frame[3:] for frame in answer)
        assert {frame[0] for frame in answer} == {0x0E}
        assert data[1 : 1 + data[0]] == NAME.encode()
        assert data[1 + data[0] :].decode() == registration_signature(SECRET, PRODUCT, NAME, NONCE, STAMP)
        answer = await say(lab, device, INFO, *sealed())
        assert {frame[0] for frame in answer} == {0x05}
        assert device.secret == PSK
        await say(lab, device, INFO, "02000d021a28167fe8fce3ad61a8eee2")
        assert device.binding
        assert device.advertising.manufacturer_data[2] == 0x42


@pytest.mark.parametrize(
    "frames",
    [
        sealed(secret="another product's"),
        sealed(nonce=NONCE + 1),
        sealed(psk="not base64!"),
        cut(Info.REGISTER, b"", 20),
        cut(Info.REGISTER, b"\x01\x05abc", 20),
        cut(Info.REGISTER, b"\x02" + bytes(9), 20),
        cut(Info.REGISTER, b"\x01\x04abcd" + NONCE.to_bytes(4, "big") + bytes(4), 20),
    ],
)
async def test_a_false_registration_changes_nothing(frames: list[bytes]) -> None:
    device = light()
    async with open_lab(device) as lab:
        await meet(lab, device)
        assert await say(lab, device, INFO, *sealed()) == []
        await say(lab, device, INFO, REQUEST.replace(" ", ""))
        assert await say(lab, device, INFO, *frames) == []
        assert (device.secret, device.binding) == ("", None)
        await say(lab, device, INFO, REQUEST.replace(" ", ""))
        assert await say(lab, device, INFO, *sealed())
        assert device.secret == PSK


@pytest.mark.parametrize(
    "payload", [b"", b"a", b"====", base64.b64encode(bytes(16)), base64.b64encode(bytes(7))]
)
def test_keys_that_cannot_be_opened(payload: bytes) -> None:
    with pytest.raises(BleError, match="cannot be opened"):
        unsealed_key(payload, SECRET)
