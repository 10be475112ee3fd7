"""Rows keep the order in which they were made, from one run to the next."""

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.api.signing import same
from devkit.cloud.store.memory import MemoryStore


def test_stamps_go_on_after_those_of_an_earlier_run() -> None:
    store = MemoryStore()
    made = []
    for _ in range(2):  # both within one millisecond
        emulator = Emulator(store, clock=ManualClock())
        with emulator.work() as work:
            for _ in range(3):
                row = {"room_id": f"room{len(made)}", "family_id": "f", "name": "", "updated": 0}
                work.tx.put("rooms", {**row, "created": work.stamp})
                made.append(row["room_id"])
    with store.transaction() as tx:
        assert [row["room_id"] for row in tx.find("rooms", {}, order="created")] == made


def test_half_a_surrogate_pair_is_no_signature() -> None:
    assert not same("\ud800", "abc")
