"""Whatever is deleted, in any order, no row points at nothing afterwards."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from devkit.cloud.api.handlers.devices.binding import USABLE
from devkit.cloud.api.handlers.devices.groups import share_group
from devkit.cloud.store.schema import BIND_TOKENS, GROUPS
from tests.helpers.home import make_home
from tests.helpers.references import dangling
from tests.unit.cloud.test_invariants import DEVICES, USERS, Households

POWER = '{"power":1}'
ACTION = {"ActionType": 0, "ProductId": "K7M2QX9D4A", "DeviceName": "lamp01", "Data": POWER}
TIMER = {"TimerName": "t", "Days": "1111111", "TimePoint": "08:00", "Repeat": 1, "Data": POWER}
CONDITION = {"CondId": "c", "CondType": 1, "Timer": {"Days": "1111111", "TimePoint": "08:00"}}
AUTOMATION = {
    "Name": "a",
    "Icon": "i",
    "Status": 1,
    "MatchType": 1,
    "Conditions": [CONDITION],
    "Actions": [{"ActionType": 3, "Data": "1"}],
    "EffectiveBeginTime": "00:00",
    "EffectiveEndTime": "23:59",
    "EffectiveDays": "1111111",
}
FENCE = {"FenceName": "f", "FenceArea": {"Longitude": 1, "Latitude": 1, "Radius": 9}, "AlertType": 3}
DELETING = ("AppDeleteTimer", "AppDeleteScene", "AppDeleteAutomation", "AppDeleteGroup", "AppDeleteFence")


class Belongings(Households):
    """The users fill their families with all that there is, and delete what they like."""

    @initialize()
    def start(self) -> None:
        super().start()
        self.made: list[dict[str, Any]] = []
        self.call(0, "AppModifyFamily", FamilyId=self.home.family_id, Name="home", Address="here")
        self.create(0, 0, self.families[0])
        self.share_all_groups(0, 1)

    def create(self, user: int, number: int, family_id: str) -> None:
        """Make one of each kind, as far as the user may."""
        device, family = {"DeviceId": self.device(number)}, {"FamilyId": family_id}
        room = self.call(user, "AppCreateRoom", **family, Name="room").get("Data", {}).get("RoomId", "0")
        self.rooms.append(room)
        token = self.call(user, "AppCreateShareDeviceToken", **device, TokenContext="c")
        self.call((user + 1) % 4, "AppBindUserShareDevice", **device, **token)
        grouped = {"DeviceIds": [self.device(number)], "RoomId": room, "GroupName": "g"}
        answers = [
            self.call(user, "AppCreateTimer", **device, **TIMER),
            self.call(user, "AppCreateFence", **device, **FENCE),
            self.call(user, "AppCreateScene", **family, SceneName="s", SceneIcon="i", Actions=[ACTION]),
            self.call(user, "AppCreateAutomation", **family, **AUTOMATION),
            self.call(user, "AppCreateGroup", **family, **grouped),
            self.call(user, "AppCreateMultiDeviceBindToken", **family, RoomId=room),
            self.call(user, "AppSetUserDeviceConfig", **device, DeviceKey="k", DeviceValue="v"),
            self.call(user, "AppSetDeviceConfig", **device, DeviceKey="k", DeviceValue="v"),
        ]
        for answer in answers:
            self.made += [{**device, **answer, **answer.get("Data", {})}] if answer else []

    @rule(user=USERS, number=DEVICES, data=st.data())
    def create_all(self, user: int, number: int, data: st.DataObject) -> None:
        self.create(user, number, data.draw(st.sampled_from(self.families)))

    @rule(user=USERS, data=st.data())
    def delete(self, user: int, data: st.DataObject) -> None:
        made, action = data.draw(st.sampled_from(self.made)), data.draw(st.sampled_from(DELETING))
        self.call(user, action, **made)

    @rule(user=USERS, other=USERS)
    def share_groups(self, user: int, other: int) -> None:
        self.share_all_groups(user, other)

    def share_all_groups(self, user: int, other: int) -> None:
        users = [self.home.users[self.names[number]] for number in (user, other)]
        with self.home.emulator.work() as work:
            for group in work.tx.find(GROUPS, {}):
                share_group(work, group["group_id"], user_id=users[1], from_user=users[0])

    @rule(user=USERS, number=DEVICES, data=st.data())
    def bind(self, user: int, number: int, data: st.DataObject) -> None:
        family, room = (data.draw(st.sampled_from(items)) for items in (self.families, self.rooms))
        token = self.call(user, "AppCreateDeviceBindToken")["Token"]
        with self.home.emulator.work() as work:
            work.tx.change(BIND_TOKENS, token, state=USABLE)
        device = {"DeviceId": self.device(number), "FamilyId": family, "RoomId": room}
        self.call(user, "AppTokenBindDeviceFamily", Token=token, **device)

    @rule(data=st.data())
    def delete_a_room(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(self.rooms))
        for family in self.families:
            for user in range(4):
                self.call(user, "AppDeleteRoom", FamilyId=family, RoomId=room)

    @rule(number=st.integers(0, 9))
    def delete_a_family(self, number: int) -> None:
        family = self.families[number % len(self.families)]
        for user in range(4):
            self.call(user, "AppDeleteFamily", FamilyId=family, Name="home")

    @rule(user=USERS, number=DEVICES)
    def drop_share(self, user: int, number: int) -> None:
        self.call(user, "AppRemoveUserShareDevice", DeviceId=self.device(number))

    @invariant()
    def no_row_points_at_nothing(self) -> None:
        if hasattr(self, "home"):
            with self.home.emulator.work() as work:
                assert dangling(work.tx) == []


TestBelongings = Belongings.TestCase
TestBelongings.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


async def test_a_family_goes_with_all_it_holds() -> None:
    home = make_home()
    family = {"FamilyId": home.family_id}
    group = await home.call(
        "AppCreateGroup", **family, DeviceIds=[home.device_id], RoomId=home.room_id, GroupName="g"
    )
    with home.emulator.work() as work:
        users = {"user_id": home.users["stranger"], "from_user": home.users["owner"]}
        share_group(work, group["Data"]["GroupId"], **users)
    await home.call("AppDeleteRoom", **family, RoomId=home.room_id)
    described = await home.call("AppDescribeGroup", GroupId=group["Data"]["GroupId"])
    assert described["Data"]["RoomId"] == "0"
    await home.call("AppDeleteFamily", **family, Name="我的家")
    with home.emulator.work() as work:
        left = {table: work.tx.count(table, {}) for table in ("groups", "group_shares", "group_devices")}
        assert set(left.values()) == {0}, left
        assert dangling(work.tx) == []
    await home.emulator.aclose()
