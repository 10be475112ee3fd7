"""One connection between a central and a virtual peripheral."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from devkit.ble.peripheral.gatt import DEFAULT_MTU, LONGEST_VALUE, Att, Characteristic, att_error
from devkit.ble.refusals import Code, refusal
from devkit.errors import BleError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble.peripheral.peripheral import Peripheral
    from devkit.ble.peripheral.radio import Radio

logger = logging.getLogger(__name__)

WriteHandler = Callable[[bytes], Awaitable[None] | None]
Deliver = Callable[[Characteristic, bytes], Awaitable[None] | None]
Result = TypeVar("Result")
CLOSE = None


class PeripheralLink:
    """Requests go one at a time; notifications follow in their order, each after the request it answers."""

    def __init__(self, peripheral: Peripheral, deliver: Deliver, closed: Callable[[], None]) -> None:
        self.peripheral = peripheral
        self.mtu = DEFAULT_MTU
        self.subscribed: set[tuple[str, str]] = set()
        self.alive = True
        self._deliver = deliver
        self._on_closed = closed
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = asyncio.Lock()
        self._queue: deque[tuple[Characteristic, bytes] | None] = deque()
        self._pumping = False

    @property
    def _radio(self) -> Radio:
        return self.peripheral.radio

    async def request(self, cost_ms: int, work: Callable[[], Result | Awaitable[Result]]) -> Result:
        """Do one piece of work on the peripheral's side; work may return an awaitable.

        Errors: 10006 when the connection ends first; those that the work raises.
        """
        async with self._requests:
            await self._pause(cost_ms)
            try:
                done = work()
                result = await self._or_gone(done) if inspect.isawaitable(done) else done
            except BleError:
                raise
            except Exception as error:
                logger.exception("A handler of %s failed", type(self.peripheral).__name__)
                raise att_error(
                    Att.UNLIKELY_ERROR, _(f"{type(self.peripheral).__name__} failed: {error}")
                ) from error
            self._check()
            return result

    async def write(self, characteristic: Characteristic, value: bytes, cost_ms: int = 0) -> None:
        """Hand a value to the peripheral and wait for its handler.

        Errors: as of request.
        """
        await self.request(cost_ms, lambda: self._arrive(characteristic, value))

    async def read(self, characteristic: Characteristic, cost_ms: int = 0) -> bytes:
        """Return what the peripheral gives.

        Errors: as of request.
        """
        name, peripheral = characteristic.read_method, self.peripheral
        work = getattr(peripheral, name) if name else lambda: peripheral.value(characteristic)
        value = bytes(await self.request(cost_ms, work))[:LONGEST_VALUE]
        self._radio.log(peripheral, "read", characteristic, value)
        return value

    def set_notify(self, characteristic: Characteristic, enabled: bool) -> None:
        """Note whether the central listens to a characteristic."""
        (self.subscribed.add if enabled else self.subscribed.discard)(characteristic.key)
        self.peripheral.on_subscribe(characteristic, enabled)

    def notify(self, characteristic: Characteristic, value: bytes) -> None:
        """Send a value to the central, unless a fault loses it."""
        faults = self.peripheral.faults
        if faults.lose_notifications > 0:
            faults.lose_notifications -= 1
            self._radio.log(self.peripheral, "lost", characteristic, value)
            return
        self._enqueue((characteristic, value))

    def close_later(self) -> None:
        """End the connection once the notifications so far are delivered."""
        self._enqueue(CLOSE)

    def lose(self) -> None:
        """End the connection when the supervision time is over, unless it is in range again by then."""
        delay = self._radio.timings.supervision_ms
        if not delay:
            self.close()
            return
        self._radio.spawn(self._lose_after(delay), self.peripheral.address)

    def close(self) -> None:
        """End the connection now."""
        if not self.alive:
            return
        self.alive = False
        self._queue.clear()
        if not self._gone.done():
            self._gone.set_result(None)
        self.peripheral.detach(self)
        self._on_closed()

    def _arrive(self, characteristic: Characteristic, value: bytes) -> Awaitable[None] | None:
        faults = self.peripheral.faults
        if faults.drop_on_write:
            faults.drop_on_write -= 1
            if not faults.drop_on_write:
                self.close()
                return None
        self._radio.log(self.peripheral, "write", characteristic, value)
        if not characteristic.write_method:
            self.peripheral.set_value(characteristic, value)
            return None
        handler: WriteHandler = getattr(self.peripheral, characteristic.write_method)
        return handler(value)

    async def _lose_after(self, delay: int) -> None:
        await self._radio.sleep(delay)
        if not self.peripheral.in_range:
            self.close()

    async def _or_gone(self, work: Awaitable[Result]) -> Result:
        """Await the work, which goes on by itself when the connection ends first."""
        task = self._radio.spawn(work, self.peripheral.address)
        ends: set[asyncio.Future[Result] | asyncio.Future[None]] = {task, self._gone}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            self._check()
        return await task

    async def _pause(self, cost_ms: int) -> None:
        self._check()
        if cost_ms:
            await self._radio.sleep(cost_ms)
            self._check()

    def _check(self) -> None:
        if not self.alive:
            raise refusal(Code.NO_CONNECTION, _(f"The connection to {self.peripheral.address} has ended."))

    def _enqueue(self, item: tuple[Characteristic, bytes] | None) -> None:
        self._queue.append(item)
        if not self._pumping:
            self._pumping = True
            self._radio.spawn(self._pump(), self.peripheral.address)

    async def _pump(self) -> None:
        """Deliver what is queued; wait for a running request, so that its answer comes first."""
        try:
            while self._queue:
                async with self._requests:
                    pass
                if self._radio.timings.notify_ms:
                    await self._radio.sleep(self._radio.timings.notify_ms)
                if not self._queue:
                    return
                item = self._queue.popleft()
                if item is CLOSE:
                    self.close()
                    return
                characteristic, value = item
                self._radio.log(self.peripheral, "notify", characteristic, value)
                sending = self._deliver(characteristic, value)
                if sending is not None:
                    await self._or_gone(sending)
        finally:
            self._pumping = False
