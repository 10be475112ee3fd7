"""Firmware files of the emulator: what is taken, signed addresses, ranges, and upgrades that fail."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from devkit.cloud.http.downloads import download_routes
from devkit.errors import FirmwareError, SettingsError
from devkit.model.firmware import MOST_BYTES, md5_of
from tests.contract.cloud.world import World, make_world

PRODUCT, VERSION = "K7M2QX9D4A", "2.0.0"
DATA = bytes(range(256)) * 8
WAITING, DONE, FAILED, BURNING = 8, 6, 5, 4


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.emulator.aclose()


async def offered(world: World, data: bytes = DATA, **more: Any) -> str:
    """Publish a firmware and return its address."""
    world.emulator.firmware.add(PRODUCT, VERSION, data, **more)
    return str((await world.lamp("AppGetDeviceOTAInfo"))["FirmwareURL"])


async def upgraded(world: World) -> dict[str, Any]:
    """Let the user confirm, and return how it ended."""
    await world.lamp("AppPublishFirmwareUpdateMessage")
    for _ in range(40):
        await world.settle(150)
    return await world.lamp("AppDescribeFirmwareUpdateStatus")


async def test_a_firmware_is_described_offered_and_fetched(world: World) -> None:
    url = await offered(world, description="brighter")
    described = await world.call("AppDescribeFirmware", ProductID=PRODUCT, FirmwareVersion=VERSION)
    assert (described["Md5sum"], described["Description"]) == (md5_of(DATA), "brighter")
    assert (await world.lamp("AppCheckFirmwareUpdate"))["DstVersion"] == VERSION
    image = world.emulator.firmware.fetch(url)
    assert (image.data, image.etag) == (DATA, md5_of(DATA))
    assert "sign" in parse_qs(urlsplit(url).query)


@pytest.mark.parametrize("size", [0, 1, MOST_BYTES])
async def test_sizes_from_nothing_to_16_mib_are_kept(world: World, size: int) -> None:
    url = await offered(world, b"\x5a" * size)
    assert len(world.emulator.firmware.fetch(url).data) == size


@pytest.mark.parametrize(
    ("product", "version", "data", "words"),
    [
        (PRODUCT, "2.0.0", b"x" * (MOST_BYTES + 1), "has 16777217 bytes"),
        (PRODUCT, "", b"x", "1 to 32"),
        (PRODUCT, "v" * 33, b"x", "1 to 32"),
        (PRODUCT, "1\n2", b"x", "1 to 32"),
        ("NOWHERE", "2.0.0", b"x", "There is no product NOWHERE"),
    ],
)
async def test_what_cannot_be_published_is_refused(
    world: World, product: str, version: str, data: bytes, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        world.emulator.firmware.add(product, version, data)
    assert (await world.lamp("AppCheckFirmwareUpdate"))["DstVersion"] == "1.1.0"


async def test_an_address_works_for_an_hour_and_unchanged(world: World) -> None:
    url = await offered(world)
    images = world.emulator.firmware
    for wrong in (url.replace("sign=", "sign=0"), url.replace("&t=", "&t=9"), url.split("?")[0]):
        with pytest.raises(FirmwareError) as refused:
            images.fetch(wrong)
        assert refused.value.code == -3
    with pytest.raises(FirmwareError) as missing:
        images.fetch(url.replace("2.0.0.bin", "9.bin"))
    assert missing.value.code == -2
    await world.settle(3_600_000 + 1000)
    with pytest.raises(FirmwareError) as expired:
        images.fetch(url)
    assert expired.value.code == -3


@given(st.text(), st.text(), st.text())
async def test_wild_addresses_are_refused(path: str, sign: str, expires: str) -> None:
    world = await make_world()
    with pytest.raises(FirmwareError):
        world.emulator.firmware.open(path, sign, expires)
    await world.emulator.aclose()


@pytest.mark.parametrize(
    ("headers", "status", "expected", "content_range"),
    [
        ({}, 200, DATA, None),
        ({"range": "bytes=0-9"}, 206, DATA[:10], "bytes 0-9/2048"),
        ({"range": "bytes=2000-"}, 206, DATA[2000:], "bytes 2000-2047/2048"),
        ({"range": "bytes=-8"}, 206, DATA[-8:], "bytes 2040-2047/2048"),
        ({"range": "bytes=2040-9999"}, 206, DATA[2040:], "bytes 2040-2047/2048"),
        ({"range": "bytes=2048-"}, 416, b"", "bytes */2048"),
        ({"range": "bytes=9-3"}, 416, b"", "bytes */2048"),
        ({"range": "bytes=1-2,4-5"}, 200, DATA, None),
        ({"range": "lines=1-2"}, 200, DATA, None),
        ({"range": "bytes=5-", "if-range": f'"{md5_of(DATA)}"'}, 206, DATA[5:], "bytes 5-2047/2048"),
        ({"range": "bytes=5-", "if-range": '"another"'}, 200, DATA, None),
    ],
)
async def test_downloads_come_in_ranges(
    world: World, headers: dict[str, str], status: int, expected: bytes, content_range: str | None
) -> None:
    url = await offered(world)
    async with client_of(world) as client:
        answer = await client.get(url, headers=headers)
    assert (answer.status_code, answer.content) == (status, expected)
    assert answer.headers.get("content-range") == content_range
    assert answer.headers["etag"] == f'"{md5_of(DATA)}"'


def client_of(world: World) -> httpx.AsyncClient:
    app = Starlette(routes=download_routes(world.emulator))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app))


@pytest.mark.parametrize(("fault", "status", "code"), [(-2, 404, "NoSuchKey"), (-3, 403, "AccessDenied")])
async def test_failing_downloads_answer_as_the_storage_does(
    world: World, fault: int, status: int, code: str
) -> None:
    url = await offered(world)
    world.emulator.faults.set({"firmware": fault})
    async with client_of(world) as client:
        answer = await client.get(url)
    assert answer.status_code == status
    assert f"<Code>{code}</Code>" in answer.text


async def test_an_upgrade_restarts_the_device_with_the_new_version(world: World) -> None:
    await offered(world)
    pushes = world.subscribe()
    ended = await upgraded(world)
    assert (ended["Status"], ended["Percent"], ended["OriVersion"]) == (DONE, 100, "1.0.0")
    came = [await anext(pushes), await anext(pushes)]
    assert [push.sub_type for push in came] == ["Offline", "Online"]
    assert await world.lamp("AppCheckFirmwareUpdate") == {"CurrentVersion": VERSION, "DstVersion": VERSION}
    steps = [data["state"] for kind, data in world.heard if kind == "device" and data["act"] == "ota"]
    assert steps == ["downloading"] * 5 + ["burning", "done"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (-1, "Download timed out"),
        (-2, "File does not exist"),
        (-3, "Signature expired"),
        (-4, "MD5 mismatch"),
        (-5, "Firmware update failed"),
    ],
)
async def test_each_result_code_can_be_had_and_leaves_the_device_as_it_was(
    world: World, fault: int, words: str
) -> None:
    await offered(world)
    before = world.values()
    world.emulator.faults.set({"firmware": fault})
    ended = await upgraded(world)
    assert ended["Status"] == FAILED
    assert ended["ErrMsg"].startswith(words)
    assert ended["ErrMsg"].endswith(f"({fault})")
    assert world.values() == before
    assert world.emulator.devices.device(world.device_id).online
    assert (await world.lamp("AppCheckFirmwareUpdate"))["CurrentVersion"] == "1.0.0"
    world.emulator.faults.set({"firmware": 0})
    assert (await upgraded(world))["Status"] == DONE


@pytest.mark.parametrize(("data", "md5", "code"), [(b"", "", -5), (DATA, "0" * 32, -4)])
async def test_broken_files_fail_the_upgrade(world: World, data: bytes, md5: str, code: int) -> None:
    await offered(world, data, md5=md5)
    ended = await upgraded(world)
    assert (ended["Status"], ended["ErrMsg"][-4:]) == (FAILED, f"({code})")
    assert (await world.lamp("AppCheckFirmwareUpdate"))["CurrentVersion"] == "1.0.0"


async def test_a_second_word_of_the_user_starts_nothing_twice(world: World) -> None:
    await offered(world)
    await world.lamp("AppPublishFirmwareUpdateMessage")
    await world.settle(400)
    await upgraded(world)
    burnt = [data for kind, data in world.heard if kind == "device" and data.get("state") == "burning"]
    assert len(burnt) == 1


async def test_a_device_that_goes_offline_goes_on_when_it_is_back(world: World) -> None:
    await offered(world)
    device = world.emulator.devices.device(world.device_id)
    await world.lamp("AppPublishFirmwareUpdateMessage")
    await world.settle(400)
    await device.set_online(online=False)
    for _ in range(40):
        await world.settle(150)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == 0
    await device.set_online(online=True)
    for _ in range(90):
        await world.settle(150)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == DONE


async def test_an_upgrade_that_a_crash_cut_off_is_offered_again(world: World) -> None:
    await offered(world)
    await world.lamp("AppPublishFirmwareUpdateMessage")
    await world.settle(400)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == 3
    await world.emulator.devices.aclose()
    await world.emulator.start()
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == WAITING
    assert (await upgraded(world))["Status"] == DONE


async def test_a_reported_version_ends_the_task_that_led_there(world: World) -> None:
    await offered(world)
    await world.lamp("AppReportOTAStatus", State="burning", Version=VERSION, ResultCode=0)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == BURNING
    await world.lamp("AppReportFirmwareVersion", Version=VERSION)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == DONE


@pytest.mark.parametrize("code", [1, -6, "-4", True, None, -4.0])
async def test_other_codes_are_no_fault(world: World, code: Any) -> None:
    with pytest.raises(SettingsError, match="-1 Download timed out") as refused:
        world.emulator.faults.set({"firmware": code})
    assert repr(code) in str(refused.value)
    assert world.emulator.faults.snapshot() == {"latency_ms": 0, "drop": 0.0, "errors": {}}
