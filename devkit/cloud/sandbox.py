"""The emulator of a project: its database, its first inhabitants, and copies of all it holds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cloud.api.handlers.homes.users import open_session
from devkit.cloud.app_keys import settle_keys
from devkit.cloud.device_secrets import project_salt, replace_known, secrets_of
from devkit.cloud.sandboxes import file_of, named, require, schema_of
from devkit.cloud.seed import USER_ID, Seed, add_device, seed_home, set_kind, set_model
from devkit.cloud.store.memory import MemoryStore
from devkit.cloud.store.schema import (
    APPS,
    DEVICES,
    MEMBERS,
    PRODUCTS,
    ROOMS,
    SANDBOXES,
    SESSIONS,
    TABLES,
    USERS,
    VERSION,
)
from devkit.errors import SettingsError
from devkit.extras import install_command
from devkit.json_types import JSON
from devkit.language import _
from devkit.model.product import product_kind
from devkit.model.project import project_model, project_product
from devkit.web.hosts import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.cloud.emulator import Emulator
    from devkit.cloud.store.memory import Store
    from devkit.cloud.store.work import Work
    from devkit.settings import Settings

DATABASE = ".devkit/cloud.db"
PROJECT, MEMORY = "project", "memory"
FILE_URL = "sqlite:///"
STORES = "devkit.stores"
"""Entry points that name a store for the scheme of a database URL; its class takes the URL, and the schema of
a sandbox other than main."""


def open_store(settings: Settings, default: str = PROJECT) -> Store:
    """Open what the settings db and sandbox name: the project's file, memory, or the database of a URL.

    default is taken when db names none.
    Errors: SettingsError, also for a sandbox that is not there.
    """
    name = named(settings)
    if name:
        with contextlib.closing(open_store(settings.replace(sandbox=""), default)) as store:
            require(store, name)
    place = settings.db or default
    if place in (MEMORY, f"{FILE_URL}:memory:"):
        return MemoryStore()
    file = database_file(settings)
    if file:
        from devkit.cloud.store.sqlite import SqliteStore

        if place == PROJECT:
            _hide_from_git(file)
        return SqliteStore(file_of(file, name))
    return _server_store(place, schema_of(name))


def database_file(settings: Settings) -> Path | None:
    """Return the file in which the project's own sandbox is kept; None where it is in a database server."""
    place = settings.db or PROJECT
    if place != PROJECT and not place.startswith(FILE_URL):
        return None
    return settings.project / (DATABASE if place == PROJECT else place.removeprefix(FILE_URL))


def _server_store(url: str, schema: str) -> Store:
    """Open the database of a URL by the store that is registered for its scheme."""
    from importlib.metadata import entry_points

    scheme = url.partition(":")[0].partition("+")[0]
    found = entry_points(group=STORES, name=scheme)
    if not found:
        raise SettingsError(
            _(f"db: {url!r} is no place that devkit can keep its state in."),
            _("Use project, memory, sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."),
        )
    try:
        open_url: Callable[..., Store] = next(iter(found)).load()
    except ModuleNotFoundError as error:
        raise SettingsError(
            _(f"db: {scheme} needs the package {error.name}."), _(f"Install it: {install_command('team')}")
        ) from error
    return open_url(url, schema) if schema else open_url(url)


def _hide_from_git(file: Path) -> None:
    """Make the folder of the project's database; git leaves out all that is in it."""
    if not file.parent.exists():
        with contextlib.suppress(OSError):  # opening the database tells what is wrong
            file.parent.mkdir(parents=True)
            (file.parent / ".gitignore").write_text("*\n", "utf-8")


def move_in(emulator: Emulator, settings: Settings, *, serving: bool = True) -> Seed:
    """Return the home of a sandbox; an empty one gets a user, a family, and the project's product and device.

    A sandbox that is inhabited gets what the project has and it lacks: a newer thing model, another device.
    One that is served to others (the setting host) has keys of its own. Without serving, keys that a run of
    the same sandbox may use now stay.
    Errors: ModelError, SettingsError.
    """
    exposed = not is_loopback(settings.host)
    if exposed:
        _hide_from_git(settings.project / DATABASE)
    emulator.salt = project_salt(settings.project, exposed=exposed)

    def settle(work: Work) -> Seed:
        seed = _move_in(work, settings)
        shared = not serving or ("://" in settings.db and not settings.db.startswith(FILE_URL))
        keys = settle_keys(work, seed.user_id, exposed=exposed and serving, shared=shared)
        if emulator.salt:
            replace_known(work)
        return replace(seed, keys=keys, secrets=secrets_of(work, seed.device_id))

    return emulator.perform(settle)


