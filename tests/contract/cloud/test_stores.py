"""What every store keeps to, in memory and in a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.cloud.store.memory import MemoryStore, Store
from devkit.cloud.store.postgres import PostgresStore
from devkit.cloud.store.schema import BINDINGS, TABLES, Table
from devkit.cloud.store.sqlite import SqliteStore
from devkit.errors import SettingsError
from tests.helpers.references import dangling
from tests.helpers.services import empty


def config(owner: str = "u", device: str = "d", name: str = "n", value: str = "v") -> dict[str, Any]:
    return {"owner": owner, "device_id": device, "name": name, "value": value}


def past(device: str, time: int, value: Any) -> dict[str, Any]:
    return {"device_id": device, "field": "f", "time": time, "value": value}


on_postgresql = pytest.param("postgresql", marks=pytest.mark.services)


@pytest.fixture(params=["memory", "sqlite-file", on_postgresql])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite-file":
        made = SqliteStore(tmp_path / "deep" / "cloud.db")
    else:
        url = request.getfixturevalue("database")
        made = PostgresStore(url)
        empty(url)
    yield made
    made.close()


def test_rows_come_back_as_they_were_put(store: Store) -> None:
    with store.transaction() as tx:
        tx.put("configs", config(value="old"))
        tx.put("configs", config(value="新"))
        tx.put("group_devices", {"group_id": "g", "device_id": "d"})
        tx.put("group_devices", {"group_id": "g", "device_id": "d"})
    with store.transaction() as tx:
        assert tx.get("configs", "u", "d", "n") == config(value="新")
        assert tx.get("configs", "u", "d", "x") is None
        assert tx.count("group_devices", {"group_id": "g"}) == 1
        tx.change("configs", "u", "d", "n", value="changed")
        tx.change("configs", "u", "d", "gone", value="nothing")
        assert tx.find("configs", {}) == [config(value="changed")]
        assert tx.remove("configs", "u", "d", "n") is True
        assert tx.remove("configs", "u", "d", "n") is False
        assert tx.find("configs", {"owner": "u"}) == []


@pytest.mark.parametrize("value", [0, 1.5, "text", True, None, [1, {"a": "温"}], {"h": 1}, ""])
def test_json_columns_keep_every_value(store: Store, value: Any) -> None:
    with store.transaction() as tx:
        number = tx.append("history", past("d", 1, value))
        found = tx.get("history", number)
    assert found == {"id": number, **past("d", 1, value)}
    assert type(found["value"]) is type(value)


def test_an_exception_undoes_everything(store: Store) -> None:
    with store.transaction() as tx:
        tx.put("configs", config(value="kept"))

    def fail() -> None:
        with store.transaction() as tx:
            tx.put("configs", config(value="lost"))
            tx.put("configs", config(name="new"))
            tx.append("history", past("d", 1, 1))
            tx.remove("configs", "u", "d", "n")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction() as tx:
        assert tx.find("configs", {}) == [config(value="kept")]
        assert tx.count("history", {}) == 0


def test_pages_are_ordered_and_bounded(store: Store) -> None:
    with store.transaction() as tx:
        numbers = [tx.append("history", past("d", time, time)) for time in (5, 1, 3, 3, 9)]
        tx.append("history", past("other", 4, 4))
        assert numbers == sorted(set(numbers))
        where = {"device_id": "d"}

        def times(**options: Any) -> list[int]:
            return [row["time"] for row in tx.find("history", where, **options)]

        assert times(order="time") == [1, 3, 3, 5, 9]
        assert times(order="time", descending=True, limit=2) == [9, 5]
        assert times(order="time", offset=1, limit=3) == [3, 3, 5]
        assert times(order="time", offset=3) == [5, 9]
        assert times() == [5, 1, 3, 3, 9]
        assert times(between={"time": (3, 5)}, order="time") == [3, 3, 5]
        assert times(between={"time": (None, 3)}, order="time") == [1, 3, 3]
        assert times(between={"time": (6, None), "id": (None, 99)}) == [9]
        ties = tx.find("history", where, between={"time": (3, 3)}, order="time", descending=True)
        assert [row["id"] for row in ties] == [numbers[3], numbers[2]]


def test_incomplete_rows_are_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="configs needs the columns"), store.transaction() as tx:
        tx.put("configs", {"owner": "u"})


def full_row(table: Table[Any]) -> dict[str, Any]:
    """Return a row that belongs to the rows of every other table that this makes."""
    blank = {"text": "x", "int": 1, "json": None}
    return {column: blank[kind] for column, kind in table.columns.items()}


@pytest.mark.parametrize("owner", TABLES.values())
def test_a_row_takes_along_what_belongs_to_it(store: Store, owner: Table[Any]) -> None:
    with store.transaction() as tx:
        for table in TABLES.values():
            tx.put(table, full_row(table))
    with store.transaction() as tx:
        assert tx.remove(owner, *(full_row(owner)[column] for column in owner.key)) is True
        left = {str(table) for table in TABLES.values() if tx.count(table, {})}
        assert dangling(tx) == []
    assert owner not in left
    kept_by_owner = {"users": {"apps", "products", "families", "devices"}, "families": {"devices", "users"}}
    assert kept_by_owner.get(owner, set()) <= left


def test_a_binding_ends_without_its_device(store: Store) -> None:
    with store.transaction() as tx:
        for table in TABLES.values():
            tx.put(table, full_row(table))
        tx.disown(BINDINGS, "x")
        left = {str(table) for table in TABLES.values() if tx.count(table, {})}
    assert TABLES.keys() - left == {"configs", "share_tokens", "shares", "timers", "group_devices"}


@pytest.fixture(scope="module", params=["sqlite", on_postgresql])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for all examples: setting up the schema takes longer than an example."""
    made: Store
    if request.param == "sqlite":
        made = SqliteStore(tmp_path_factory.mktemp("shared") / "cloud.db")
    else:
        made = PostgresStore(request.getfixturevalue("database"))
    yield made
    made.close()


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "change", "remove"]),
        st.sampled_from("ab"),
        st.sampled_from("xy"),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(OPERATIONS, st.booleans()), max_size=4))
