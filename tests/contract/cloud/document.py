"""The world of the document's examples: their products, devices, people and objects, under their ids."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from starlette.applications import Starlette

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.api.call import ADMIN, MEMBER
from devkit.cloud.api.handlers.devices.devices import unbind
from devkit.cloud.api.handlers.homes.families import add_family, add_member, add_room
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.http.routes import routes
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.schema import APPS, BIND_TOKENS, DEVICES, PRODUCTS, SHARES, AppRow, ShareRow
from devkit.cloud.store.work import Work
from devkit.model import read_model

JSON = Any
REFERENCE = Path(__file__).parents[3] / "docs/reference/app-api.yaml"
LAMP, GATEWAY, SUB = "K7M2QX9D4A", "G3W8RT5Y1Z", "S6B2NK4H8C"
MEI, BO = "200012345678", "200012345999"
SHARE_TOKEN = "3b7e1d9c5a4f48268e0a2c4e6f8b0d1c"
BOOL = {"type": "bool", "mapping": {"0": "off", "1": "on"}}
TEXT = {"type": "string", "min": "0", "max": "64"}


def _field(field_id: str, define: JSON) -> JSON:
    return {"id": field_id, "name": field_id, "desc": "", "required": False, "mode": "rw", "define": define}


def _number(most: int) -> JSON:
    return {"type": "int", "min": "0", "max": str(most), "start": "0", "step": "1", "unit": ""}


def _model(*properties: JSON) -> JSON:
    """Return the thing model of the examples: events and actions, and what the product's properties are."""
    voltage = {"type": "float", "min": "0", "max": "24", "start": "0", "step": "0.1", "unit": "V"}
    events: tuple[tuple[str, str, list[JSON]], ...] = (
        ("low_voltage", "alert", [_field("voltage", voltage)]),
        ("status_report", "info", [_field("status", BOOL), _field("message", TEXT)]),
        ("face", "info", []),
    )
    blink = {"input": [_field("color", _number(9)), _field("time", _number(9))]}
    return {
        "properties": properties,
        "events": [{**_field(name, None), "type": kind, "params": params} for name, kind, params in events],
        "actions": [{**_field("light_blink", None), **blink, "output": [_field("result", BOOL)]}],
    }


MODELS = {
    LAMP: _model(_field("light_switch", BOOL), _field("brightness", _number(100)), _field("name", TEXT)),
    GATEWAY: _model(_field("switch", BOOL)),
    SUB: _model(),
}


@functools.cache
def actions() -> dict[str, dict[str, JSON]]:
    """Return the documented actions that have an example, by name."""
    document = yaml.safe_load(REFERENCE.read_text("utf-8"))
    return {row["action"]: row for row in document["actions"] if "example" in row}


@dataclass
class Document:
    """The world, a client of it that knows nothing of devkit, and what stands for each id of the examples."""

    emulator: Emulator
    clock: ManualClock
    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def send(self, action: str, *, as_: str = MEI, **changes: JSON) -> dict[str, JSON]:
        """Send the example request of an action as it stands, its ids adapted; return what Response holds."""
        row = actions()[action]
        text = json.dumps({**row["example"]["request"], **changes})
        for documented, made in self.ids.items():
            text = text.replace(documented, made)
        body = json.loads(text)
        if row["endpoint"] == "tokenapi":
            body["AccessToken"] = self.tokens[as_]
        answer = await self.client.post(f"/api/exploreropen/{row['endpoint']}", json=body)
        assert answer.status_code == 200
        response: dict[str, JSON] = answer.json()["Response"]
        await self.clock.advance(0)
        return response


