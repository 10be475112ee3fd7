"""Rights end when they end: nothing of a household reaches who has left it, whatever happened before."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from devkit.cloud.api.handlers.devices.devices import unbind
from devkit.cloud.api.handlers.homes.families import add_family, add_member
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.api.rights import may_use
from devkit.cloud.api.signing import sign_binding
from devkit.cloud.push.changes import DeviceChange
from devkit.cloud.push.socket import PushSocket
from devkit.cloud.seed import add_device
from devkit.cloud.store.schema import DEVICES, MEMBERS, SESSIONS, TIMERS, DeviceRow
from devkit.cloud.store.work import Work
from devkit.errors import CloudApiError
from tests.helpers.home import Home, make_home

USERS = st.integers(0, 3)
NUMBERS = st.integers(0, 1)
NAMES = ("owner", "stranger", "third", "fourth")
LAMPS = ("K7M2QX9D4A/lamp01", "K7M2QX9D4A/lamp02")


class Client:
    """A push client: the socket's two ends in one."""

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.got: list[dict[str, Any]] = []
        self.server = PushSocket(home.emulator, self)  # type: ignore[arg-type]
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.get_running_loop().create_task(self.server.run())
        self.follow(home.tokens[name])

    def follow(self, token: str) -> None:
        params = {"AccessToken": token, "DeviceIds": list(LAMPS)}
        self._told.put_nowait({"action": "ActivePush", "reqId": "1", "params": params})

    async def receive(self) -> dict[str, Any]:
        return {"type": "websocket.receive", "text": json.dumps(await self._told.get())}

    async def send_text(self, text: str) -> None:
        self.got.append(json.loads(text))

    async def close(self, code: int, reason: str) -> None: ...

    def devices(self) -> set[str]:
        return {frame["params"]["DeviceId"] for frame in self.got if frame.get("push")}

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def device_row(work: Work, device_id: str) -> DeviceRow:
    row = work.tx.get(DEVICES, device_id)
    assert row
    return row


def signature(home: Home, number: int, stamp_s: int) -> dict[str, Any]:
    product_id, _, name = LAMPS[number].partition("/")
    with home.emulator.work() as work:
        psk = device_row(work, LAMPS[number])["psk"]
    names = {"product_id": product_id, "device_name": name}
    signed = sign_binding("other_sign", "hmacsha1", conn_id="7", stamp_s=stamp_s, psk=psk, **names)
    return {
        "DeviceId": LAMPS[number], "DeviceTimestamp": stamp_s, "ConnId": "7", "Signature": signed,
        "BindType": "other_sign",
    }  # fmt: skip


def settled(home: Home) -> list[str]:
    """Add users, a second family and a second lamp; return the families."""
    with home.emulator.work() as work:
        for name in NAMES[2:]:
            home.users[name] = create_user(work, nick_name=name)
            home.tokens[name] = open_session(work, home.users[name])[0]
        other = add_family(work, home.users["stranger"], "b", "")
        add_member(work, home.family_id, home.users["third"], 0)
        add_device(
            work, "K7M2QX9D4A", "lamp02", family_id=home.family_id, user_id=home.users["owner"], online=True
        )
    return [home.family_id, other]


