"""A unit of work: one transaction, and what follows once it is committed."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from devkit.cloud.push.changes import RIGHTS, DeviceChange
from devkit.cloud.store.memory import Store, Transaction

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
JSON = Any
Effect = Callable[[], None]


class Effects:
    """What follows the commits, in their order: pushes, and what devices are told.

    They are done on the loop's next turn, so that the answer of a call leaves before what it has set off, and
    all in one turn, those that they bring about themselves at the end.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: set[asyncio.Task[None]] = set()
        self._due: deque[Effect] = deque()
        self._running = False
        self._turn_of: asyncio.AbstractEventLoop | None = None

    def add(self, effects: Iterable[Effect]) -> None:
        """Note what follows a commit; without a running loop it is done at once."""
        self._due.extend(effects)
        if self._running or not self._due:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.run()
            return
        if self._turn_of is not loop:
            self._turn_of = loop
            loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_of = None
        if not self._store.waits:
            self.run()
        elif not self._running:
            turn = asyncio.get_running_loop().create_task(self._store.drive(self._run()))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)

    async def idle(self) -> None:
        """Wait until what is due is done."""
        while self._turn_of or self._turns:
            await (asyncio.wait(self._turns) if self._turns else asyncio.sleep(0))

    async def _run(self) -> None:
        self.run()

    def run(self) -> None:
        """Do at once what is due, for devices, whose acts nobody awaits an answer of."""
        if self._running:
            return  # an effect has brought this about; what it added comes after the others
        self._running = True
        try:
            while self._due:
                effect = self._due.popleft()
                try:
                    effect()
                except Exception:
                    logger.exception("Something went wrong after an action was committed")
        finally:
            self._running = False


class Work:
    """What device-side code and action handlers get: the open transaction, and a list of what comes after."""

    def __init__(self, emulator: Emulator, tx: Transaction) -> None:
        self.emulator = emulator
        self.tx = tx
        self.now = emulator.clock.now_ms()
        self.effects: list[Effect] = []

    @property
    def now_s(self) -> int:
        """Return the present in seconds."""
        return self.now // 1000

    @property
    def stamp(self) -> int:
        """Return the present, moved on by as little as makes it differ from every stamp before.

        Lists are ordered by it, so two rows of one millisecond keep their order.
        """
        return self.emulator.next_stamp(self.tx, self.now)

    def after(self, effect: Effect) -> None:
        """Do something once the transaction is committed, after the answer has gone out."""
        self.effects.append(effect)

    def rights_changed(self) -> None:
        """Look again, after the commit and its pushes so far, at what each push client may follow."""
        self.tx.tell("", lambda: RIGHTS.body)
        self.after(self.emulator.look_at_rights)

    def push(
        self, device_id: str, kind: str, sub_type: str, payload: JSON = None, topic: str = "", raw: str = ""
    ) -> None:
        """Tell the subscribers of a device, after the commit; raw is base64 of a payload that is no JSON."""
        change = DeviceChange(device_id, kind, sub_type, self.now, payload, topic, raw)
        self.tx.tell(device_id, lambda: change.body)
        self.after(lambda: self.emulator.publish(change))


class WorkOpening:
    """A unit of work as a context, by hand since there are several for each message of a device."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._transaction = emulator.store.transaction()

    def __enter__(self) -> Work:
        self._work = Work(self._emulator, self._transaction.__enter__())
        return self._work

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, and let follow what has to; an exception undoes all, and nothing follows."""
        self._transaction.__exit__(kind, error, trace)
        if kind is None:
            self._emulator.effects.add(self._work.effects)
