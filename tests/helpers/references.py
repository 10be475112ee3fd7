"""Which rows of an emulator's store point at nothing."""

from __future__ import annotations

from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.schema import BINDINGS, DEVICES, TABLES


def dangling(tx: Transaction) -> list[str]:
    """Return the references whose owner is gone; what belongs to a binding needs a device with a family."""
    found = []
    for table in TABLES.values():
        for reference in table.references:
            owner = DEVICES if reference.owner == BINDINGS else TABLES[reference.owner]
            for row in tx.find(table, {}):
                key = tuple(row[column] for column in reference.columns)
                if key[0] in ("", reference.gone):
                    continue
                there = tx.get(owner, *key)
                if there is None or (reference.owner == BINDINGS and not there["family_id"]):
                    found.append(f"{table}.{' '.join(reference.columns)} = {' '.join(key)}")
    return found
