"""The bus: carries pushes between the worker processes of one sandbox.

A Redis stream keeps the order and, unlike plain publish and subscribe, loses nothing while a worker
reconnects.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devkit.cloud.push.changes import DeviceChange
from devkit.errors import SettingsError, TransportError
from devkit.extras import install_command
from devkit.language import _

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)
STREAM = "devkit:pushes"
KEPT = 100_000
BLOCK_MS = 5000
RETRY_S = 0.5
RESENT_S = 10.0


class RedisBus:
    """One worker's end of the bus.

    subscriber is called with every push of the other workers of a sandbox, in their order.
    """

    def __init__(self, url: str, subscriber: Callable[[DeviceChange], None], sandbox: str = "") -> None:
        self.brings_own = False  # own pushes are handed out before
        self._url = url
        self._stream = f"{STREAM}:{sandbox}" if sandbox else STREAM
        self._subscriber = subscriber
        self._name = secrets.token_hex(8)
        self._waiting: asyncio.Queue[DeviceChange | None] = asyncio.Queue()  # None: send the last again
        self._tasks: list[asyncio.Task[None]] = []
        self._redis: Redis | None = None
        self._number = 0
        self._heard: dict[bytes, int] = {}
        self._sent: deque[tuple[float, dict[str, Any]]] = deque(maxlen=KEPT)

    async def start(self) -> None:
        """Connect, and carry pushes both ways from now on.

        Errors: SettingsError without the redis package, TransportError when the server is not there.
        """
        try:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
            from redis.exceptions import RedisError
        except ImportError as error:
            raise SettingsError(
                _("--bus needs the package redis."), _(f"Install it with: {install_command('team')}")
            ) from error
        try:
            once = Retry(NoBackoff(), 0)  # an error is to be known here: what came before it may be lost
            self._redis = Redis.from_url(self._url, socket_timeout=BLOCK_MS / 1000 + 5, retry=once)
            last = await self._last_id(self._redis)
        except (RedisError, OSError, ValueError) as error:
            await self.aclose()
            raise TransportError(
                _(f"The bus cannot be reached: {error}."),
                _("Check the address after --bus, such as redis://host:6379/0."),
            ) from error
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._send(self._redis)),
            loop.create_task(self._receive(self._redis, last)),
        ]

    async def _last_id(self, redis: Redis) -> str:
        entries: Any = await redis.xrevrange(self._stream, count=1)
        return entries[0][0].decode() if entries else "0-0"

    @property
    def waiting(self) -> int:
        """Return how many pushes the server has not taken yet."""
        return self._waiting.qsize()

    async def ping(self) -> None:
        """Ask the server whether it is there.

        Errors: TransportError.
        """
        from redis.exceptions import RedisError

        try:
            if self._redis:
                await self._redis.ping()
        except (RedisError, OSError) as error:
            raise TransportError(_(f"The bus does not answer: {error}.")) from error

    def publish(self, change: DeviceChange) -> None:
        """Send a push to the other workers, after those before it."""
        if self._waiting.qsize() >= KEPT:  # the stream itself keeps no more
            lost = self._waiting.get_nowait()
            self._waiting.task_done()
            logger.error("The bus lost a push of %s: %s wait for it already.", lost and lost.device_id, KEPT)
        self._waiting.put_nowait(change)

    async def _send(self, redis: Redis) -> None:
        from redis.exceptions import RedisError

        while True:
            change = await self._waiting.get()
            if change:
                self._number += 1
                fields = {"from": self._name, "number": self._number, "push": change.body}
                self._sent.append((time.monotonic(), fields))
            left: list[Any] = [fields] if change else self._lately()
            while left:
                try:
                    await redis.xadd(self._stream, left[0], maxlen=KEPT, approximate=True)
                    del left[0]
                except (RedisError, OSError) as error:
                    logger.warning("The bus does not take pushes (%s); trying again.", error)
                    await asyncio.sleep(RETRY_S)
                    left = self._lately()
            self._waiting.task_done()

    def _lately(self) -> list[dict[str, Any]]:
        """Return what was sent in the last moments: a server that was restarted may have lost it."""
        while self._sent and self._sent[0][0] < time.monotonic() - RESENT_S:
            self._sent.popleft()
        return [fields for _, fields in self._sent]

    async def _receive(self, redis: Redis, last: str) -> None:
        from redis.exceptions import RedisError

        while True:
            try:
                answer: Any = await redis.xread({self._stream: last}, count=1000, block=BLOCK_MS)
            except (RedisError, OSError) as error:
                logger.warning("The bus gives no pushes (%s); trying again.", error)
                self._waiting.put_nowait(None)
                await asyncio.sleep(RETRY_S)
                continue
            for _rest, entries in answer or []:
                for entry_id, fields in entries:
                    last = entry_id.decode()
                    self._take(fields)

    def _take(self, fields: dict[bytes, bytes]) -> None:
        sender = fields.get(b"from", b"")
        if sender == self._name.encode():
            return
        try:
            number, last = int(fields.get(b"number", 0)), self._heard.get(sender)
            if number and last and number <= last:
                return  # sent twice, since the sender could not know
            if number and last and number > last + 1:
                logger.error("The bus lost %d pushes: does its Redis evict or forget?", number - last - 1)
            self._heard[sender] = number
            change = DeviceChange(**json.loads(fields[b"push"]))
        except (KeyError, ValueError, TypeError):
            logger.warning("The bus holds an entry that is no push.")
            return
        self._subscriber(change)

    async def aclose(self) -> None:
        """Send what waits, then disconnect."""
        if self._tasks:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._waiting.join()
        for task in self._tasks:
            while not task.done():  # the redis client may take a cancellation for the end of its own wait
                task.cancel()
                await asyncio.wait([task], timeout=0.05)
        self._tasks = []
        if self._redis:
            await self._redis.aclose()
            self._redis = None