@asynccontextmanager
async def documented_world() -> AsyncIterator[Document]:
    """Build the world; it ends with the block."""
    clock = ManualClock()
    emulator = Emulator(clock=clock)
    transport = httpx.ASGITransport(app=Starlette(routes=routes(emulator)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        world = Document(emulator, clock, client)
        try:
            _add_people_and_things(world)
            await _add_objects(world)
            yield world
        finally:
            await emulator.aclose()


def _add_people_and_things(world: Document) -> None:
    with world.emulator.work() as work:
        for user_id, name in ((MEI, "mei"), (BO, "bo"), ("200012345777", "joe")):
            create_user(work, user_id=user_id, nick_name=name, country_code="86", phone_number="13912345678")
            world.tokens[user_id] = open_session(work, user_id)[0]
        family_id = add_family(work, MEI, "home", "1 River Road")
        add_member(work, family_id, "200012345777", MEMBER)
        room_id = add_room(work, family_id, "study")
        world.ids["f_5d3c9a7e1b2f4860a4c7d9e0b1f2a3c4"] = family_id
        world.ids["r_8e1f0a2b3c4d45e6a7b8c9d0e1f2a3b4"] = room_id
        for product_id, model in MODELS.items():
            gateway = product_id == GATEWAY
            add_product(work, product_id, read_model(json.dumps(model)), name="desk lamp", gateway=gateway)
        work.tx.change(PRODUCTS, LAMP, services=["KuGou"])
        work.tx.change(PRODUCTS, SUB, secret="made-up-product-secret")
        home: dict[str, Any] = {"family_id": family_id, "user_id": MEI, "online": True}
        add_device(work, LAMP, "lamp01", alias="bed lamp", room_id=room_id, **home)
        add_device(work, LAMP, "cam01", **home)
        gateway_id = add_device(work, GATEWAY, "gw01", **home)
        for name in ("sub01", "sub02"):
            add_device(work, SUB, name, gateway_id=gateway_id, online=True)
        work.tx.change(DEVICES, f"{LAMP}/lamp01", psk="EBESExQVFhcYGRobHB0eHw==", version="1.0")
        work.tx.put(
            APPS, AppRow(app_key="ahPxdKtestTGrejd", app_secret="made-up-app-secret-0123456789", name="doc")
        )
    world.emulator.firmware.add(LAMP, "1.1", b"new", name="lamp fw")


async def _add_objects(world: Document) -> None:
    lamp = world.emulator.devices.device(f"{LAMP}/lamp01")
    await lamp.report({"brightness": 77, "light_switch": 0, "name": "lamp01"})
    await lamp.post_event("status_report", {"status": 0, "message": "ok"})
    camera = world.emulator.devices.device(f"{LAMP}/cam01")
    await camera.post_event("face", {})
    await world.clock.advance(-86_400_000)
    await camera.post_event("face", {})
    await world.clock.advance(86_400_000)
    made = {
        "1234567": "9001",
        "d7c1a9e5b3f04826a8e6c4d2b0f1e3a5": (await world.send("AppCreateDeviceBindToken"))["Data"]["Token"],
        "7a1c3e5f9b2d4068a4c6e8f0b1d3f5a7": (await world.send("AppCreateTimer"))["Data"]["TimerId"],
        "s_1f3e5d7c9b8a46528e0d2c4b6a8f0e1d": (await world.send("AppCreateScene"))["SceneId"],
        "a_2b4d6f8e0a1c43658f7e9d1b3c5a7f90": (await world.send("AppCreateAutomation"))["AutomationId"],
    }
    world.ids.update(made)


async def shared(world: Document) -> None:
    """Let bo have the lamp."""
    lamp = f"{LAMP}/lamp01"
    with world.emulator.work() as work:
        row = ShareRow(device_id=lamp, user_id=BO, from_user=MEI, context="", bound=work.stamp)
        work.tx.put(SHARES, row)


async def share_token(world: Document) -> None:
    """Make a token for the lamp."""
    world.ids[SHARE_TOKEN] = (await world.send("AppCreateShareDeviceToken"))["ShareDeviceToken"]


async def invitation(world: Document) -> None:
    """Make an invitation to the family."""
    world.ids[SHARE_TOKEN] = (await world.send("AppInviteMember"))["ShareToken"]


async def bo_joins(world: Document) -> None:
    """Let bo join the family."""
    await invitation(world)
    assert "Error" not in await world.send("AppJoinFamily", as_=BO)


async def bo_leads(world: Document) -> None:
    """Let bo lead the family."""
    with world.emulator.work() as work:
        add_member(work, world.ids["f_5d3c9a7e1b2f4860a4c7d9e0b1f2a3c4"], BO, ADMIN)


async def token_used(world: Document) -> None:
    """Let a lamp of nobody bring the provisioning token."""
    with world.emulator.work() as work:
        _reset(work)
        token = world.ids["d7c1a9e5b3f04826a8e6c4d2b0f1e3a5"]
        work.tx.change(BIND_TOKENS, token, state=2, product_id=LAMP, device_name="lamp01")


async def lamp_of_nobody(world: Document) -> None:
    """Reset the lamp."""
    with world.emulator.work() as work:
        _reset(work)


def _reset(work: Work) -> None:
    lamp = work.tx.get(DEVICES, f"{LAMP}/lamp01")
    assert lamp
    unbind(work, lamp)


async def sub_in_family(world: Document) -> None:
    """Take the first sub-device into the family."""
    await world.send("AppBindSubDeviceInFamily")


async def message(world: Document) -> None:
    """Have a message, and its id."""
    await bo_joins(world)
    found = (await world.send("AppGetMessages"))["Data"]["Msgs"]
    world.ids["65167395785805824"] = found[0]["MsgID"]