def _move_in(work: Work, settings: Settings) -> Seed:
    model = project_model(settings)
    product_id = project_product(settings, model)
    kind = product_kind(settings, model)
    if work.tx.get(USERS, USER_ID) is None:
        return seed_home(
            work,
            model,
            product_id=product_id,
            device_name=settings.device_name,
            display_name=settings.display_name,
            kind=kind,
        )
    seed = _return_home(work, f"{product_id}/{settings.device_name}")
    product = work.tx.get(PRODUCTS, product_id)
    if product is None or product["template"] != model.data_template(product_id):
        set_model(work, product_id, model)
    if work.tx.get(DEVICES, seed.device_id) is None:
        home = {"family_id": seed.family_id, "room_id": seed.room_id, "user_id": seed.user_id}
        add_device(work, product_id, settings.device_name, alias=settings.display_name, online=True, **home)
    set_kind(work, seed, kind)
    return seed


def _return_home(work: Work, device_id: str) -> Seed:
    """Return the seeded user's family, first room and a session."""
    family_id = home_family(work)
    rooms = work.tx.find(ROOMS, {"family_id": family_id}, order="created", limit=1)
    sessions = work.tx.find(SESSIONS, {"user_id": USER_ID}, between={"expire_s": (work.now_s + 3600, None)})
    token = sessions[0]["token"] if sessions else open_session(work, USER_ID)[0]
    return Seed(USER_ID, token, family_id, rooms[0]["room_id"] if rooms else "0", device_id)


def home_family(work: Work) -> str:
    """Return the id of the seeded user's family; "" when there is none."""
    families = work.tx.find(MEMBERS, {"user_id": USER_ID}, order="created", limit=1)
    return families[0]["family_id"] if families else ""


def find_keys(settings: Settings) -> tuple[str, str, str]:
    """Return the id of the project's device, its secret and that of its product; an empty sandbox is seeded.

    Errors: SettingsError, ModelError.
    """
    from devkit.cloud.emulator import Emulator

    with contextlib.closing(open_store(settings)) as store:
        seed = move_in(Emulator(store), settings, serving=False)
    return seed.device_id, seed.secrets.device_secret, seed.secrets.product_secret


def export_all(store: Store) -> str:
    """Return everything that a store holds as a JSON text."""
    with store.transaction() as tx, tx.loosely():
        tables = {table: tx.find(table, {}) for table in _OWN_TABLES}
    return json.dumps({"schema": VERSION, "tables": tables}, ensure_ascii=False, indent=1)


def clear(store: Store) -> None:
    """Delete everything but what a running `devkit dev` goes on by: its user's sessions, and AppKeys."""
    with store.transaction() as tx:
        kept = {"sessions": tx.find(SESSIONS, {"user_id": USER_ID}), "apps": tx.find(APPS, {})}
    import_all(store, json.dumps({"schema": VERSION, "tables": kept}))


def import_all(store: Store, text: str) -> int:
    """Replace everything that a store holds by an export; return the number of rows. All or nothing.

    Errors: SettingsError for a text that is no export.
    """
    tables = _read_export(text)
    with store.transaction() as tx:
        for table in _OWN_TABLES:
            with tx.loosely():
                old = tx.find(table, {})
            for row in old:
                tx.remove_alone(table, *(row[column] for column in table.key))
            for row in tables.get(table, []):
                tx.put(table, row)
        tx.renumber()
    return sum(len(rows) for rows in tables.values())


def _read_export(text: str) -> Mapping[str, list[dict[str, JSON]]]:
    hint = _("Use a file that devkit cloud export has written.")
    try:
        document = json.loads(text)
        version, tables = document["schema"], document["tables"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SettingsError(_("The file is no export of a sandbox."), hint) from None
    if version != VERSION:
        raise SettingsError(
            _(f"The export has schema version {version!r}; this devkit reads {VERSION}."), hint
        )
    if not isinstance(tables, dict) or tables.keys() - TABLES.keys():
        raise SettingsError(_("The export holds tables that a sandbox does not have."), hint)
    for name, rows in tables.items():
        wanted = TABLES[name].columns
        for row in rows if isinstance(rows, list) else [None]:
            if not isinstance(row, dict) or row.keys() != wanted.keys():
                raise SettingsError(_(f"A row of {name} in the export is not complete."), hint)
            for column, kind in wanted.items():
                if kind in _KINDS and type(row[column]) is not _KINDS[kind]:
                    raise SettingsError(
                        _(f"{name}.{column} in the export must be {kind}, not {row[column]!r}."), hint
                    )
    return tables


_KINDS = {"text": str, "int": int}
_OWN_TABLES = [table for table in TABLES.values() if table != SANDBOXES]
"""What a sandbox holds itself, and its copies."""
