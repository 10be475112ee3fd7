"""One connection of a central: requests in turn, and values that keep their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from devkit.ble.central.events import CentralEvent, ConnectionChanged, ValueChanged
from devkit.ble.refusals import Code, refusal
from devkit.ble.stacks.stack import Remote, RemoteCharacteristic, RemoteEvents, RemoteService
from devkit.errors import BleError, GattError
from devkit.language import _

Result = TypeVar("Result")
Emit = Callable[[CentralEvent], None]
Seen = Callable[[RemoteCharacteristic, bytes], None]


class Connection:
    """What arrives while a request runs is told after its answer, as WeChat's adapters need it.

    ends_requests: the stack ends a running request itself when the connection ends.
    What arrives at rest is told at once, and so is the end, behind everything that arrived before it.
    """

    def __init__(
        self, device_id: str, emit: Emit, seen: Seen, closed: Callable[[], None], *, ends_requests: bool
    ) -> None:
        self.device_id = device_id
        self.remote: Remote | None = None
        self._emit = emit
        self._seen = seen
        self._on_closed = closed
        self._ends_requests = ends_requests
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turn = asyncio.Lock()
        self._busy = False
        self._held: list[CentralEvent] = []
        self._outbox: list[CentralEvent] = []

    @property
    def events(self) -> RemoteEvents:
        """Return what the stack calls."""
        return RemoteEvents(value=self._arrived, closed=self.close)

    @property
    def alive(self) -> bool:
        """Tell whether it stands."""
        return not self._gone.done()

    @property
    def mtu(self) -> int:
        """Return the MTU in force."""
        return self.remote.mtu if self.remote else 0

    async def services(self) -> Sequence[RemoteService]:
        """Return the services of the device; only a stack that does not know them asks the device, once.

        Errors: as of request.
        """
        known = self.remote.known if self.remote else None
        return await self.request(lambda remote: remote.services()) if known is None else known

    async def request(self, work: Callable[[Remote], Coroutine[Any, Any, Result]]) -> Result:
        """Do one thing with the device.

        Errors: 10006 when the connection ends first; those of the stack.
        """
        async with self._turn:
            if self.remote is None or not self.alive:
                raise self._ended()
            self._busy = True
            try:
                doing = work(self.remote)
                return await (doing if self._ends_requests else self._or_gone(doing))
            finally:
                self._busy = False
                self._release()

    def tell(self, characteristic: RemoteCharacteristic, value: bytes) -> None:
        """Tell a value in its turn."""
        event = ValueChanged(self.device_id, characteristic.service_uuid, characteristic.uuid, value)
        if self._busy:
            self._held.append(event)
        elif self._outbox:
            self._outbox.append(event)
        else:
            self._emit(event)

    def close(self) -> None:
        """Tell that the connection has ended, after everything that arrived."""
        if not self.alive:
            return
        self._gone.set_result(None)
        self._outbox += self._held
        self._held.clear()
        self._flush()
        self._on_closed()
        if self.remote:
            self._emit(ConnectionChanged(self.device_id, connected=False))

    def _arrived(self, characteristic: RemoteCharacteristic, value: bytes) -> None:
        if self.alive:
            self._seen(characteristic, value)
            self.tell(characteristic, value)

    def _release(self) -> None:
        """Tell what was held once the answer of the request has been taken."""
        self._outbox += self._held
        if self._held:
            self._held.clear()
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        events, self._outbox = self._outbox, []
        for event in events:
            self._emit(event)

    async def _or_gone(self, work: Coroutine[Any, Any, Result]) -> Result:
        task: asyncio.Future[Result] = asyncio.ensure_future(work)
        try:
            waiting: set[asyncio.Future[Any]] = {task, self._gone}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise self._ended()
        finally:
            task.cancel()
        if task.cancelled():
            raise self._ended()
        error = task.exception()
        if isinstance(error, BleError) and not isinstance(error, GattError) and not self.alive:
            raise self._ended() from error
        return task.result()

    def _ended(self) -> BleError:
        return refusal(Code.NO_CONNECTION, _(f"The connection to {self.device_id} has ended."))
