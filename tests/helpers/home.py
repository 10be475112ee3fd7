"""A small world in an emulator: two users, a family, a lamp, on a clock that stands still."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.limits import Limits
from devkit.cloud.push.changes import DeviceChange
from devkit.cloud.seed import seed_home
from devkit.cloud.store.memory import Store
from devkit.errors import CloudApiError
from devkit.model import read_model
from tests.helpers.models import LAMP_ID, LAMP_TEXT
from tests.helpers.pushes import Collected


@dataclass
class Home:
    """An emulator with the owner of a lamp and a stranger; calls are the owner's unless `as_` says other."""

    emulator: Emulator
    clock: ManualClock
    tokens: dict[str, str]
    users: dict[str, str]
    family_id: str
    room_id: str
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    device_id: str = LAMP_ID

    async def call(self, action: str, *, as_: str = "owner", **params: Any) -> dict[str, Any]:
        """Perform an action; dicts given as Data, InputParams or Params travel as JSON texts."""
        for name in ("Data", "InputParams", "Params"):
            if isinstance(params.get(name), dict):
                params[name] = json.dumps(params[name])
        endpoint = "appapi" if action == "AppGetTokenByWeiXin" else "tokenapi"
        return await self.emulator.call(
            action, {"AccessToken": self.tokens[as_], **params}, endpoint=endpoint
        )

    async def lamp(self, action: str, *, as_: str = "owner", **params: Any) -> dict[str, Any]:
        """Perform an action on the lamp."""
        return await self.call(action, as_=as_, DeviceId=self.device_id, **params)

    async def code(self, action: str, *, as_: str = "owner", **params: Any) -> str:
        """Return the error code of an action, "" when it succeeds."""
        found = None
        try:
            await self.call(action, as_=as_, **params)
        except CloudApiError as error:
            found = error
        assert found is None or found.message
        return str(found.code) if found else ""

    def values(self) -> dict[str, Any]:
        """Return the lamp's property values."""
        return self.emulator.devices.device(self.device_id).properties

    def subscribe(self, *device_ids: str) -> Collected[DeviceChange]:
        """Collect pushes, by default the lamp's."""
        wanted = device_ids or (self.device_id,)
        return Collected(lambda subscriber: self.emulator.pushes.subscribe(wanted, subscriber))

    async def settle(self, milliseconds: int = 0) -> None:
        """Let devices and rules do what they have to, then move the clock."""
        await self.clock.advance(milliseconds)


def make_home(store: Store | None = None, limits: Limits | None = None) -> Home:
    """Build the world; the caller closes the emulator."""
    heard: list[tuple[str, dict[str, Any]]] = []
    clock = ManualClock()
    emulator = Emulator(
        store, clock=clock, limits=limits, observer=lambda what: heard.append((what.kind, what.to_json()))
    )
    with emulator.work() as work:
        seed = seed_home(
            work, read_model(LAMP_TEXT), product_id="K7M2QX9D4A", device_name="lamp01", display_name="床头灯"
        )
        stranger = create_user(work, nick_name="bo", phone_number="13912345678", country_code="86")
        token, _ = open_session(work, stranger)
    return Home(
        emulator=emulator,
        clock=clock,
        tokens={"owner": seed.token, "stranger": token},
        users={"owner": seed.user_id, "stranger": stranger},
        family_id=seed.family_id,
        room_id=seed.room_id,
        heard=heard,
    )


def shape(push: DeviceChange) -> tuple[str, str, Any]:
    """Return the part of a push that matters in most tests."""
    payload = push.payload
    return push.type, push.sub_type, payload.get("params") if isinstance(payload, dict) else payload


async def take(pushes: Collected[DeviceChange], count: int) -> list[tuple[str, str, Any]]:
    """Return the shapes of the next pushes."""
    return [shape(await anext(pushes)) for _ in range(count)]
