"""The tables of the emulator, as data: the types of their rows, their keys, and whom each row belongs to.

Times are unix ms except where a column ends in _s; booleans are 0 or 1. Columns that are neither text nor
number are kept as JSON and replaced whole, never changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from devkit.errors import SettingsError
from devkit.json_types import JSON
from devkit.language import _

VERSION = 1
MIGRATIONS: Mapping[int, tuple[str, ...]] = {}
"""{version: the SQL statements that bring a database to the next one}. Tables that are new need none."""

R = TypeVar("R", bound=Mapping[str, object])
BINDINGS = "bindings"
"""No table, but the owner of what goes when a device leaves its family."""


@dataclass(frozen=True)
class Reference:
    """Columns of a table that hold the key of another table's row, its owner, or "" for none.

    Once the owner is gone its rows go, too, or, where gone is a text, the column holds that and ends names
    what the rows lose.
    """

    table: Table[Any]
    columns: tuple[str, ...]
    owner: str
    gone: str | None = None
    ends: str = ""


class Table(str, Generic[R]):
    """A table, which is its name, with the type of its rows: stores give and take rows of that type.

    columns is {name: "text"|"int"|"json"}. indexes are the columns that find() looks up. A table whose key
    is id numbers its rows itself. What messages and fence events name is no reference: they tell of the past.
    Devices outlive their product: calls answer that it does not exist.
    """

    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    serial: str
    references: tuple[Reference, ...]

    def __new__(
        cls,
        name: str,
        row: type[R],
        key: str,
        *indexes: str,
        owners: Mapping[str, str] | None = None,
        loose: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Table[R]:
        """Read the columns of a row's type; key and indexes are names of columns, parted by spaces.

        owners: {columns: the table whose key they hold}; loose: {column: (owner, gone, ends) of Reference}.
        """
        table = super().__new__(cls, name)
        kinds = {str: "text", int: "int"}
        table.columns = {column: kinds.get(kind, "json") for column, kind in row.__annotations__.items()}
        table.key = tuple(key.split())
        table.indexes = tuple(tuple(index.split()) for index in indexes)
        table.serial = "id" if key == "id" else ""
        table.references = (
            *(Reference(table, tuple(words.split()), owner) for words, owner in (owners or {}).items()),
            *(Reference(table, (column,), *rest) for column, rest in (loose or {}).items()),
        )
        return table


# fmt: off
# ruff: noqa: UP013  read as a table, each row's type beside its keys
UserRow = TypedDict("UserRow", {
    "user_id": str, "nick_name": str, "avatar": str, "country_code": str, "phone_number": str, "email": str,
    "wx_open_id": str, "created": int})
USERS = Table("users", UserRow, "user_id", "wx_open_id")

SessionRow = TypedDict("SessionRow", {"token": str, "user_id": str, "expire_s": int})
SESSIONS = Table("sessions", SessionRow, "token", "user_id", owners={"user_id": "users"})

AccountRow = TypedDict("AccountRow", {
    "name": str, "user_id": str, "calls_s": int, "sockets": int, "created": int})
ACCOUNTS = Table("accounts", AccountRow, "name", "user_id", owners={"user_id": "users"})

SandboxRow = TypedDict("SandboxRow", {"name": str, "created": int, "expires": int})
SANDBOXES = Table("sandboxes", SandboxRow, "name")

AppRow = TypedDict("AppRow", {"app_key": str, "app_secret": str, "name": str})
APPS = Table("apps", AppRow, "app_key")

NonceRow = TypedDict("NonceRow", {"app_key": str, "nonce": str, "stamp_s": int})
NONCES = Table("nonces", NonceRow, "app_key nonce stamp_s", "app_key", owners={"app_key": "apps"})

FamilyRow = TypedDict("FamilyRow", {
    "family_id": str, "name": str, "address": str, "created": int, "updated": int})
FAMILIES = Table("families", FamilyRow, "family_id")

MemberRow = TypedDict("MemberRow", {"family_id": str, "user_id": str, "role": int, "created": int})
MEMBERS = Table("members", MemberRow, "family_id user_id", "family_id", "user_id",
                owners={"family_id": "families", "user_id": "users"})

FamilyInviteRow = TypedDict("FamilyInviteRow", {
    "token": str, "family_id": str, "from_user": str, "to_user": str, "expire_s": int, "used": int})
FAMILY_INVITES = Table("family_invites", FamilyInviteRow, "token", "family_id",
                       owners={"family_id": "families", "from_user": "users", "to_user": "users"})

RoomRow = TypedDict("RoomRow", {
    "room_id": str, "family_id": str, "name": str, "created": int, "updated": int})
ROOMS = Table("rooms", RoomRow, "room_id", "family_id", owners={"family_id": "families"})

ProductRow = TypedDict("ProductRow", {
    "product_id": str, "name": str, "description": str, "template": str, "net_type": str, "category_id": int,
    "product_type": int, "services": list[str], "icon_url": str, "config": dict[str, JSON], "secret": str,
    "manufacturer": str, "product_model": str, "updated": int})
PRODUCTS = Table("products", ProductRow, "product_id")

DeviceRow = TypedDict("DeviceRow", {
    "device_id": str, "product_id": str, "device_name": str, "psk": str, "family_id": str, "room_id": str,
    "user_id": str, "alias": str, "icon_url": str, "device_type": int, "gateway_id": str,
    "gateway_bound": int, "online": int, "connected": int, "version": str, "mac": str, "ip": str,
    "info": JSON, "created": int, "updated": int})
DEVICES = Table("devices", DeviceRow, "device_id", "family_id", "gateway_id", "product_id",
                "family_id room_id",
                loose={"family_id": ("families", "", BINDINGS), "room_id": ("rooms", "0"),
                       "user_id": ("users", ""), "gateway_id": ("devices", "")})

ProofRow = TypedDict("ProofRow", {"device_id": str, "signature": str, "stamp_s": int})
PROOFS = Table("proofs", ProofRow, "device_id signature", "device_id", owners={"device_id": "devices"})

PropertyRow = TypedDict("PropertyRow", {"device_id": str, "field": str, "value": JSON, "updated": int})
PROPERTIES = Table("properties", PropertyRow, "device_id field", "device_id",
                   owners={"device_id": "devices"})

HistoryRow = TypedDict("HistoryRow", {"id": int, "device_id": str, "field": str, "time": int, "value": JSON})
HISTORY = Table("history", HistoryRow, "id", "device_id field", "device_id", owners={"device_id": "devices"})

EventRow = TypedDict("EventRow", {
    "id": int, "device_id": str, "event_id": str, "type": str, "time": int, "params": dict[str, JSON]})
EVENTS = Table("events", EventRow, "id", "device_id", owners={"device_id": "devices"})

ConfigRow = TypedDict("ConfigRow", {"owner": str, "device_id": str, "name": str, "value": str})
CONFIGS = Table("configs", ConfigRow, "owner device_id name", "owner device_id", "device_id",
                owners={"device_id": BINDINGS, "owner": "users"})

BindTokenRow = TypedDict("BindTokenRow", {
    "token": str, "user_id": str, "family_id": str, "room_id": str, "state": int, "product_id": str,
    "device_name": str, "expire_s": int})
BIND_TOKENS = Table("bind_tokens", BindTokenRow, "token",
                    owners={"user_id": "users", "family_id": "families"},
                    loose={"room_id": ("rooms", "")})

TokenDeviceRow = TypedDict("TokenDeviceRow", {"token": str, "device_id": str, "brought": int})
TOKEN_DEVICES = Table("token_devices", TokenDeviceRow, "token device_id", "token", "device_id",
                      owners={"token": "bind_tokens", "device_id": "devices"})

ShareTokenRow = TypedDict("ShareTokenRow", {
    "token": str, "from_user": str, "device_id": str, "family_id": str, "context": str, "user_id": str,
    "bound_s": int, "expire_s": int, "created_s": int})
SHARE_TOKENS = Table("share_tokens", ShareTokenRow, "token", "device_id",
                     owners={"device_id": BINDINGS, "family_id": "families", "from_user": "users",
                             "user_id": "users"})

ShareRow = TypedDict("ShareRow", {
    "device_id": str, "user_id": str, "from_user": str, "context": str, "bound": int})
SHARES = Table("shares", ShareRow, "device_id user_id", "device_id", "user_id",
               owners={"device_id": BINDINGS, "user_id": "users", "from_user": "users"})

TimerRow = TypedDict("TimerRow", {
    "timer_id": str, "device_id": str, "user_id": str, "name": str, "days": str, "time_point": str,
    "repeat": int, "data": str, "status": int, "next_ms": int, "created": int, "updated": int})
TIMERS = Table("timers", TimerRow, "timer_id", "device_id", "status",
               owners={"device_id": BINDINGS, "user_id": "users"})

FirmwareRow = TypedDict("FirmwareRow", {
    "product_id": str, "version": str, "name": str, "description": str, "md5": str, "fw_type": str,
    "url": str, "created": int})
FIRMWARES = Table("firmwares", FirmwareRow, "product_id version", "product_id",
                  owners={"product_id": "products"})

FirmwareImageRow = TypedDict("FirmwareImageRow", {
    "product_id": str, "version": str, "secret": str, "data": str})
FIRMWARE_IMAGES = Table("firmware_images", FirmwareImageRow, "product_id version",
                        owners={"product_id version": "firmwares"})

OtaTaskRow = TypedDict("OtaTaskRow", {
    "device_id": str, "version": str, "origin": str, "status": int, "percent": int, "message": str,
    "updated": int})
OTA_TASKS = Table("ota_tasks", OtaTaskRow, "device_id", "status", owners={"device_id": "devices"})

MessageRow = TypedDict("MessageRow", {
    "id": int, "user_id": str, "from_user": str, "category": int, "type": int, "title": str, "content": str,
    "time": int, "device_id": str, "family_id": str, "related_user": str})
MESSAGES = Table("messages", MessageRow, "id", "user_id category", "user_id", owners={"user_id": "users"})

MessageTokenRow = TypedDict("MessageTokenRow", {"message_id": int, "token": str})
MESSAGE_TOKENS = Table("message_tokens", MessageTokenRow, "message_id", owners={"message_id": "messages"})

SceneRow = TypedDict("SceneRow", {
    "scene_id": str, "family_id": str, "user_id": str, "name": str, "icon": str,
    "actions": list[dict[str, Any]], "status": int, "created": int, "updated": int})
SCENES = Table("scenes", SceneRow, "scene_id", "family_id", "status",
               owners={"family_id": "families", "user_id": "users"})

AutomationRow = TypedDict("AutomationRow", {
    "automation_id": str, "family_id": str, "user_id": str, "name": str, "icon": str, "status": int,
    "match_type": int, "conditions": list[dict[str, Any]], "actions": list[dict[str, Any]], "begin": str,
    "end": str, "days": str, "next_ms": int, "created": int, "updated": int})
AUTOMATIONS = Table("automations", AutomationRow, "automation_id", "family_id", "status",
                    owners={"family_id": "families", "user_id": "users"})

FiringRow = TypedDict("FiringRow", {"automation_id": str, "fired": int})
FIRINGS = Table("firings", FiringRow, "automation_id", owners={"automation_id": "automations"})

RunRow = TypedDict("RunRow", {
    "run_id": str, "family_id": str, "scene_id": str, "name": str, "holder": str,
    "actions": list[dict[str, Any]], "due": int, "created": int})
RUNS = Table("runs", RunRow, "run_id", "family_id", owners={"family_id": "families"})

GroupRow = TypedDict("GroupRow", {
    "group_id": str, "family_id": str, "room_id": str, "name": str, "icon_url": str, "product_id": str,
    "created": int, "updated": int})
GROUPS = Table("groups", GroupRow, "group_id", "family_id",
               owners={"family_id": "families"}, loose={"room_id": ("rooms", "0")})

GroupDeviceRow = TypedDict("GroupDeviceRow", {"group_id": str, "device_id": str})
GROUP_DEVICES = Table("group_devices", GroupDeviceRow, "group_id device_id", "group_id", "device_id",
                      owners={"group_id": "groups", "device_id": BINDINGS})

GroupShareRow = TypedDict("GroupShareRow", {"group_id": str, "user_id": str, "from_user": str, "bound": int})
GROUP_SHARES = Table("group_shares", GroupShareRow, "group_id user_id", "group_id", "user_id",
                     owners={"group_id": "groups", "user_id": "users", "from_user": "users"})

FenceRow = TypedDict("FenceRow", {
    "fence_id": str, "device_id": str, "name": str, "area": dict[str, float], "alert_type": int,
    "status": int, "created": int, "updated": int})
FENCES = Table("fences", FenceRow, "fence_id", "device_id", owners={"device_id": "devices"})

FenceEventRow = TypedDict("FenceEventRow", {
    "id": int, "fence_id": str, "device_id": str, "type": str, "time": int, "place": dict[str, Any]})
FENCE_EVENTS = Table("fence_events", FenceEventRow, "id", "device_id", owners={"device_id": "devices"})

LocationRow = TypedDict("LocationRow", {"id": int, "device_id": str, "time": int, "place": dict[str, Any]})
LOCATIONS = Table("locations", LocationRow, "id", "device_id", owners={"device_id": "devices"})

MusicRow = TypedDict("MusicRow", {"user_id": str, "name": str, "value": JSON})
MUSIC = Table("music", MusicRow, "user_id name", "user_id", owners={"user_id": "users"})
# fmt: on

_ALL: tuple[Table[Any], ...] = (
    USERS,
    SESSIONS,
    ACCOUNTS,
    SANDBOXES,
    APPS,
    NONCES,
    FAMILIES,
    MEMBERS,
    FAMILY_INVITES,
    ROOMS,
    PRODUCTS,
    DEVICES,
    PROOFS,
    PROPERTIES,
    HISTORY,
    EVENTS,
    CONFIGS,
    BIND_TOKENS,
    TOKEN_DEVICES,
    SHARE_TOKENS,
    SHARES,
    TIMERS,
    FIRMWARES,
    FIRMWARE_IMAGES,
    OTA_TASKS,
    MESSAGES,
    MESSAGE_TOKENS,
    SCENES,
    AUTOMATIONS,
    FIRINGS,
    RUNS,
    GROUPS,
    GROUP_DEVICES,
    GROUP_SHARES,
    FENCES,
    FENCE_EVENTS,
    LOCATIONS,
    MUSIC,
)
TABLES: Mapping[str, Table[Any]] = {table: table for table in _ALL}


CALM: frozenset[str] = frozenset({SESSIONS, APPS, PRODUCTS, FIRMWARES})
"""Tables that change seldom: a store may take a row of theirs as it was a moment ago."""


def _owned() -> dict[str, list[Reference]]:
    owned: dict[str, list[Reference]] = {}
    for table in TABLES.values():
        for reference in table.references:
            owned.setdefault(reference.owner, []).append(reference)
    owned[DEVICES] += owned[BINDINGS]
    return owned


OWNED: Mapping[str, list[Reference]] = _owned()
"""{table, or BINDINGS: the references to its rows}."""


def migrate(run: Callable[[str], Any], create: Iterable[str]) -> None:
    """Make the tables, or bring older ones up to date; run executes a statement in the transaction of all.

    create are the statements that make what is missing, in the database's own words.
    Errors: SettingsError when a newer devkit wrote them.
    """
    run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)")
    row = run("SELECT version FROM schema_version").fetchone()
    found = row[0] if row else VERSION
    refuse_newer(found)
    for step in range(found, VERSION):
        for statement in MIGRATIONS[step]:
            run(statement)
    for statement in create:
        run(statement)
    run("DELETE FROM schema_version")
    run(f"INSERT INTO schema_version VALUES ({VERSION})")  # noqa: S608  a number of this module


def refuse_newer(version: int) -> None:
    """Refuse a database that a newer devkit has written.

    Errors: SettingsError.
    """
    if version > VERSION:
        raise SettingsError(
            _(f"The database has schema version {version}; this devkit knows versions up to {VERSION}."),
            _("Update devkit, or use another file with --db."),
        )