class Households(RuleBasedStateMachine):
    """Four users, two families, two lamps: members come and go, lamps are shared, moved and scheduled."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.home = make_home()
        self.families = settled(self.home)
        self.invites: dict[str, tuple[str, str]] = {}
        self.offers: dict[str, tuple[str, str]] = {}
        self.proofs: list[tuple[int, int]] = []
        self.served: set[tuple[int, int]] = set()
        self.stamp = self.home.clock.now_ms() // 1000

    def call(self, user: int, action: str, **params: Any) -> dict[str, Any] | None:
        try:
            return self.loop.run_until_complete(self.home.call(action, as_=NAMES[user], **params))
        except CloudApiError:
            return None

    def may(self, user: int, device: str) -> bool:
        with self.home.emulator.work() as work:
            return may_use(work.tx, self.home.users[NAMES[user]], device)

    def is_member(self, user_id: str, family: str) -> bool:
        with self.home.emulator.work() as work:
            return work.tx.get(MEMBERS, family, user_id) is not None

    def family_of(self, device: str) -> str:
        with self.home.emulator.work() as work:
            return device_row(work, device)["family_id"]

    @rule(user=USERS, number=NUMBERS)
    def invite(self, user: int, number: int) -> None:
        answer = self.call(user, "AppInviteMember", FamilyId=self.families[number])
        if answer:
            self.invites[answer["ShareToken"]] = (self.home.users[NAMES[user]], self.families[number])

    @rule(user=USERS, data=st.data())
    def join(self, user: int, data: st.DataObject) -> None:
        if self.invites:
            token = data.draw(st.sampled_from(sorted(self.invites)))
            inviter, family = self.invites[token]
            stays = self.is_member(inviter, family)
            assert self.call(user, "AppJoinFamily", ShareToken=token) is None or stays

    @rule(user=USERS, other=USERS, number=NUMBERS)
    def remove(self, user: int, other: int, number: int) -> None:
        member = self.home.users[NAMES[other]]
        self.call(user, "AppDeleteFamilyMember", FamilyId=self.families[number], MemberId=member)

    @rule(user=USERS, number=NUMBERS)
    def leave(self, user: int, number: int) -> None:
        self.call(user, "AppExitFamily", FamilyId=self.families[number])

    @rule(user=USERS, number=NUMBERS)
    def offer(self, user: int, number: int) -> None:
        answer = self.call(user, "AppCreateShareDeviceToken", DeviceId=LAMPS[number])
        if answer:
            place = (self.home.users[NAMES[user]], LAMPS[number])
            self.offers[answer["ShareDeviceToken"]] = place

    @rule(user=USERS, data=st.data())
    def accept(self, user: int, data: st.DataObject) -> None:
        if self.offers:
            token = data.draw(st.sampled_from(sorted(self.offers)))
            sharer, device = self.offers[token]
            owns = self.is_member(sharer, self.family_of(device))
            params = {"ShareDeviceToken": token, "DeviceId": device}
            assert self.call(user, "AppBindUserShareDevice", **params) is None or owns

    @rule(user=USERS, other=USERS, number=NUMBERS)
    def unshare(self, user: int, other: int, number: int) -> None:
        sharee = self.home.users[NAMES[other]]
        self.call(user, "AppRemoveShareDeviceUser", DeviceId=LAMPS[number], RemoveUserId=sharee)
        self.call(user, "AppRemoveUserShareDevice", DeviceId=LAMPS[number])

    @rule(user=USERS, number=NUMBERS, family=NUMBERS, data=st.data())
    def bind(self, user: int, number: int, family: int, data: st.DataObject) -> None:
        self.stamp += 1
        self.proofs.append((number, self.stamp))
        proof = data.draw(st.sampled_from(self.proofs[-4:]))
        here = self.family_of(LAMPS[proof[0]])
        params = signature(self.home, *proof)
        done = self.call(
            user, "AppSigBindDeviceInFamily", **params, FamilyId=self.families[family], RoomId="0"
        )
        if done and here != self.families[family]:
            assert proof not in self.served
        if done:
            self.served.add(proof)

    @rule(user=USERS, number=NUMBERS)
    def schedule(self, user: int, number: int) -> None:
        self.call(
            user, "AppCreateTimer", DeviceId=LAMPS[number], TimerName="t", Days="1111111", TimePoint="12:00",
            Repeat=1, Data={"brightness": 5},
        )  # fmt: skip

    @rule(user=USERS, family=NUMBERS)
    def compose(self, user: int, family: int) -> None:
        product_id, _, name = LAMPS[0].partition("/")
        action = {"ActionType": 0, "ProductId": product_id, "DeviceName": name, "Data": '{"brightness": 9}'}
        self.call(
            user, "AppCreateScene", FamilyId=self.families[family], SceneName="s", SceneIcon="i",
            Actions=[action],
        )  # fmt: skip

    @rule(number=NUMBERS)
    def rename(self, number: int) -> None:
        for user in range(4):
            self.call(user, "AppUpdateDeviceInFamily", DeviceId=LAMPS[number], AliasName=f"alias of {user}")

    @invariant()
    def what_is_left_belongs_to_who_may(self) -> None:
        if not hasattr(self, "home"):
            return
        with self.home.emulator.work() as work:
            for timer in work.tx.find(TIMERS, {}):
                assert may_use(work.tx, timer["user_id"], timer["device_id"])
            devices = {row["device_id"]: row for row in work.tx.find(DEVICES, {})}
        for user in range(4):
            for family in self.families:
                answer = self.call(user, "AppGetSceneList", FamilyId=family)
                for scene in answer["SceneList"] if answer else []:
                    for part in scene["Actions"]:
                        device = devices[f"{part['ProductId']}/{part['DeviceName']}"]
                        assert device["family_id"] == family or "AliasName" not in part

    @rule(number=NUMBERS, data=st.data())
    def pushes_reach_who_may(self, number: int, data: st.DataObject) -> None:
        """Every user follows both lamps; then rights change, and a lamp pushes."""
        change = data.draw(st.sampled_from(["leave", "unbind", "nothing"]))
        self.loop.run_until_complete(self._push_after(number, change))

    async def _push_after(self, number: int, change: str) -> None:
        clients = [Client(self.home, name) for name in NAMES]
        await self.home.settle()
        if change == "unbind":
            with self.home.emulator.work() as work:
                device = device_row(work, LAMPS[number])
                if device["family_id"]:
                    unbind(work, device)
        if change == "leave":
            for name in NAMES:
                with contextlib.suppress(CloudApiError):
                    await self.home.call("AppExitFamily", as_=name, FamilyId=self.families[number])
        await self.home.settle()
        for client in clients:
            client.got.clear()
        self.home.emulator.publish(DeviceChange(LAMPS[number], "Property", "Report", 1, {"params": {}}))
        await self.home.settle()
        with self.home.emulator.work() as work:
            for client in clients:
                allowed = may_use(work.tx, self.home.users[client.name], LAMPS[number])
                assert (LAMPS[number] in client.devices()) == allowed, (client.name, change)
        for client in clients:
            await client.leave()

    def teardown(self) -> None:
        if hasattr(self, "home"):
            self.loop.run_until_complete(self.home.emulator.aclose())
            self.loop.close()


TestHouseholds = Households.TestCase
TestHouseholds.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("way", ["logout", "expiry", "removal", "unshare"])
async def test_pushes_end_with_the_right_to_them_but_what_was_before_arrives(home: Home, way: str) -> None:
    settled(home)
    name = "stranger" if way == "unshare" else "third"
    if way == "unshare":
        token = (await home.lamp("AppCreateShareDeviceToken"))["ShareDeviceToken"]
        await home.lamp("AppBindUserShareDevice", as_=name, ShareDeviceToken=token)
    if way == "expiry":
        with home.emulator.work() as work:
            work.tx.change(SESSIONS, home.tokens[name], expire_s=work.now_s + 60)
    client = Client(home, name)
    await home.settle()
    assert client.got[-1]["data"]["deviceIds"]
    home.emulator.publish(DeviceChange(LAMPS[0], "Property", "Report", 1, "before"))
    if way == "logout":
        await home.call("AppLogoutUser", as_=name)
    elif way == "expiry":
        await home.settle(61_000)
    elif way == "removal":
        await home.call("AppDeleteFamilyMember", FamilyId=home.family_id, MemberId=home.users[name])
    else:
        await home.lamp("AppRemoveShareDeviceUser", RemoveUserId=home.users[name])
    await home.settle()
    home.emulator.publish(DeviceChange(LAMPS[0], "Property", "Report", 2, "after"))
    await home.settle()
    assert [frame["params"]["Seq"] for frame in client.got if frame.get("push")] == [1]
    await client.leave()


async def test_an_old_scene_has_no_say_over_a_lamp_that_moved(home: Home) -> None:
    families = settled(home)
    product_id, _, name = LAMPS[0].partition("/")
    act = {"ActionType": 0, "ProductId": product_id, "DeviceName": name, "Data": '{"brightness": 9}'}
    scene = await home.call(
        "AppCreateScene", FamilyId=home.family_id, SceneName="s", SceneIcon="i", Actions=[act]
    )
    proof = signature(home, 0, home.clock.now_ms() // 1000)
    await home.call("AppSigBindDeviceInFamily", as_="stranger", **proof, FamilyId=families[1], RoomId="0")
    before = home.values()["brightness"]
    await home.call("AppRunScene", SceneId=scene["SceneId"])
    await home.settle(1000)
    assert home.values()["brightness"] == before != 9
    back = {**proof, "FamilyId": home.family_id, "RoomId": "0"}
    assert await home.code("AppSigBindDeviceInFamily", **back) == "InvalidParameterValue"


async def test_a_signature_that_set_a_lamp_up_once_more_does_not_move_it(home: Home) -> None:
    families = settled(home)
    proof = signature(home, 0, home.clock.now_ms() // 1000)
    for _ in range(2):
        await home.call("AppSigBindDeviceInFamily", **proof, FamilyId=home.family_id, RoomId="0")
    stolen = {**proof, "FamilyId": families[1], "RoomId": "0"}
    assert await home.code("AppSigBindDeviceInFamily", as_="stranger", **stolen) == "InvalidParameterValue"


async def test_invitations_and_offers_end_with_the_membership_of_who_made_them(home: Home) -> None:
    settled(home)
    with home.emulator.work() as work:
        work.tx.change(MEMBERS, home.family_id, home.users["third"], role=1)
    invite = (await home.call("AppInviteMember", as_="third", FamilyId=home.family_id))["ShareToken"]
    offer = (await home.lamp("AppCreateShareDeviceToken", as_="third"))["ShareDeviceToken"]
    await home.call("AppDeleteFamilyMember", FamilyId=home.family_id, MemberId=home.users["third"])
    assert await home.code("AppJoinFamily", as_="third", ShareToken=invite)
    accept = {"ShareDeviceToken": offer, "DeviceId": LAMPS[0]}
    assert await home.code("AppBindUserShareDevice", as_="third", **accept)