def test_memory_and_database_agree(shared: Store, transactions: list[tuple[list[Any], bool]]) -> None:
    stores: tuple[Store, Store] = (MemoryStore(), shared)
    with shared.transaction() as tx:
        for row in tx.find("configs", {}):
            tx.remove("configs", row["owner"], row["device_id"], row["name"])
    for store in stores:
        for operations, fails in transactions:
            try:
                with store.transaction() as tx:
                    for kind, owner, name, value in operations:
                        if kind == "put":
                            tx.put("configs", config(owner=owner, name=name, value=value))
                        elif kind == "change":
                            tx.change("configs", owner, "d", name, value=value)
                        else:
                            tx.remove("configs", owner, "d", name)
                    if fails:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
    found = []
    for store in stores:
        with store.transaction() as tx:
            found.append(tx.find("configs", {}))
    assert found[0] == found[1]


def test_a_file_is_read_again(tmp_path: Path) -> None:
    values = [1, 1.5, "text", True, None, [1, {"a": "温"}]]
    store = SqliteStore(tmp_path / "cloud.db")
    with store.transaction() as tx:
        tx.put("configs", config())
        numbers = [tx.append("history", past("d", 1, value)) for value in values]
    store.close()
    store = SqliteStore(tmp_path / "cloud.db")
    with store.transaction() as tx:
        assert tx.find("configs", {}) == [config()]
        assert [tx.get("history", number)["value"] for number in numbers] == values  # type: ignore[index]
        assert tx.append("history", past("d", 2, 2)) == numbers[-1] + 1
    store.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    import sqlite3

    SqliteStore(tmp_path / "cloud.db").close()
    with sqlite3.connect(tmp_path / "cloud.db") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SettingsError, match="schema version 99"):
        SqliteStore(tmp_path / "cloud.db")


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from devkit.cloud.store import schema
    from devkit.cloud.store import sqlite as sqlite_store

    first = SqliteStore(tmp_path / "cloud.db")
    with first.transaction() as tx:
        tx.put("configs", config(value="old"))
    first.close()
    steps = {
        1: ("UPDATE configs SET value = value || '2'",),
        2: ("UPDATE configs SET value = value || '3'",),
    }
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    for module in (schema, sqlite_store):
        monkeypatch.setattr(module, "VERSION", 3)
    for _ in range(2):
        store = SqliteStore(tmp_path / "cloud.db")
        with store.transaction() as tx:
            assert tx.find("configs", {}) == [config(value="old23")]
        store.close()


