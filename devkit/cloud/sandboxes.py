"""Sandboxes by name, such as one for each branch: which there are, copies, and their end.

The project's own is main; its table of sandboxes names the others. On PostgreSQL one is a schema, beside a
file of SQLite it is another file. None knows tokens of another.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cloud.store.schema import APPS, NONCES, SANDBOXES, SESSIONS, SandboxRow
from devkit.errors import SettingsError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.store.memory import Store
    from devkit.settings import Settings

MAIN = "main"
SECRET = (SESSIONS, APPS, NONCES)
LOCK_S = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TIME = re.compile(r"([0-9]{1,6})([mhd])")
_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def is_name(name: str) -> bool:
    """Tell whether a text may name a sandbox."""
    return bool(_NAME.fullmatch(name))


def named(settings: Settings) -> str:
    """Return the sandbox of the settings, "" for the project's own.

    Errors: SettingsError for what is no name.
    """
    name = settings.sandbox
    if name in ("", MAIN):
        return ""
    if not is_name(name):
        like = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
        raise SettingsError(
            _(f"{name!r} is no name of a sandbox."),
            _(f"Use up to 40 small letters, digits and dashes, such as {like or 'feature-x'}."),
        )
    return name


def schema_of(name: str) -> str:
    """Return the schema of a sandbox on PostgreSQL; "" for main, whose schema the address names."""
    return f"sandbox_{name.replace('-', '_')}" if name else ""


def file_of(file: Path, name: str) -> Path:
    """Return the file of a sandbox beside that of main."""
    return file.with_name(f"{file.stem}.{name}{file.suffix}") if name else file


def read_time(text: str, now_ms: int) -> int:
    """Return the moment that is a time such as 14d, 12h or 30m from now, in unix ms; 0 for "".

    Errors: SettingsError.
    """
    found = _TIME.fullmatch(text)
    if not text:
        return 0
    if not found or not int(found[1]):
        raise SettingsError(_(f"{text!r} is no time."), _("Times are 14d, 12h or 30m."))
    return now_ms + int(found[1]) * _MS[found[2]]


def require(store: Store, name: str) -> None:
    """Refuse a sandbox that main's store does not have, or that has expired.

    Errors: SettingsError.
    """
    with store.transaction() as tx:
        row, known = tx.get(SANDBOXES, name), [row["name"] for row in tx.find(SANDBOXES, {}, order="name")]
    if row is None:
        raise SettingsError(
            _(f"There is no sandbox {name!r}; there are: {', '.join([MAIN, *known])}."),
            _(f"Make it: devkit cloud sandbox add {name}, or copy main {name}."),
        )
    if is_over(row):
        raise SettingsError(
            _(f"The sandbox {name!r} has expired."),
            _(f"Remove it: devkit cloud sandbox remove {name}."),
        )


def is_over(row: SandboxRow) -> bool:
    """Tell whether a sandbox has expired."""
    return 0 < row["expires"] <= time.time() * 1000


def sandboxes(settings: Settings) -> list[SandboxRow]:
    """Return the sandboxes besides main, by name."""
    with _registry(settings) as store, store.transaction() as tx:
        return tx.find(SANDBOXES, {}, order="name")


def add_sandbox(settings: Settings, expires: int) -> bool:
    """Make the sandbox of the settings; tell whether it is new. One that is there gets the new end, if any.

    Errors: SettingsError.
    """
    name = _other_than_main(settings)
    with _registry(settings) as store:
        with store.transaction() as tx:
            known = tx.get(SANDBOXES, name)
            if known and not is_over(known):
                if expires:
                    tx.change(SANDBOXES, name, expires=expires)
                return False
        _drop(settings, name)  # what one of this name may have left
        with store.transaction() as tx:
            tx.put(SANDBOXES, SandboxRow(name=name, created=round(time.time() * 1000), expires=expires))
    return True


def copy_sandbox(source: Settings, target: Settings, expires: int) -> int:
    """Copy a sandbox to a new one but for its tokens and keys; return the number of rows.

    Errors: SettingsError when the target is there already.
    """
    from devkit.cloud.sandbox import export_all, import_all, open_store

    with contextlib.closing(open_store(source)) as store:
        document = json.loads(export_all(store))
    for table in SECRET:
        document["tables"].pop(table, None)
    if not add_sandbox(target, expires):
        raise SettingsError(
            _(f"There is a sandbox {target.sandbox!r} already."),
            _(f"Remove it first: devkit cloud sandbox remove {target.sandbox}."),
        )
    try:
        with contextlib.closing(open_store(target)) as store:
            return import_all(store, json.dumps(document))
    except BaseException:
        remove_sandbox(target)
        raise


def remove_sandbox(settings: Settings, *, over: bool = False) -> None:
    """Remove the sandbox of the settings with all it holds; over: if it has expired.

    Errors: SettingsError when there is none of its name; StaleError when another worker was quicker.
    """
    name = _other_than_main(settings)
    with _registry(settings) as store:
        with store.transaction() as tx:
            known = tx.get(SANDBOXES, name)
            if known and over and not is_over(known):
                return
            if known:
                tx.remove(SANDBOXES, name)
        if known is None:
            require(store, name)
    _drop(settings, name)


def _other_than_main(settings: Settings) -> str:
    name = named(settings)
    if not name:
        raise SettingsError(_("main is the project's own sandbox."), _("devkit cloud reset empties it."))
    return name


def _registry(settings: Settings) -> contextlib.closing[Store]:
    from devkit.cloud.sandbox import open_store

    return contextlib.closing(open_store(settings.replace(sandbox="")))


def _drop(settings: Settings, name: str) -> None:
    """Delete what a sandbox holds, if anything."""
    from devkit.cloud.sandbox import database_file

    file = database_file(settings)
    if file:
        for ending in ("", "-wal", "-shm"):
            place = file_of(file, name)
            place.with_name(place.name + ending).unlink(missing_ok=True)
        return
    _drop_schema(settings.db, schema_of(name))


def _drop_schema(url: str, schema: str) -> None:
    import psycopg
    from psycopg.sql import SQL, Identifier

    try:
        with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:", 1)) as connection:
            connection.execute(SQL("SET lock_timeout = {}").format(f"{LOCK_S}s"))
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
    except psycopg.Error as error:
        raise SettingsError(
            _(f"The sandbox could not be removed: {error}."), _("Try again in a moment.")
        ) from error
