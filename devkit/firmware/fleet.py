"""Many devices from one process, which report at a rate: how long the cloud takes, and what it loses."""

from __future__ import annotations

import asyncio
import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError, SettingsError, TransportError
from devkit.firmware.identity import DeviceIdentity, DeviceServer
from devkit.firmware.running import DevicePart, DeviceRun
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.store.work import Work
    from devkit.model import ThingModel
    from devkit.settings import Settings

AT_ONCE = 50
NAME = "fleet-{:05}"


@dataclass
class FleetTally:
    """What has happened so far; times are those from a report to its answer, in ms."""

    count: int
    connected: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    reports: int = 0
    lost: int = 0
    late: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Tell whether every device connected and every report was answered."""
        return self.connected == self.count and self.lost == 0

    def percentile(self, share: float) -> float:
        """Return the time that this share of answers did not exceed; 0 without any."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Fleet:
    """Devices of one product; rate is reports a second for each."""

    def __init__(
        self, server: DeviceServer, identities: Sequence[DeviceIdentity], model: ThingModel, rate: float
    ) -> None:
        if not model.properties:
            raise SettingsError(
                _("A fleet reports properties, and the thing model has none."), _("Name it with --model.")
            )
        self._model, self._rate = model, rate
        self._runs = [
            DeviceRun(server, item, {item.device_id: DevicePart(model)}, _nothing) for item in identities
        ]
        self.tally = FleetTally(len(self._runs))
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def online(self) -> int:
        """Return how many are connected now."""
        return sum(run.device.online for run in self._runs)

    async def connect(self) -> None:
        """Connect all; who is refused is noted.

        Errors: TransportError when not even one is taken.
        """
        await asyncio.gather(*map(self._connect, self._runs))
        failures = self.tally.failed
        if not self.tally.connected:
            raise TransportError(
                _(f"No device of the fleet could connect. {next(iter(failures.values()), '')}").strip()
            )

    async def _connect(self, run: DeviceRun) -> None:
        async with self._gate:
            working = asyncio.get_running_loop().create_task(run.run())
            self._tasks.append(working)
            ready = asyncio.ensure_future(run.ready.wait())
            await asyncio.wait({working, ready}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
        if run.ready.is_set():
            self.tally.connected += 1
            return
        error = working.exception()
        self.tally.failed[run.identity.device_id] = (
            error.message if isinstance(error, DevkitError) else str(error)
        )

    async def report(self, seconds: float) -> None:
        """Let every device report at the rate for some seconds, spread over each interval."""
        runs = [run for run in self._runs if run.ready.is_set()]
        step = 1 / self._rate / max(len(runs), 1)
        await asyncio.gather(*(self._paced(run, index * step, seconds) for index, run in enumerate(runs)))

    async def _paced(self, run: DeviceRun, offset: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        start, device = loop.time(), run.device
        values = itertools.cycle({prop.id: prop.define.default()} for prop in self._model.properties)
        for number in range(max(round(seconds * self._rate), 1)):
            await asyncio.sleep(start + offset + number / self._rate - loop.time())
            if not device.online:
                self.tally.late += 1
                continue
            self.tally.reports += 1
            begun = loop.time()
            try:
                await device.report(next(values))
                if not device.online:
                    raise TransportError(_("The connection broke before the answer."))
                self.tally.times.append((loop.time() - begun) * 1000)
            except TransportError:
                self.tally.lost += 1

    async def aclose(self) -> None:
        """Disconnect all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _nothing(words: str) -> None:
    """Let a device of a fleet say nothing."""


def settle_fleet(settings: Settings, count: int) -> list[DeviceIdentity]:
    """Return devices of the project's product, which are put into its sandbox.

    Errors: SettingsError for a sandbox that another process could not see; ModelError.
    """
    import contextlib

    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import MEMORY, move_in, open_store
    from devkit.cloud.seed import add_device
    from devkit.cloud.store.schema import DEVICES

    if settings.db == MEMORY:
        raise SettingsError(
            _("A fleet's devices are put into the sandbox, and one in memory is seen by its process alone."),
            _("Leave db = memory out here and at the emulator, or name the devices with --triples."),
        )
    with contextlib.closing(open_store(settings)) as store:
        emulator = Emulator(store)
        product_id = move_in(emulator, settings, serving=False).device_id.partition("/")[0]
        names = [NAME.format(number) for number in range(1, count + 1)]

        def settle(work: Work) -> list[Any]:
            for name in names:
                if work.tx.get(DEVICES, f"{product_id}/{name}") is None:
                    add_device(work, product_id, name)
            return [work.tx.get(DEVICES, f"{product_id}/{name}") for name in names]

        rows = emulator.perform(settle)
    return [DeviceIdentity(product_id, row["device_name"], row["psk"]) for row in rows if row]


def dismiss_fleet(settings: Settings, identities: Sequence[DeviceIdentity]) -> None:
    """Take the devices of a fleet out of the sandbox again."""
    import contextlib

    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import open_store
    from devkit.cloud.store.schema import DEVICES

    def remove(work: Work) -> None:
        for identity in identities:
            work.tx.remove(DEVICES, identity.device_id)

    with contextlib.closing(open_store(settings)) as store:
        Emulator(store).perform(remove)


def read_triples(file: Path, count: int) -> list[DeviceIdentity]:
    """Return the first devices of a file of lines ProductId,DeviceName,DeviceSecret.

    Errors: SettingsError naming the line.
    """
    try:
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_(f"triples: {file} cannot be read: {error}.")) from error
    found = []
    for number, row in enumerate(rows, 1):
        fields = [item.strip() for item in row]
        if not any(fields) or (number == 1 and fields[0].lower() == "productid"):
            continue
        if len(fields) != 3 or not all(fields):
            raise SettingsError(_(f"{file}, line {number}: it is not ProductId,DeviceName,DeviceSecret."))
        found.append(DeviceIdentity(*fields))
    if not found:
        raise SettingsError(
            _(f"triples: {file} names no device."), _("Write lines ProductId,DeviceName,DeviceSecret.")
        )
    return found[:count]
