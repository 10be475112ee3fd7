"""The emulator: takes actions, keeps state, drives virtual devices and pushes what changes."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from devkit.clock import Clock
from devkit.cloud.accounts import session_key
from devkit.cloud.api.actions import ACTIONS
from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.facts import FACTS, Fact
from devkit.cloud.api.params import read_params
from devkit.cloud.api.refusals import refusal
from devkit.cloud.api.rights import may_use
from devkit.cloud.api.signed_calls import check_signed_call
from devkit.cloud.devices import ota
from devkit.cloud.devices.images import FirmwareImages
from devkit.cloud.devices.inboxes import DeviceFarm
from devkit.cloud.faults import Faults
from devkit.cloud.limits import Limits
from devkit.cloud.push.bus import RedisBus
from devkit.cloud.push.changes import RIGHTS, DeviceChange
from devkit.cloud.quotas import Quotas
from devkit.cloud.rules.engine import Rules
from devkit.cloud.store.memory import MemoryStore, Store, Transaction, newest_stamp
from devkit.cloud.store.schema import PRODUCTS, RUNS, SCENES, SESSIONS
from devkit.cloud.store.work import Effects, Work, WorkOpening
from devkit.errors import CloudApiError, SettingsError, StaleError
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import ThingModel, read_model
from devkit.subscriptions import Subscriptions
from devkit.timeline.happening import Happening, Observer
from devkit.timeline.kinds import ActionCall, Push

if TYPE_CHECKING:
    from devkit.cloud.push.database_bus import DatabaseBus
    from devkit.cloud.store.postgres import PostgresStore

logger = logging.getLogger(__name__)
T = TypeVar("T")
DATABASE = "database"
MOST_TRIES = 100
LONGEST_RUN_MS = 7 * 86_400_000
RIGHTS_TOPIC = ""  # no device has this id


class Emulator:
    """The platform on the laptop.

    observer hears of everything: ActionCall, Push, and what virtual devices and rules did.
    bus carries pushes between the workers of one sandbox: DATABASE, or the address of a Redis server. salt
    goes into the secrets of devices; move_in sets it for one that others reach.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        clock: Clock | None = None,
        observer: Observer | None = None,
        limits: Limits | None = None,
        bus: str = "",
        quotas: Quotas | None = None,
        sandbox: str = "",
    ) -> None:
        self.store = store or MemoryStore()
        self.clock = clock or self.store.clock()
        self.limits = limits or Limits()
        self.pushes: Subscriptions[DeviceChange] = Subscriptions()  # their topics are device ids
        self.name = secrets.token_hex(8)  # of this worker, among those of the store
        self.salt = b""
        self.effects = Effects(self.store)
        self.faults = Faults()
        self.quotas = quotas or Quotas()
        self.firmware = FirmwareImages(self)
        self.devices = DeviceFarm(self)
        self.rules = Rules(self)
        self._observer = observer
        self._models: dict[str, tuple[str, ThingModel]] = {}
        self._stamp = -1
        self._turns: dict[Hashable, int] = {}
        self._bus = self._find_bus(bus, sandbox) if bus else None
        self._random = random.Random()  # noqa: S311  decides which calls a fault drops

    def _find_bus(self, bus: str, sandbox: str) -> RedisBus | DatabaseBus:
        if bus != DATABASE:
            return RedisBus(bus, self._hear, sandbox)
        if not self.store.waits:
            raise SettingsError(_("--bus database needs a database that workers share: --db postgresql://…."))
        from devkit.cloud.push.database_bus import DatabaseBus

        return DatabaseBus(cast("PostgresStore", self.store), self._hear)

    def observe(self, what: Happening) -> None:
        """Tell the observer."""
        if self._observer:
            self._observer(what)

    def due(self, what: Hashable, every: int) -> bool:
        """Tell whether this is the n-th time of something, for work that is not worth doing each time."""
        self._turns[what] = (self._turns.get(what, 0) + 1) % every
        return self._turns[what] == 0

    def next_stamp(self, tx: Transaction, now: int) -> int:
        """Return now, or the next free millisecond after the last stamp, be it of an earlier run."""
        if self._stamp < 0:
            self._stamp = newest_stamp(tx)
        self._stamp = max(now, self._stamp + 1)
        return self._stamp

    def work(self) -> WorkOpening:
        """Open a transaction that reads, or that nobody else gets in the way of; pushes go out after it."""
        return WorkOpening(self)

    def perform(self, act: Callable[[Work], T]) -> T:
        """Do something in a transaction; done anew when another worker has changed what it has read."""

        def attempt(tx: Transaction) -> tuple[T, Work]:
            work = Work(self, tx)
            return act(work), work

        result, work = self.transact(attempt)
        self.effects.add(work.effects)
        return result

    def transact(self, act: Callable[[Transaction], T]) -> T:
        """Do something in a transaction without what follows from it; again when it has to be."""
        for attempt in range(1, MOST_TRIES + 1):
            try:
                with self.store.transaction() as tx:
                    return act(tx)
            except StaleError:
                if attempt == MOST_TRIES:
                    raise
                self.store.pause(attempt)
        raise AssertionError

    async def call(self, action: str, params: Mapping[str, JSON], *, endpoint: str = "tokenapi") -> Answer:
        """Perform an action and return its response fields without RequestId.

        Errors: CloudApiError with a documented code; TransportTimeoutError when a fault drops the call.
        """
        started = self.clock.now_ms()
        shown = {name: value for name, value in params.items() if name not in ("AccessToken", "Signature")}
        try:
            await self.faults.apply(action, self._random)
            answer = await self.store.drive(self._perform(action, params, endpoint))
        except CloudApiError as error:
            refusal = {"code": error.code, "msg": error.message}
            self.observe(ActionCall(action, shown, error=refusal, ms=self.clock.now_ms() - started))
            raise
        self.observe(ActionCall(action, shown, answer, ms=self.clock.now_ms() - started))
        return answer

    async def _perform(self, action: str, params: Mapping[str, JSON], endpoint: str) -> Answer:
        handler = ACTIONS.get(action)
        fact = FACTS.get(action)
        if handler is None or fact is None or fact.endpoint != endpoint:
            raise refusal(None, "InvalidAction", _(f"There is no action {action!r} at {endpoint}."))

        counted: set[str] = set()

        def attempt(tx: Transaction) -> tuple[Answer, Call]:
            user_id = self._user(tx, fact, params) if fact.endpoint == "tokenapi" else ""
            if user_id and user_id not in counted:  # tried again, it is still one call
                self.quotas.count_call(tx, user_id)
                counted.add(user_id)
            token = str(params["AccessToken"]) if user_id else ""
            call = Call(self, tx, fact, read_params(fact, params), user_id, token)
            return handler(call), call

        answer, call = self.transact(attempt)
        self.effects.add(call.effects)
        if call.then is None:
            return answer
        await asyncio.sleep(0)  # lets the device hear first of what was committed before
        return await call.then()

    def _user(self, tx: Transaction, fact: Fact, params: Mapping[str, JSON]) -> str:
        token = params.get("AccessToken")
        if token in (None, ""):
            raise refusal(fact, "missing", _("The parameter AccessToken is missing."))
        user_id = self.session_user(tx, token)
        if user_id is None:
            raise refusal(fact, "session", _("The AccessToken is unknown or has expired."))
        return user_id

    def session_user(self, tx: Transaction, token: JSON) -> str | None:
        """Return whom an access token belongs to; None when it is unknown or has expired."""
        row = tx.get(SESSIONS, session_key(token)) if isinstance(token, str) else None
        if row is None or row["expire_s"] <= self.clock.now_ms() // 1000:
            return None
        return str(row["user_id"])

    def session_end(self, token: JSON) -> int:
        """Return when a session ends, in unix ms; 0 for an unknown token."""
        with self.store.transaction() as tx:
            row = tx.get(SESSIONS, session_key(token)) if isinstance(token, str) else None
        return row["expire_s"] * 1000 if row else 0

    def visible_devices(self, token: JSON, device_ids: Iterable[str]) -> list[str]:
        """Return those of some devices that the user of a token may follow.

        Errors: CloudApiError for an unknown or expired token.
        """
        with self.store.transaction() as tx:
            user_id = self.session_user(tx, token)
            if user_id is None:
                raise refusal(None, "session", _("The AccessToken is unknown or has expired."))
            return [device_id for device_id in dict.fromkeys(device_ids) if may_use(tx, user_id, device_id)]

    def take_seat(self, token: JSON) -> Callable[[], None]:
        """Count a socket of the user of a token; return what ends it.

        Errors: CloudApiError when the user has as many as he may.
        """
        with self.store.transaction() as tx:
            return self.quotas.take_seat(tx, self.session_user(tx, token) or "")

    def check_signature(self, params: Mapping[str, JSON]) -> None:
        """Check a signed call: known application, fresh time, unused nonce, right signature.

        Errors: CloudApiError. Source: docs/reference/app-api.yaml common.signature; window and nonce memory
        are unverified.
        """
        now_s = self.clock.now_ms() // 1000
        self.transact(lambda tx: check_signed_call(tx, params, now_s, self.limits.signature_s))

    def model(self, tx: Transaction, product_id: str) -> ThingModel:
        """Return the thing model of a product, parsed once; an unknown product has an empty one."""
        row = tx.get(PRODUCTS, product_id)
        template = row["template"] if row else ""
        known = self._models.get(product_id)
        if known is None or known[0] != template:
            known = (template, read_model(template) if template else ThingModel())
            self._models[product_id] = known
        return known[1]

    def look_at_rights(self) -> None:
        """Have every push client looked at again: somebody may have lost a device, or his session."""
        self._carry(RIGHTS)

    def publish(self, change: DeviceChange) -> None:
        """Push a change to every subscriber."""
        self.observe(Push(change.device_id, change.type, change.sub_type, change.time, change.payload))
        self._carry(change)

    def _carry(self, change: DeviceChange) -> None:
        if self._bus is None or not self._bus.brings_own:
            self._hand_out(change)
        if self._bus:
            self._bus.publish(change)

    def _hear(self, change: DeviceChange) -> None:
        """Hand out a push of another worker, after the own ones so far."""
        if change.type == RIGHTS.type:
            self.store.forget()
        self.effects.add([lambda: self._hand_out(change)])

    def _hand_out(self, change: DeviceChange) -> None:
        self.pushes.publish(RIGHTS_TOPIC if change.type == RIGHTS.type else change.device_id, change)

    async def start(self) -> None:
        """Start what runs by itself: timers and automations.

        Scenes that the end of a process cut off are idle again, and upgrades are offered again, unless other
        workers live: those go on with the scenes.

        Errors: TransportError when the bus cannot be reached.
        """
        if self._bus:
            await self._bus.start()
        await self.store.drive(self._start())

    async def _start(self) -> None:
        others, _ = self.store.beat(self.name)
        if not others:
            self.perform(_tidy)
        if self.store.waits:
            self.devices.spawn(self.rules.stand_in())
        self.rules.skip_missed()
        self.devices.spawn(self.rules.run())

    async def aclose(self) -> None:
        """Stop virtual devices, end subscriptions and close the store."""
        await self.devices.aclose()
        await self.store.leave(self.name)
        if self._bus:
            await self._bus.aclose()
        self.pushes.close()
        await self.store.aclose()
        self.store.close()

    async def ping_bus(self) -> None:
        """Ask whether the bus is there, if there is to be one.

        Errors: TransportError.
        """
        if self._bus:
            await self._bus.ping()

    def waiting(self) -> dict[str, float]:
        """Return how much waits for bus and database, for who watches over this worker."""
        return {"bus_queue": self._bus.waiting if self._bus else 0, **self.store.figures()}


def _tidy(work: Work) -> None:
    for run in work.tx.find(RUNS, {}, between={"created": (None, work.now - LONGEST_RUN_MS)}):
        work.tx.remove(RUNS, run["run_id"])  # another process may be at the others
    for scene in work.tx.find(SCENES, {"status": 1}):
        work.tx.change(SCENES, scene["scene_id"], status=0)
    ota.offer_again(work)
