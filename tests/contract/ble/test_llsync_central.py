"""The app's side of LLSync in Python: against the device's, and byte by byte as npm's adapter."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from devkit.ble import Code
from devkit.ble.llsync import LLSyncCentral, OtaPlan, SignedName
from devkit.ble.llsync.codes import DATA, INFO, Info, OtaRefusal
from devkit.ble.llsync.frames import Assembler
from devkit.ble.llsync.identity import bind_signature
from devkit.ble.profiles.light import PSK, SECRET, LLSyncLight
from devkit.cloud.api.signing import seal_key
from devkit.errors import BleError
from tests.contract.ble.centrals import open_phone, until
from tests.contract.ble.conftest import USER
from tests.contract.ble.node_client import FakeCloud, open_client
from tests.helpers.ble import refused
from tests.helpers.llsync import MAC, NAME, PRODUCT, model

KEY = bytes.fromhex(PSK)
FIRMWARE = bytes(range(256)) * 12
SERVICE = "0000FFE0-65D0-4E20-B56A-E493541BA4E2"


def light(**options) -> LLSyncLight:
    return LLSyncLight(model(), PRODUCT, NAME, address=MAC, **options)


@asynccontextmanager
async def app_beside(kind: str, device: LLSyncLight, **options) -> AsyncIterator[LLSyncCentral]:
    async with open_phone(kind, device) as (_, phone):
        app = LLSyncCentral(phone.central, model(), PRODUCT, **options)
        yield app
        app.close()


async def sign_in(app: LLSyncCentral) -> None:
    await app.connect((await app.search(NAME)).device_id, NAME)
    await app.authenticate(KEY)


@pytest.mark.parametrize("kind", ["virtual", "bumble"])
async def test_a_whole_life(kind: str) -> None:
    device = light()
    proved: list[SignedName] = []

    async def verify(proof: SignedName) -> None:
        proved.append(proof)

    async with app_beside(kind, device) as app:
        found = await app.search()
        await app.connect(found.device_id)
        binding = await app.bind(USER, verify)
        (proof,) = proved
        stamp = proof.timestamp - 60
        assert proof.signature == bind_signature(SECRET, PRODUCT, NAME, proof.nonce, stamp).hex()
        assert device.binding == binding
        info = await app.authenticate(binding.local_psk)
        assert (info.version, info.mtu, info.firmware) == (4, 128, "1.0.0")
        assert device.mtu == 128

        values = {"power_switch": 1, "name": "é水" * 60, "conf": {"on": 1, "lv": 7}}
        assert await app.control(values) == 0
        assert device.controls == [values]
        device.faults.control_code = 7
        assert await app.control({"power_switch": 0}) == 7

        heard: list = []
        app.on_report = heard.append
        app.on_event = lambda event_id, params: heard.append((event_id, params))
        app.on_status = lambda: {"brightness": 42, "name": "z" * 300}
        taken: list = []
        device.on_reply = lambda kind, code: taken.append((kind, code))  # type: ignore[method-assign]
        assert device.report({"name": "x" * 300, "temperature": 21.5})
        assert device.fire("low", {"level": 9, "note": "y" * 300})
        assert device.ask_status()
        await until(lambda: device.values["brightness"] == 42)
        assert heard == [{"name": "x" * 300, "temperature": 21.5}, ("low", {"level": 9, "note": "y" * 300})]
        assert taken == [(0, 0), (3, 0)]
        assert device.values["name"] == "z" * 300

        assert await app.action("turn", {"angle": 3}) == (0, {"done": 0})
        device.faults.action_code = 5
        assert await app.action("turn") == (5, {})
        await app.unbind(binding.local_psk)
        await until(lambda: device.binding is None)


@pytest.mark.parametrize("kind", ["virtual", "bumble"])
async def test_firmware_and_going_on_after_a_drop(kind: str) -> None:
    device = light(user_id=USER, ota=OtaPlan(packets=8, packet_bytes=64, gap_ms=0))
    device.restart_ms = 20
    async with app_beside(kind, device) as app:
        await sign_in(app)
        device.faults.drop_on_write = 20
        assert (await refused(app.upgrade(FIRMWARE, "2.0.0"))).err_code == Code.NO_CONNECTION
        received = len(device.ota.receiver.data)
        assert 0 < received < len(FIRMWARE)
        await sign_in(app)
        shares: list[float] = []
        await app.upgrade(FIRMWARE, "2.0.0", on_progress=shares.append)
        assert zlib.crc32(device.ota.image) == zlib.crc32(FIRMWARE)
        assert shares[0] > received / len(FIRMWARE)
        assert shares == sorted(shares)
        assert shares[-1] == 1
        await until(lambda: not device.connected)
        await sign_in(app)
        assert device.version == "2.0.0"


async def test_lost_confirmations_and_upgrades_that_fail() -> None:
    device = light(user_id=USER, ota=OtaPlan(packets=8, packet_bytes=64, gap_ms=0, retry_s=1))
    async with app_beside("virtual", device) as app:
        await sign_in(app)
        device.faults.refuse_ota = OtaRefusal.LOW_BATTERY
        assert "battery" in (await refused(app.upgrade(FIRMWARE, "2.0.0"))).message
        device.faults.refuse_ota = None
        assert "version" in (await refused(app.upgrade(FIRMWARE, "1.0.0"))).message
        assert "version" in (await refused(app.upgrade(b"", "2.0.0"))).message
        device.faults.wrong_crc = True
        assert "CRC" in (await refused(app.upgrade(FIRMWARE, "2.0.0"))).message
        assert (device.version, device.ota.image) == ("1.0.0", b"")
        assert await app.control({"power_switch": 1}) == 0


async def test_what_goes_wrong_has_an_error() -> None:
    device = light(user_id=USER)
    async with app_beside("virtual", device, answer_s=0.1) as app:
        assert (await refused(app.search("another", limit_s=0.1))).err_code == Code.NO_DEVICE
        await app.connect(device.address, NAME)
        assert (await refused(app.authenticate(b"abcd"))).err_code == Code.TIMED_OUT
        device.faults.wrong_signature = True
        assert "signature" in (await refused(app.authenticate(KEY))).message
        assert not device.authorized
        device.faults.wrong_signature = False
        await app.authenticate(KEY)
        device.faults.silent = True
        assert (await refused(app.control({"power_switch": 1}))).err_code == Code.TIMED_OUT
        device.faults.silent = False
        with pytest.raises(BleError, match="not in the thing model"):
            await app.control({"nonsense": 1})
        assert await app.control({"power_switch": 1}) == 0


class Asking(LLSyncLight):
    async def confirm_binding(self) -> bool:
        """Refuse."""
        return False


async def test_binding_that_a_person_or_the_cloud_refuses() -> None:
    async def verify(proof: SignedName) -> None:
        raise BleError("no such user")

    device = light()
    async with app_beside("virtual", device) as app:
        await app.connect(device.address)
        assert (await refused(app.bind(USER, verify))).message == "no such user"
        assert device.binding is None
    asking = Asking(model(), PRODUCT, NAME, address=MAC)
    asking.confirm_seconds = 30
    async with app_beside("virtual", asking) as app:
        await app.connect(asking.address)
        assert "person" in (await refused(app.bind(USER, confirm_s=5))).message
        assert asking.binding is None


async def test_registration() -> None:
    device = light(secret="", product_secret="product's own secret")

    async def register(proof: SignedName) -> bytes:
        assert proof.device_name == NAME
        return seal_key(SECRET, "product's own secret")[1].encode()

    async with app_beside("virtual", device) as app:
        await app.connect((await app.search()).device_id)
        assert "registered" in (await refused(app.bind(USER))).message
        binding = await app.bind(USER, register=register)
        assert device.secret == SECRET
        assert device.binding == binding


def message_of(frames: list[tuple[str, bytes]], note: Info) -> bytes:
    """Return the data of a written note."""
    assembler = Assembler()
    (message,) = filter(
        None,
        [assembler.feed(value[:1], value[1:]) for uuid, value in frames if uuid == INFO and value[0] == note],
    )
    return message


@pytest.mark.node
async def test_the_frames_are_those_of_the_official_adapter() -> None:
    """One life under both, with the same moments and numbers: every write is the same."""
    reported, control = {"brightness": 3}, {"power_switch": 1, "brightness": -5, "mode": 2, "name": "x" * 40}

    def recorded(radio) -> list[tuple[str, bytes]]:
        frames: list[tuple[str, bytes]] = []
        radio.on_frame = lambda frame: (
            frames.append((frame.characteristic_id, frame.value)) if frame.kind == "write" else None
        )
        return frames

    device, cloud = light(), FakeCloud()
    cloud.values = {"brightness": 42}
    async with open_phone("virtual", device) as (world, phone):
        theirs = recorded(world.radio)
        async with open_client("mp", world.radio, cloud, USER, phone.central) as client:
            await client.run("startSearch", serviceId=SERVICE)
            await client.until(lambda: any(client.heard("search")))
            info = next(found for found in client.heard("search") if found)[0]
            await client.run("stopSearch")
            await client.run("connect", **{**info, "deviceName": NAME})
            await client.run("bind", familyId="f", roomId="r")
            key = device.binding.local_psk
            await client.run("authenticate", deviceName=NAME)
            await client.run("control", deviceData=control)
            seen: list[int] = []
            device.on_reply = lambda kind, code: seen.append(kind)  # type: ignore[method-assign]
            device.report(reported)
            await client.until(lambda: seen == [0])
            device.fire("low", {"level": 9})
            await client.until(lambda: seen == [0, 3])
            device.ask_status()
            await client.until(lambda: device.values["brightness"] == 42)
            await client.run("unbind", familyId="f", deviceName=NAME)

    bind, connect = message_of(theirs, Info.BIND), message_of(theirs, Info.CONNECT)
    moments = iter([int.from_bytes(bind[4:], "big"), int.from_bytes(connect[:4], "big")])
    device = light()
    async with open_phone("virtual", device) as (world, phone):
        ours = recorded(world.radio)
        app = LLSyncCentral(phone.central, model(), PRODUCT, now_s=lambda: next(moments))
        app.on_status = lambda: {"brightness": 42}
        await app.connect(device.address)
        await app.bind(USER, local_psk=key, nonce=int.from_bytes(bind[:4], "big"))
        await app.authenticate(key)
        await app.control(control)
        seen = []
        device.on_reply = lambda kind, code: seen.append(kind)  # type: ignore[method-assign]
        device.report(reported)
        await until(lambda: seen == [0])
        device.fire("low", {"level": 9})
        await until(lambda: seen == [0, 3])
        device.ask_status()
        await until(lambda: device.values["brightness"] == 42)
        await app.unbind(key)
        app.close()
    assert ours == theirs
    assert {uuid for uuid, _ in ours} == {INFO, DATA}
