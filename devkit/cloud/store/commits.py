"""What a transaction leaves to be committed, and the statements that do it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devkit.cloud.store.memory import Key, Row
from devkit.cloud.store.queries import Query, check_sql, put_sql, put_values, remove_sql

MOST_LOCKS = 300
LOCK = (
    "SELECT count(CASE WHEN k.x THEN pg_advisory_xact_lock(k.id) "
    "ELSE pg_advisory_xact_lock_shared(k.id) END) FROM unnest(%s::bigint[], %s::boolean[]) AS k(id, x)"
)
MARK = "INSERT INTO commit_marks (mark) VALUES (%s)"
TELL = "INSERT INTO pushes (body) SELECT k.b FROM unnest(%s::text[]) AS k(b)"
CLAIM = "INSERT INTO commit_marks (mark, void) VALUES (%s, true) ON CONFLICT DO NOTHING"
CLAIMED = "SELECT void FROM commit_marks WHERE mark = %s"
Evidence = str | None
Statement = tuple[str, Sequence[Any] | None]


@dataclass
class Changes:
    """What a transaction has read, writes and tells. alone, shared and topics number its locks.

    everything is the lock that all commits of a sandbox share, but for one with too many locks of its own.
    """

    everything: int

    reads: dict[Query, list[tuple[tuple[Any, ...], Evidence]]] = field(default_factory=dict)
    puts: dict[str, list[Row]] = field(default_factory=dict)
    adds: dict[str, list[Row]] = field(default_factory=dict)
    removes: dict[str, list[Key]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    alone: set[int] = field(default_factory=set)
    shared: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)

    def clashes(self, alone: set[int], shared: set[int]) -> bool:
        """Tell whether this must not be on its way together with others, by their locks."""
        return not (
            self.alone.isdisjoint(alone) and self.alone.isdisjoint(shared) and self.shared.isdisjoint(alone)
        )


def statements(changes: Sequence[Changes], mark: uuid.UUID) -> list[Statement]:
    """Return the statements that commit several changes at once."""
    alone: set[int] = set().union(*(change.alone | change.topics for change in changes))
    shared: set[int] = set().union(*(change.shared for change in changes)) - alone
    if len(alone) + len(shared) > MOST_LOCKS * 2:
        locks, modes = [changes[0].everything], [True]
    else:
        locks = [changes[0].everything, *sorted(alone | shared)]
        modes = [lock in alone for lock in locks]
    made: list[Statement] = [("BEGIN", None), (LOCK, [locks, modes])]
    for query, seen in _joined(change.reads for change in changes).items():
        if query.merges:
            columns = [
                list(column) for column in zip(*((*values, found) for values, found in seen), strict=True)
            ]
            made.append((check_sql(query), columns))
        else:
            made += [(check_sql(query), [*values, found]) for values, found in seen]
    for table, keys in _joined(change.removes for change in changes).items():
        made.append((remove_sql(table), [list(column) for column in zip(*keys, strict=True)]))
    for table, rows in _joined(change.puts for change in changes).items():
        made.append((put_sql(table), put_values(table, rows)))
    for table, rows in _joined(change.adds for change in changes).items():
        made.append((put_sql(table, numbered=True), put_values(table, rows, numbered=True)))
    if told := [body for change in changes for body in change.told]:
        made.append((TELL, [told]))
    return [*made, (MARK, [mark]), ("COMMIT", None)]


def _joined(parts: Iterable[Mapping[Any, list[Any]]]) -> dict[Any, list[Any]]:
    joined: dict[Any, list[Any]] = {}
    for part in parts:
        for name, items in part.items():
            joined.setdefault(name, []).extend(items)
    return joined
