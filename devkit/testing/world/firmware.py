"""Real firmware as the device of a test: a program that is started, or a board that is waited for."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from devkit.errors import SettingsError, TransportTimeoutError
from devkit.firmware.identity import DeviceIdentity, DeviceServer, environment
from devkit.language import _
from devkit.testing.world.device import DeviceHandle
from devkit.timeline.kinds import MqttLink, MqttPacket

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.listening import DeviceSide
    from devkit.testing.world.world import World

KEPT_LINES = 200
SHOWN_LINES = 20
STOP_SECONDS = 5.0
WAIT_SECONDS = 20.0


class RealDevice(DeviceHandle):
    """Firmware in a test's hands; identity is its triple.

    begun is its place in the timeline, read how far expectations of each kind have come.
    """

    def __init__(self, world: World, side: DeviceSide, identity: DeviceIdentity) -> None:
        super().__init__(world, identity.device_id)
        if identity.device_id in world.devices:
            self.inbox = world.devices[identity.device_id].inbox
        self.identity = identity
        self.url = side.url
        self.begun = world.timeline.seq
        self.read: dict[str, int] = {}
        self._side = side
        self._process: asyncio.subprocess.Process | None = None
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._reading: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Tell whether the firmware has a connection."""
        return self.id in self._side.broker.connected()

    @property
    def output(self) -> str:
        """Return the last lines that the program printed."""
        return "\n".join(self._lines)

    @property
    def packets(self) -> list[MqttPacket]:
        """Return every message of the firmware, both ways, oldest first."""
        return [item for item in self.world.timeline.of(MqttPacket) if item.device_id == self.id]

    def subscribed(self, topic: str) -> bool:
        """Tell whether it listens to a topic; "$ota/update" means that of the device."""
        whole = topic if topic.endswith(self.id) else f"{topic}/{self.id}"
        return self.connected and self._side.broker.body(self.id).connection.granted(whole) is not None

    async def start(
        self, *program: str, cwd: str = "", env: Mapping[str, str] | None = None, wait: float = WAIT_SECONDS
    ) -> None:
        """Start a program as the device, told where by DEVICE_…, and wait until it listens to controls.

        Errors: SettingsError for a program that is not there; TransportTimeoutError.
        """
        await self.stop()
        host, _rest, port = self.url.removeprefix("mqtt://").rpartition(":")
        told = environment(DeviceServer(host, int(port)), self.identity)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *program,
                env={**os.environ, **told, **(env or {})},
                cwd=cwd or self.world.folder,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            raise SettingsError(
                _(f"real_device: {program[0]} cannot be started: {error.strerror}.")
            ) from error
        self._reading = asyncio.get_running_loop().create_task(self._read(self._process))
        await self.wait(wait)

    async def wait(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the firmware is connected and listens to controls.

        Errors: TransportTimeoutError with what it printed and what was refused.
        """

        def over() -> bool:
            ended = self._process is not None and self._process.returncode is not None
            return ended or self.subscribed("$thing/down/property")

        await self.world.until(over, seconds)
        if self.subscribed("$thing/down/property"):
            return
        state = _("has not subscribed to controls") if self.connected else _("has not connected")
        if self._process is not None and self._process.returncode is not None:
            await asyncio.gather(self._reading or asyncio.sleep(0), return_exceptions=True)
            state = _(f"ended with {self._process.returncode}")
        told = [item.words for item in self.world.timeline.of(MqttLink) if item.state == "refused"]
        lines = [*told[-3:], *list(self._lines)[-SHOWN_LINES:]]
        raise TransportTimeoutError(
            _(
                f"The firmware of {self.id} {state} within {seconds:g} s at {self.url}, DeviceSecret "
                f"{self.identity.secret}."
            ),
            "\n".join(lines) or _("Nothing has tried: see devkit device guide."),
        )

    async def stop(self) -> None:
        """End the program, as SIGTERM does; after 5 s it is killed."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        await self._ended()

    async def kill(self) -> None:
        """End the program at once, as a power cut does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def _ended(self) -> None:
        if self._process is None or self._reading is None:
            return
        await self._process.wait()
        await self._reading
        self._process = None
        await self.world.until(lambda: not self.connected, STOP_SECONDS)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout and (line := await process.stdout.readline()):
            self._lines.append(line.decode("utf-8", "replace").rstrip())
        await process.wait()
        self.world.timeline.record(
            MqttLink(self.id, "closed", _(f"The program ended with {process.returncode}."))
        )


async def real_device(world: World, device: DeviceHandle, host: str, port: int) -> RealDevice:
    """Open the device side of a world for a device; the end of the world ends both.

    Errors: ServeError, PortTakenError.
    """
    from devkit.cloud.devices.mqtt.listening import DevicePorts, open_device_side
    from devkit.cloud.store.schema import DEVICES

    if world.device_side is None:
        opening = open_device_side(world.emulator, DevicePorts(host, port, 0, 0))
        world.device_side = await world.stack.enter_async_context(opening)
    with world.emulator.work() as work:
        row = work.tx.get(DEVICES, device.id)
    identity = DeviceIdentity(device.product_id, device.name, row["psk"] if row else "")
    real = RealDevice(world, world.device_side, identity)
    world.stack.push_async_callback(real.stop)
    return real
