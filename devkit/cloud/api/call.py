"""One call of an action: its parameters, its user, and the checks that many handlers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from devkit.cloud.api.facts import Fact
from devkit.cloud.api.refusals import refusal
from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.schema import (
    DEVICES,
    FAMILIES,
    MEMBERS,
    ROOMS,
    SHARES,
    USERS,
    DeviceRow,
    FamilyRow,
    R,
    Table,
    UserRow,
)
from devkit.cloud.store.work import Work
from devkit.language import _
from devkit.model import ThingModel

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

JSON = Any
Answer = dict[str, JSON]
ADMIN = 1
MEMBER = 0
DEFAULT_ROOM = "0"


class Call(Work):
    """A call inside its transaction.

    then, when a handler sets it, runs after the commit and gives the answer in place of the handler's.
    """

    def __init__(
        self,
        emulator: Emulator,
        tx: Transaction,
        fact: Fact,
        params: Mapping[str, JSON],
        user_id: str,
        token: str = "",
    ) -> None:
        super().__init__(emulator, tx)
        self.fact = fact
        self.params = params
        self.user_id = user_id
        self.token = token
        self.then: Callable[[], Awaitable[Answer]] | None = None

    def refuse(self, reason: str, message: str) -> NoReturn:
        """Fail with the documented code of a reason (a row of refusals.REASONS, or a code)."""
        raise refusal(self.fact, reason, message)

    def text(self, name: str, default: str = "") -> str:
        """Return a text parameter."""
        value: str = self.params.get(name, default)
        return value

    def number(self, name: str, default: int = 0) -> int:
        """Return a number parameter."""
        value: int = self.params.get(name, default)
        return value

    def user(self, user_id: str = "") -> UserRow:
        """Return a user, by default the caller; unknown users are refused."""
        row = self.tx.get(USERS, user_id or self.user_id)
        return row or self.refuse("value", _(f"There is no user {user_id}."))

    def device(self, device_id: str = "") -> DeviceRow:
        """Return a device, by default the one of the parameters."""
        wanted = device_id or self.params["DeviceId"]
        return self.tx.get(DEVICES, wanted) or self.refuse("device", _(f"There is no device {wanted}."))

    def usable_device(self, device_id: str = "") -> DeviceRow:
        """Return a device of the caller's families, or one that is shared with the caller."""
        row = self.device(device_id)
        if self.role(row["family_id"]) is None and not self.tx.get(SHARES, row["device_id"], self.user_id):
            self.refuse(
                "permission", _(f"The device {row['device_id']} is not yours and not shared with you.")
            )
        return row

    def own_device(self, device_id: str = "") -> DeviceRow:
        """Return a device of the caller's families; a share is not enough."""
        row = self.device(device_id)
        if self.role(row["family_id"]) is None:
            self.refuse("permission", _(f"The device {row['device_id']} is not in a family of yours."))
        return row

    def model(self, device: DeviceRow) -> ThingModel:
        """Return the thing model of a device."""
        return self.emulator.model(self.tx, device["product_id"])

    def role(self, family_id: str) -> int | None:
        """Return the caller's role in a family; None for strangers."""
        row = self.tx.get(MEMBERS, family_id, self.user_id) if family_id else None
        return None if row is None else int(row["role"])

    def family(self, *, admin: bool = False, family_id: str = "") -> FamilyRow:
        """Return the family of the parameters; the caller must belong to it."""
        wanted = family_id or self.text("FamilyId")
        row = self.tx.get(FAMILIES, wanted)
        if row is None:
            self.refuse("family", _(f"There is no family {wanted}."))
        role = self.role(wanted)
        if role is None:
            self.refuse("member", _(f"You are not a member of the family {row['name']}."))
        if admin and role != ADMIN:
            self.refuse("permission", _(f"Only administrators of the family {row['name']} may do this."))
        return row

    def room(self, family_id: str, room_id: str) -> str:
        """Return a room id of a family; "" and "0" are the default room."""
        if room_id in ("", DEFAULT_ROOM):
            return DEFAULT_ROOM
        row = self.tx.get(ROOMS, room_id)
        if row is None or row["family_id"] != family_id:
            self.refuse("value", _(f"The family has no room {room_id}."))
        return room_id

    def page(
        self, table: Table[R], where: Mapping[str, JSON], *, order: str = "", descending: bool = False
    ) -> tuple[int, list[R]]:
        """Return the number of rows, and those between Offset and Offset + Limit."""
        offset, limit = self.number("Offset"), self.limit()
        rows = self.tx.find(table, where, order=order, descending=descending, offset=offset, limit=limit)
        return self.tx.count(table, where), rows

    def limit(self) -> int:
        """Return Limit; without one, the documented cap of the list."""
        caps = [param.maximum for param in self.fact.params if param.name == "Limit" and param.maximum]
        return self.number("Limit", caps[0] if caps else 50)
