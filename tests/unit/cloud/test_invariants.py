"""Families, rooms, members and shares under any order of calls: what must always hold."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.seed import add_device
from devkit.errors import CloudApiError
from tests.helpers.home import make_home

USERS = st.integers(0, 3)
DEVICES = st.integers(0, 2)


class Households(RuleBasedStateMachine):
    """Four users do what they like with each other's families."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.home = make_home()
        self.families: list[str] = [self.home.family_id]
        self.rooms: list[str] = [self.home.room_id, "0", "r_none"]
        self.invites: list[str] = ["none"]
        self.shares: list[str] = ["none"]
        self.names = ["owner", "stranger", "third", "fourth"]
        with self.home.emulator.work() as work:
            for name in self.names[2:]:
                self.home.users[name] = create_user(work, nick_name=name)
                self.home.tokens[name] = open_session(work, self.home.users[name])[0]
            for number in range(2):
                add_device(
                    work,
                    "K7M2QX9D4A",
                    f"lamp0{number + 2}",
                    family_id=self.home.family_id,
                    user_id=self.home.users["owner"],
                    online=True,
                )

    def call(self, user: int, action: str, **params: Any) -> dict[str, Any]:
        try:
            return self.loop.run_until_complete(self.home.call(action, as_=self.names[user], **params))
        except CloudApiError:
            return {}

    def device(self, number: int) -> str:
        return f"K7M2QX9D4A/lamp0{number + 1}"

    @rule(user=USERS)
    def create_family(self, user: int) -> None:
        answer = self.call(user, "AppCreateFamily", Name="home")
        self.families.append(answer["Data"]["FamilyId"])

    @rule(user=USERS, data=st.data())
    def create_room(self, user: int, data: st.DataObject) -> None:
        family = data.draw(st.sampled_from(self.families))
        answer = self.call(user, "AppCreateRoom", FamilyId=family, Name="room")
        self.rooms += [answer["Data"]["RoomId"]] if answer else []

    @rule(user=USERS, number=DEVICES, data=st.data())
    def move(self, user: int, number: int, data: st.DataObject) -> None:
        family, room = (data.draw(st.sampled_from(items)) for items in (self.families, self.rooms))
        self.call(
            user, "AppModifyFamilyDeviceRoom", FamilyId=family, RoomId=room, DeviceId=self.device(number)
        )

    @rule(user=USERS, data=st.data())
    def delete_room(self, user: int, data: st.DataObject) -> None:
        family, room = (data.draw(st.sampled_from(items)) for items in (self.families, self.rooms))
        self.call(user, "AppDeleteRoom", FamilyId=family, RoomId=room)

    @rule(user=USERS, data=st.data())
    def invite(self, user: int, data: st.DataObject) -> None:
        answer = self.call(user, "AppInviteMember", FamilyId=data.draw(st.sampled_from(self.families)))
        self.invites += [answer["ShareToken"]] if answer else []

    @rule(user=USERS, data=st.data())
    def join(self, user: int, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.invites))
        if self.call(user, "AppJoinFamily", ShareToken=token):
            assert self.call(user, "AppJoinFamily", ShareToken=token) == {}

    @rule(user=USERS, other=USERS, data=st.data())
    def remove_member(self, user: int, other: int, data: st.DataObject) -> None:
        family = data.draw(st.sampled_from(self.families))
        member = self.home.users[self.names[other]]
        self.call(user, "AppDeleteFamilyMember", FamilyId=family, MemberId=member)

    @rule(user=USERS, data=st.data())
    def leave(self, user: int, data: st.DataObject) -> None:
        self.call(user, "AppExitFamily", FamilyId=data.draw(st.sampled_from(self.families)))

    @rule(user=USERS, data=st.data())
    def delete_family(self, user: int, data: st.DataObject) -> None:
        family = data.draw(st.sampled_from(self.families))
        self.call(user, "AppDeleteFamily", FamilyId=family, Name="home")

    @rule(user=USERS, number=DEVICES)
    def share(self, user: int, number: int) -> None:
        answer = self.call(user, "AppCreateShareDeviceToken", DeviceId=self.device(number))
        self.shares += [answer["ShareDeviceToken"]] if answer else []

    @rule(user=USERS, number=DEVICES, data=st.data())
    def accept(self, user: int, number: int, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.shares))
        params = {"ShareDeviceToken": token, "DeviceId": self.device(number)}
        if self.call(user, "AppBindUserShareDevice", **params):
            assert self.call((user + 1) % 4, "AppBindUserShareDevice", **params) == {}

    @rule(user=USERS, number=DEVICES)
    def unbind(self, user: int, number: int) -> None:
        for family in self.families:
            params = {"FamilyId": family, "DeviceId": self.device(number)}
            self.call(user, "AppDeleteDeviceInFamily", **params)

    @invariant()
    def the_home_is_in_order(self) -> None:
        if not hasattr(self, "home"):
            return
        with self.home.emulator.work() as work:
            tx = work.tx
            families = {row["family_id"] for row in tx.find("families", {})}
            admins = {row["family_id"] for row in tx.find("members", {"role": 1})}
            assert admins == families
            assert {row["family_id"] for row in tx.find("members", {})} == families
            rooms = {row["room_id"]: row["family_id"] for row in tx.find("rooms", {})}
            assert set(rooms.values()) <= families
            for device in tx.find("devices", {}):
                assert device["family_id"] in families | {""}
                assert device["room_id"] == "0" or rooms[device["room_id"]] == device["family_id"]
                shares = tx.find("shares", {"device_id": device["device_id"]})
                assert device["family_id"] or not shares

    @invariant()
    def lists_count_what_they_show(self) -> None:
        if not hasattr(self, "home"):
            return
        for user in range(4):
            listed = self.call(user, "AppGetFamilyList")
            assert listed["Total"] == len(listed["FamilyList"])
            for family in listed["FamilyList"]:
                for action, items in (
                    ("AppGetRoomList", "RoomList"),
                    ("AppGetFamilyMemberList", "MemberList"),
                    ("AppGetFamilyDeviceList", "DeviceList"),
                ):
                    page = self.call(user, action, FamilyId=family["FamilyId"])
                    assert page["Total"] == len(page[items])

    def teardown(self) -> None:
        if hasattr(self, "home"):
            self.loop.run_until_complete(self.home.emulator.aclose())
            self.loop.close()


TestHouseholds = Households.TestCase
TestHouseholds.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
