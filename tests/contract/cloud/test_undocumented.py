"""Actions that no page documents: what the platform's own clients send and read."""

from __future__ import annotations

import base64
import hashlib
import hmac

import httpx
import pytest

from devkit.cloud.api.facts import UNDOCUMENTED
from devkit.cloud.api.handlers.devices.groups import share_group
from devkit.cloud.api.signing import sign_binding
from devkit.cloud.http.server import served
from devkit.errors import CloudApiError
from tests.contract.cloud.world import World, rows

VALUE = "InvalidParameterValue"
NOT_MINE = f"{VALUE}.NoPermission"


def psk(world: World, device_id: str) -> bytes:
    with world.emulator.work() as work:
        return base64.b64decode((work.tx.get("devices", device_id) or {})["psk"])


def mac(key: bytes, text: bytes, method: str = "sha256") -> bytes:
    return hmac.new(key, text, getattr(hashlib, method)).digest()


async def test_every_required_parameter_is_asked_for(world: World) -> None:
    for fact in UNDOCUMENTED:
        if any(param.required for param in fact.params):
            with pytest.raises(CloudApiError, match="is missing") as caught:
                await world.call(fact.action)
            assert caught.value.code in fact.errors, fact.action


@pytest.mark.parametrize(
    ("params", "content", "method"),
    [
        ({"Content": "123456", "SignMethod": "hmacsha1"}, b"123456", "sha1"),
        ({"Content": "温"}, "温".encode(), "sha256"),
        ({"Content": "0aFF3b", "ContentType": "hex"}, b"\x0a\xff;", "sha256"),
    ],
)
async def test_a_content_is_signed_with_the_key_of_the_device(
    world: World, params: dict[str, str], content: bytes, method: str
) -> None:
    answer = await world.lamp("AppDeviceCustomSignature", **params)
    expected = mac(psk(world, world.device_id), content, method)
    assert base64.b64decode(answer["Signature"]) == expected


async def test_encrypted_binding_derives_one_secret_on_both_sides(world: World) -> None:
    device_id, nonce = "K7M2QX9D4A/spare01", bytes(range(16))
    key = psk(world, device_id)
    agitated = await world.call("AppDeviceCustomSignatureAgitated", DeviceId=device_id, Content=nonce.hex())
    content = bytes.fromhex(agitated["AgitatedContent"])
    stamp = int(content[16:].decode().replace("/", ""))  # as the platform's SDK reads it
    assert content == nonce + f"/{stamp}/".encode()
    assert stamp == world.emulator.clock.now_ms() // 1000
    assert base64.b64decode(agitated["AgitatedSignature"]) == mac(key, content)
    device_nonce = bytes(16) + f"/{stamp}/".encode()
    params = {"DeviceId": device_id, "AppNonce": content.hex(), "DeviceNonce": device_nonce.hex()}
    proof = mac(key, device_nonce).hex()
    answer = await world.call("AppGetLLsyncSecretEncryptKey", **params, DeviceNonceSign=proof.upper())
    assert bytes.fromhex(answer["SecretEncryptKeyHex"]) == mac(key, content + device_nonce)
    wrong = await world.code("AppGetLLsyncSecretEncryptKey", **params, DeviceNonceSign=proof[:-1] + "x")
    assert wrong == VALUE


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("AppDeviceCustomSignature", {"Content": "xyz", "ContentType": "hex"}),
        ("AppDeviceCustomSignature", {"Content": "a", "SignMethod": "md5"}),
        ("AppDeviceCustomSignatureAgitated", {"Content": "0a"}),
        ("AppDeviceCustomSignatureAgitated", {"Content": "zz" * 16}),
        ("AppGetLLsyncSecretEncryptKey", {"AppNonce": "q", "DeviceNonce": "00", "DeviceNonceSign": "00"}),
        ("AppSecureAddDeviceInFamily", {"DeviceSignature": "a;b;c"}),
        ("AppSecureAddDeviceInFamily", {"DeviceSignature": "a;b;c;99999999999999999;hmacsha1;0"}),
        ("AppGetResourceUploadURL", {"ProductId": "K7M2QX9D4A", "UserResourceName": "a", "FileSize": 0}),
        ("AppGetResourceUploadURL", {"ProductId": "nothing", "UserResourceName": "a", "FileSize": 5}),
        ("AppUnBindUserShareGroup", {"GroupId": "none"}),
    ],
)
async def test_what_cannot_be_done_changes_nothing(
    world: World, action: str, params: dict[str, object]
) -> None:
    before = rows(world)
    given = {"DeviceId": world.device_id, "FamilyId": world.family_id, "ResourceVer": "1", **params}
    assert (await world.code(action, **given)).split(".")[0] in (VALUE, "ResourceNotFound")
    assert rows(world) == before


