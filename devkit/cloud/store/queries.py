"""Reads and writes of the schema's tables as SQL for PostgreSQL.

Many calls' reads of one kind are one statement, which takes their values as arrays. Every row comes with its
version (xmin); a check compares versions again, and divides by zero where something has changed.
"""
# ruff: noqa: S608  names of tables and columns come from the schema alone, values are bound

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devkit.cloud.store.schema import TABLES, Table

KINDS = {"text": "text", "int": "bigint", "json": "json"}
dump = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Query:
    """What a read asks for, but for its values: of the equal columns, of the ends, then limit and offset.

    ends are (column, operator); counted asks for the number of rows.
    """

    table: str
    equal: tuple[str, ...]
    ends: tuple[tuple[str, str], ...] = ()
    order: tuple[str, ...] = ()
    descending: bool = False
    limited: bool = False
    skips: bool = False
    counted: bool = False

    @functools.cached_property
    def merges(self) -> bool:
        """Tell whether reads with other values are asked for in the same statement."""
        return bool(self.equal) and not (self.ends or self.order or self.limited or self.skips)


def _quoted(columns: tuple[str, ...] | list[str], of: str = "") -> str:
    return ", ".join(f'{of}"{column}"' for column in columns)


def _arrays(table: Table[Any], columns: tuple[str, ...], *more: str) -> str:
    kinds = [KINDS[table.columns[column]] for column in columns]
    return ", ".join(f"%s::{'text' if kind == 'json' else kind}[]" for kind in [*kinds, *more])


def _names(columns: tuple[str, ...], *more: str) -> str:
    return ", ".join([*(f"a{number}" for number in range(len(columns))), *more])


def _joined(columns: tuple[str, ...]) -> str:
    return " AND ".join(f't."{column}" = k.a{number}' for number, column in enumerate(columns))


@functools.cache
def read_sql(query: Query) -> str:
    """Return the statement of a read: (number of the values, version, columns…), or (number, count)."""
    table = TABLES[query.table]
    columns = _quoted(tuple(table.columns), "t.")
    if not query.merges:
        if query.counted:
            return f'SELECT 1, count(*) FROM "{table}" t WHERE {_terms(query)}'
        return f"SELECT 1, t.xmin::text, {columns} {_page(query)}"
    values = f"unnest({_arrays(table, query.equal)}) WITH ORDINALITY AS k({_names(query.equal, 'n')})"
    if query.counted:
        return f'SELECT k.n, (SELECT count(*) FROM "{table}" t WHERE {_joined(query.equal)}) FROM {values}'
    return f'SELECT k.n, t.xmin::text, {columns} FROM {values} JOIN "{table}" t ON {_joined(query.equal)}'


def _terms(query: Query) -> str:
    return (
        " AND ".join(
            [*(f't."{column}" = %s' for column in query.equal), *(f't."{c}" {op} %s' for c, op in query.ends)]
        )
        or "true"
    )


def _page(query: Query) -> str:
    table = TABLES[query.table]
    kinds = table.columns
    direction = " DESC" if query.descending else ""
    keys = [
        f't."{column}"{" COLLATE " + chr(34) + "C" + chr(34) if kinds[column] == "text" else ""}{direction}'
        for column in dict.fromkeys((*query.order, *table.key))
    ]
    limit = (" LIMIT %s" if query.limited else "") + (" OFFSET %s" if query.skips else "")
    return f'FROM "{table}" t WHERE {_terms(query)} ORDER BY {", ".join(keys)}{limit}'


@functools.cache
def check_sql(query: Query) -> str:
    """Return the statement that fails unless reads would find the same versions, or numbers, again."""
    table = TABLES[query.table]
    versions = "string_agg({0}, ',' ORDER BY {0} COLLATE \"C\")"
    if not query.merges:
        found = (
            f'(SELECT count(*)::text FROM "{table}" t WHERE {_terms(query)})'
            if query.counted
            else f"(SELECT {versions.format('s.x')} FROM (SELECT t.xmin::text AS x {_page(query)}) s)"
        )
        return f"SELECT 1 / ({found} IS NOT DISTINCT FROM %s::text)::int"
    what = "count(*)::text" if query.counted else versions.format("t.xmin::text")
    found = f'(SELECT {what} FROM "{table}" t WHERE {_joined(query.equal)})'
    values = f"unnest({_arrays(table, query.equal, 'text')}) AS k({_names(query.equal, 'x')})"
    return f"SELECT 1 / (count(*) = 0)::int FROM {values} WHERE k.x IS DISTINCT FROM {found}"


@functools.cache
def put_sql(name: str, *, numbered: bool = False) -> str:
    """Return the statement that puts whole rows; numbered ones get their numbers from the table."""
    table = TABLES[name]
    columns = tuple(column for column in table.columns if not (numbered and column == table.serial))
    given = ", ".join(
        f"k.a{number}::json" if table.columns[column] == "json" else f"k.a{number}"
        for number, column in enumerate(columns)
    )
    changes = ", ".join(f'"{c}" = excluded."{c}"' for c in columns if c not in table.key)
    conflict = f"ON CONFLICT ({_quoted(table.key)}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
    return (
        f'INSERT INTO "{table}" ({_quoted(columns)}) SELECT {given} '
        f"FROM unnest({_arrays(table, columns)}) AS k({_names(columns)}) {'' if numbered else conflict}"
    )


def put_values(name: str, rows: list[Mapping[str, Any]], *, numbered: bool = False) -> list[list[Any]]:
    """Return the arrays of put_sql."""
    table = TABLES[name]
    return [
        [dump(row[column]) if kind == "json" else row[column] for row in rows]
        for column, kind in table.columns.items()
        if not (numbered and column == table.serial)
    ]


@functools.cache
def remove_sql(name: str) -> str:
    """Return the statement that deletes rows by their keys."""
    table = TABLES[name]
    values = f"unnest({_arrays(table, table.key)}) AS k({_names(table.key)})"
    return f'DELETE FROM "{table}" t USING {values} WHERE {_joined(table.key)}'


def create_sql(table: Table[Any]) -> Iterator[str]:
    """Yield the statements that make a table."""
    columns = [
        f'"{column}" '
        + ("bigserial" if column == table.serial else KINDS[kind] + ("" if kind == "json" else " NOT NULL"))
        for column, kind in table.columns.items()
    ]
    columns.append(f"PRIMARY KEY ({_quoted(table.key)})")
    yield f'CREATE TABLE IF NOT EXISTS "{table}" ({", ".join(columns)})'
    for index in table.indexes:
        title = f"ix_{table}_{'_'.join(index)}"
        yield f'CREATE INDEX IF NOT EXISTS "{title}" ON "{table}" ({_quoted(index)})'