def test_rows_that_were_read_are_never_old(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path / "cloud.db"), SqliteStore(tmp_path / "cloud.db")

    def value(store: Store) -> str:
        with store.transaction() as tx:
            return str((tx.get("configs", "u", "d", "n") or {}).get("value"))

    def write(store: Store, text: str) -> None:
        with store.transaction() as tx:
            tx.put("configs", config(value=text))

    def fail(text: str) -> None:
        with first.transaction() as tx:
            tx.change("configs", "u", "d", "n", value=text)
            tx.get("configs", "u", "d", "n")
            raise ZeroDivisionError

    assert value(first) == value(second) == "None"
    for number, (writer, reader) in enumerate([(first, second), (second, first), (first, first)]):
        write(writer, str(number))
        assert value(reader) == value(writer) == str(number)
    with pytest.raises(ZeroDivisionError):
        fail("lost")
    assert value(first) == value(second) == "2"
    with first.transaction() as tx:
        row = tx.get("configs", "u", "d", "n") or {}
        row["value"] = "mine alone"
    assert value(first) == "2"
    with second.transaction() as tx:
        tx.change("configs", "u", "d", "n", value="changed")
    assert value(first) == "changed"
    with second.transaction() as tx:
        tx.remove("configs", "u", "d", "n")
    assert value(first) == value(second) == "None"
    with first.transaction() as tx:
        number = tx.append("history", past("d", 1, 1))
        assert (tx.get("history", str(number)) or {})["value"] == 1
        tx.change("history", number, value=2)
        assert (tx.get("history", str(number)) or {})["value"] == 2
    first.close()
    second.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cloud.db"
    file.write_text("not a database, but long enough to look like one" * 20, "utf-8")
    with pytest.raises(SettingsError, match="cannot be used") as caught:
        SqliteStore(file)
    assert "--db memory" in caught.value.hint
    (tmp_path / "folder").write_text("", "utf-8")
    with pytest.raises(SettingsError, match="cannot be used"):
        SqliteStore(tmp_path / "folder" / "cloud.db")


def test_the_log_is_copied_into_the_file_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from devkit.cloud.store import sqlite as sqlite_store

    monkeypatch.setattr(sqlite_store, "CHECKPOINT_CHANGES", 50)
    store = SqliteStore(tmp_path / "cloud.db")
    size = (tmp_path / "cloud.db").stat().st_size
    for number in range(400):
        with store.transaction() as tx:
            tx.append("history", past("d", number, "x" * 500))
            if store._copying:
                store._copying.join()
    assert (tmp_path / "cloud.db").stat().st_size > size
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "postgresql://nobody@/none?host=/no/such/folder"])
def test_a_database_that_cannot_be_opened_is_named(url: str) -> None:
    with pytest.raises(SettingsError, match="database"):
        PostgresStore(url)


COUNTER = """
import sys
from pathlib import Path
from devkit.cloud.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
for _ in range(40):
    with store.transaction() as tx:
        row = tx.get("configs", "u", "d", "n") or {"owner": "u", "device_id": "d", "name": "n", "value": "0"}
        tx.put("configs", {**row, "value": str(int(row["value"]) + 1)})
store.close()
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


def test_two_processes_on_one_file_stay_correct(tmp_path: Path) -> None:
    file = tmp_path / "cloud.db"
    workers = [
        subprocess.Popen([sys.executable, "-c", COUNTER, str(file)], env=ENVIRONMENT) for _ in range(2)
    ]
    assert [worker.wait() for worker in workers] == [0, 0]
    store = SqliteStore(file)
    with store.transaction() as tx:
        assert tx.find("configs", {}) == [config(value="80")]
    store.close()


WRITER = """
import sys
from pathlib import Path
from devkit.cloud.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    with store.transaction() as tx:
        tx.append("history", {"device_id": "d", "field": "f", "time": number, "value": number})
        tx.put("configs", {"owner": "u", "device_id": "d", "name": "n", "value": str(number)})
    print(number, flush=True)
"""


def test_nothing_that_was_committed_is_lost_by_kill(tmp_path: Path) -> None:
    file = tmp_path / "cloud.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert writer.stdout is not None
    told = 0
    for line in writer.stdout:
        told = int(line)
        if told >= 50:
            break
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().split()
    told = int(rest[-1]) if rest else told
    writer.wait()
    writer.stdout.close()
    store = SqliteStore(file)
    with store.transaction() as tx:
        kept = [row["value"] for row in tx.find("history", {})]
        assert kept[:told] == list(range(1, told + 1))
        assert len(kept) - told in (0, 1)
        assert tx.get("configs", "u", "d", "n") == config(value=str(len(kept)))
    store.close()


def test_every_table_has_a_serial_key_or_a_named_one() -> None:
    for name, table in TABLES.items():
        assert set(table.key) <= set(table.columns), name
        assert not table.serial or table.key == (table.serial,), name