@pytest.mark.parametrize("action", ["AppDeviceCustomSignature", "AppDeviceCustomSignatureAgitated"])
async def test_nothing_is_signed_for_devices_of_others(world: World, action: str) -> None:
    code = await world.code(action, as_="stranger", DeviceId=world.device_id, Content="00" * 16)
    assert code == NOT_MINE


async def test_the_code_on_a_devices_screen_binds_it(world: World) -> None:
    device_id = "K7M2QX9D4A/spare01"
    product_id, _, device_name = device_id.partition("/")
    stamp = world.emulator.clock.now_ms() // 1000
    signature = sign_binding(
        "other_sign",
        "hmacsha1",
        product_id=product_id,
        device_name=device_name,
        conn_id="ab1",
        stamp_s=stamp,
        psk=base64.b64encode(psk(world, device_id)).decode(),
    )
    text = f"{product_id};{device_name};ab1;{stamp};hmacsha1;"
    place = {"FamilyId": world.family_id, "RoomId": ""}
    assert await world.code("AppSecureAddDeviceInFamily", DeviceSignature=f"{text}00", **place) == VALUE
    answer = await world.call("AppSecureAddDeviceInFamily", DeviceSignature=text + signature, **place)
    assert answer["Data"]["AppDeviceInfo"]["DeviceId"] == device_id
    assert (await world.call("AppGetDevice", DeviceId=device_id))["Data"]["FamilyId"] == world.family_id


async def test_a_shared_group_can_be_seen_controlled_and_given_back(world: World) -> None:
    made = await world.call(
        "AppCreateGroup", FamilyId=world.family_id, GroupName="all", DeviceIds=[world.device_id]
    )
    group = {"GroupId": made["Data"]["GroupId"]}
    assert await world.code("AppDescribeGroup", as_="friend", **group) == NOT_MINE
    with world.emulator.work() as work:
        share_group(work, group["GroupId"], user_id=world.users["friend"], from_user=world.users["owner"])
    shown = await world.call("AppDescribeGroup", as_="friend", **group)
    assert shown["Data"]["GroupName"] == "all"
    listed = await world.call("AppGetGroupDeviceList", as_="friend", **group)
    assert [device["DeviceId"] for device in listed["DeviceList"]] == [world.device_id]
    await world.call("AppControlGroupDeviceData", as_="friend", **group, Data='{"brightness":7}')
    assert await world.code("AppDeleteGroup", as_="friend", **group) == NOT_MINE
    await world.call("AppUnBindUserShareGroup", as_="friend", **group)
    assert await world.code("AppDescribeGroup", as_="friend", **group) == NOT_MINE
    assert await world.code("AppUnBindUserShareGroup", as_="friend", **group) == NOT_MINE
    await world.call("AppDescribeGroup", **group)


async def test_a_file_is_uploaded_to_the_address_that_was_handed_out(world: World) -> None:
    file = b"RIFF" * 300
    async with served(world.emulator) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await world.call(
            "AppGetResourceUploadURL",
            ProductId="K7M2QX9D4A",
            UserResourceName="铃声 1/2",
            FileSize=len(file),
            ResourceVer="0.0.1",
        )
        assert answer["ResourceName"] == f"USER_{world.users['owner']}_RES_铃声 1/2"
        assert answer["UploadUrl"].startswith(f"{url}/resource/K7M2QX9D4A/")
        taken = await client.put(answer["UploadUrl"], content=file)
        assert (taken.status_code, taken.headers["etag"]) == (200, f'"{hashlib.md5(file).hexdigest()}"')
        for content in (file[1:], file + b"x"):
            assert (await client.put(answer["UploadUrl"], content=content)).status_code == 400
        for forged in (
            answer["UploadUrl"].replace("_0.0.1", "_0.0.2"),
            answer["UploadUrl"] + "0",
            f"{url}/resource/a/b",
        ):
            assert (await client.put(forged, content=file)).status_code == 403
