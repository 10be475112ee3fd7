"""How much a user of a team's sandbox may do: calls a second, and sockets at a time.

The workers of one `devkit cloud serve` count together, in a file: eight bytes for each user's calls, and a
lock on a byte for each socket, which the system takes away with the process that held it.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from typing import TYPE_CHECKING

from devkit.cloud.store.schema import ACCOUNTS, AccountRow
from devkit.errors import CloudApiError
from devkit.language import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.cloud.store.memory import Transaction

CODE = "LimitExceeded"
"""Source: docs/reference/app-api.yaml errors."""
BURST_S = 1.0
KNOWN_S = 5.0
SLOTS = 2**20
SEATS = 2**16


class OwnCounters:
    """Where calls and sockets are counted, those of this process alone; a slot is a user's."""

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}
        self._seats: set[tuple[int, int]] = set()

    def move(self, slot: int, step_s: float, now: float) -> bool:
        """Take step_s of a user's time, unless more than BURST_S are taken in advance."""
        end = max(self._ends.get(slot, 0.0), now) + step_s
        if end > now + BURST_S + step_s / 2:
            return False
        self._ends[slot] = end
        return True

    def sit(self, slot: int, seat: int) -> bool:
        """Take a seat, unless it is taken."""
        if (slot, seat) in self._seats:
            return False
        self._seats.add((slot, seat))
        return True

    def rise(self, slot: int, seat: int) -> None:
        """Give a seat back."""
        self._seats.discard((slot, seat))


class SharedCounters(OwnCounters):
    """Those of all processes that have the file open. It stays open: closing it would end every lock."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def move(self, slot: int, step_s: float, now: float) -> bool:
        """Take the time for all processes."""
        import fcntl

        fcntl.lockf(self._file, fcntl.LOCK_EX, 8, slot * 8)
        try:
            found = os.pread(self._file, 8, slot * 8)
            self._ends[slot] = struct.unpack("d", found)[0] if len(found) == 8 else 0.0
            taken = super().move(slot, step_s, now)
            if taken:
                os.pwrite(self._file, struct.pack("d", self._ends[slot]), slot * 8)
            return taken
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 8, slot * 8)

    def sit(self, slot: int, seat: int) -> bool:
        """Take a seat that no process has."""
        import fcntl

        if not super().sit(slot, seat):
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self._place(slot, seat))
        except OSError:
            super().rise(slot, seat)
            return False
        return True

    def rise(self, slot: int, seat: int) -> None:
        """Give a seat back to all processes."""
        import fcntl

        super().rise(slot, seat)
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._place(slot, seat))

    @staticmethod
    def _place(slot: int, seat: int) -> int:
        return SLOTS * 8 + slot * SEATS + seat


class Quotas:
    """The quotas of a sandbox's users; who has no account has none."""

    def __init__(
        self,
        counters: OwnCounters | None = None,
        sandbox: str = "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sandbox = sandbox
        self._counters = counters or OwnCounters()
        self._now = now
        self._known: dict[str, tuple[float, AccountRow | None]] = {}

    def count_call(self, tx: Transaction, user_id: str) -> None:
        """Count a call of a user.

        Errors: CloudApiError when there are too many.
        """
        account = self._account(tx, user_id)
        if account is None or not account["calls_s"]:
            return
        if not self._counters.move(self._slot(user_id), 1 / account["calls_s"], self._now()):
            raise CloudApiError(
                CODE,
                _(f"The user {account['name']} may make {account['calls_s']} calls a second; wait a moment."),
            )

    def take_seat(self, tx: Transaction, user_id: str) -> Callable[[], None]:
        """Count a socket of a user; return what ends it.

        Errors: CloudApiError when there are too many.
        """
        account = self._account(tx, user_id)
        if account is None or not account["sockets"]:
            return lambda: None
        slot = self._slot(user_id)
        for seat in range(min(account["sockets"], SEATS)):
            if self._counters.sit(slot, seat):
                return lambda: self._counters.rise(slot, seat)
        raise CloudApiError(
            CODE,
            _(f"The user {account['name']} may have {account['sockets']} sockets open; close one first."),
        )

    def _account(self, tx: Transaction, user_id: str) -> AccountRow | None:
        """Return a user's account, as it was at most KNOWN_S ago."""
        now = self._now()
        until, account = self._known.get(user_id, (0.0, None))
        if now >= until:
            found = tx.find(ACCOUNTS, {"user_id": user_id}, limit=1)
            account = found[0] if found else None
            self._known[user_id] = (now + KNOWN_S, account)
        return account

    def _slot(self, user_id: str) -> int:
        digest = hashlib.sha256(f"{self._sandbox}/{user_id}".encode()).digest()
        return int.from_bytes(digest[:8]) % SLOTS
