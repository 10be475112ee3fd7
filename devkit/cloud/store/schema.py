"""The tables of the emulator, as data: every store builds them from here.

Times are unix ms except where a column ends in _s; booleans are 0 or 1; json columns are replaced whole,
never changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devkit.errors import SettingsError

VERSION = 1
MIGRATIONS: Mapping[int, tuple[str, ...]] = {}
"""{version: the SQL statements that bring a database to the next one}. Tables that are new need none."""


@dataclass(frozen=True)
class Table:
    """Columns {name: "text"|"int"|"json"}, the key, and the column groups that find() looks up.

    serial names an int key column that the store numbers itself.
    """

    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    serial: str = ""


def _table(columns: str, key: str, *indexes: str, serial: str = "") -> Table:
    """Read "name name:int name:json"."""
    pairs = (column.partition(":") for column in columns.split())
    return Table(
        {name: kind or "text" for name, _, kind in pairs},
        tuple(key.split()),
        tuple(tuple(index.split()) for index in indexes),
        serial,
    )


TABLES: Mapping[str, Table] = {
    "users": _table(
        "user_id nick_name avatar country_code phone_number email wx_open_id created:int",
        "user_id",
        "wx_open_id",
    ),
    "sessions": _table("token user_id expire_s:int", "token", "user_id"),
    "apps": _table("app_key app_secret name", "app_key"),
    "nonces": _table("app_key nonce stamp_s:int", "app_key nonce stamp_s", "app_key"),
    "families": _table("family_id name address created:int updated:int", "family_id"),
    "members": _table("family_id user_id role:int created:int", "family_id user_id", "family_id", "user_id"),
    "family_invites": _table("token family_id from_user to_user expire_s:int used:int", "token", "family_id"),
    "rooms": _table("room_id family_id name created:int updated:int", "room_id", "family_id"),
    "products": _table(
        "product_id name description template net_type category_id:int product_type:int services:json"
        " icon_url config:json secret manufacturer product_model updated:int",
        "product_id",
    ),
    "devices": _table(
        "device_id product_id device_name psk family_id room_id user_id alias icon_url device_type:int"
        " gateway_id gateway_bound:int online:int connected:int version mac ip info:json created:int"
        " updated:int",
        "device_id",
        "family_id",
        "gateway_id",
        "product_id",
        "family_id room_id",
    ),
    "properties": _table("device_id field value:json updated:int", "device_id field", "device_id"),
    "history": _table(
        "id:int device_id field time:int value:json", "id", "device_id field", "device_id", serial="id"
    ),
    "events": _table("id:int device_id event_id type time:int params:json", "id", "device_id", serial="id"),
    "configs": _table("owner device_id name value", "owner device_id name", "owner device_id", "device_id"),
    "bind_tokens": _table(
        "token user_id family_id room_id state:int product_id device_name expire_s:int", "token"
    ),
    "share_tokens": _table(
        "token from_user device_id family_id context user_id bound_s:int expire_s:int created_s:int",
        "token",
        "device_id",
    ),
    "shares": _table(
        "device_id user_id from_user context bound:int", "device_id user_id", "device_id", "user_id"
    ),
    "timers": _table(
        "timer_id device_id user_id name days time_point repeat:int data status:int next_ms:int created:int"
        " updated:int",
        "timer_id",
        "device_id",
        "status",
    ),
    "firmwares": _table(
        "product_id version name description md5 fw_type url created:int", "product_id version", "product_id"
    ),
    "firmware_images": _table("product_id version secret data", "product_id version"),
    "ota_tasks": _table(
        "device_id version origin status:int percent:int message updated:int", "device_id", "status"
    ),
    "messages": _table(
        "id:int user_id from_user category:int type:int title content time:int device_id family_id"
        " related_user",
        "id",
        "user_id category",
        "user_id",
        serial="id",
    ),
    "scenes": _table(
        "scene_id family_id user_id name icon actions:json status:int created:int updated:int",
        "scene_id",
        "family_id",
        "status",
    ),
    "automations": _table(
        "automation_id family_id user_id name icon status:int match_type:int conditions:json actions:json"
        " begin end days next_ms:int created:int updated:int",
        "automation_id",
        "family_id",
        "status",
    ),
    "groups": _table(
        "group_id family_id room_id name icon_url product_id created:int updated:int", "group_id", "family_id"
    ),
    "group_devices": _table("group_id device_id", "group_id device_id", "group_id", "device_id"),
    "group_shares": _table("group_id user_id from_user bound:int", "group_id user_id", "group_id", "user_id"),
    "fences": _table(
        "fence_id device_id name area:json alert_type:int status:int created:int updated:int",
        "fence_id",
        "device_id",
    ),
    "fence_events": _table(
        "id:int fence_id device_id type time:int place:json", "id", "device_id", serial="id"
    ),
    "locations": _table("id:int device_id time:int place:json", "id", "device_id", serial="id"),
    "music": _table("user_id name value:json", "user_id name", "user_id"),
}


def refuse_newer(version: int) -> None:
    """Refuse a database that a newer devkit has written.

    Errors: SettingsError.
    """
    if version > VERSION:
        raise SettingsError(
            f"The database has schema version {version}; this devkit knows versions up to {VERSION}.",
            "Update devkit, or use another file with --db.",
        )
