"""The world of one test: a cloud, its devices and users, and the panels that are open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.seed import Seed, add_device, add_product, seed_home
from devkit.cloud.store.schema import PRODUCTS, SHARES
from devkit.errors import PanelError, SettingsError
from devkit.language import _
from devkit.model.product import group_devices, group_of, product_kind
from devkit.sdk import Entry, Simulator, Timeline
from devkit.testing.page.handle import Handle
from devkit.testing.page.panel import Panel
from devkit.testing.world.device import DeviceHandle
from devkit.testing.world.emulator import CloudEmulator
from devkit.testing.world.record import PhoneTimeline, format_timeline
from devkit.testing.world.spec import PanelSpec
from devkit.testing.world.travel import TestClock, TravelClock, turn_loop
from devkit.timeline.kinds import ActionCall, Push
from devkit.transport.local import LocalTransport

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.listening import DeviceSide
    from devkit.testing.run.lab import Lab
    from devkit.testing.world.ble import Air
    from devkit.testing.world.ground import Ground
    from devkit.timeline.happening import Happening

OWNER = "owner"
GUEST = "guest"


class World(Handle):
    """A cloud with one user, one home and one device at first; closed, it leaves nothing behind."""

    def __init__(self, lab: Ground, spec: PanelSpec, *, travels: bool = False) -> None:
        super().__init__(self)
        self.test = ""
        self.folder = lab.settings.project
        self.pictures = 0
        self.lab = cast("Lab", lab)  # whoever opens a panel has one
        self.spec = spec
        self.travels = travels
        self.timeline = Timeline()
        self.panels: list[Panel] = []
        self.devices: dict[str, DeviceHandle] = {}
        self._travel = TravelClock()
        self.emulator = Emulator(clock=self._travel, observer=self._observe)
        self.cloud = CloudEmulator(self)
        self.clock = TestClock(self, self._travel, self.panels)
        self._users: dict[str, LocalTransport] = {}
        self.read_navigation = 0
        self.read_tips = 0
        self._unseen = 0
        self._air: Air | None = None
        self.group_id = ""
        self.device_side: DeviceSide | None = None
        self.stack = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Seed the cloud.

        Errors: ModelError, PropertyValueError for data that the thing model does not allow.
        """
        settings, spec = self.lab.settings, self.spec
        model = self.lab.model(spec.model)
        if spec.gateway:
            settings = settings.replace(gateway=True)
        if spec.group:
            settings = settings.replace(group=spec.group)
        kind = product_kind(settings, model)
        with self.emulator.work() as work:
            seed = seed_home(
                work,
                model,
                product_id=spec.product_id or settings.product_id or model.product_id or "H5PANELDEV",
                device_name=spec.device or settings.device_name,
                display_name=settings.display_name,
                kind=kind,
            )
        await self.emulator.start()
        self._users[OWNER] = LocalTransport(self.emulator, seed)
        device = self.devices[seed.device_id] = DeviceHandle(self, seed.device_id)
        for sub in kind.sub_devices:
            sub_id = f"{sub.product_id}/{sub.device_name}"
            self.devices[sub_id] = DeviceHandle(self, sub_id)
        self.group_id = group_of(seed.device_id) if kind.group else ""
        for member in group_devices(seed.device_id, kind.group)[1:]:
            self.devices[member] = DeviceHandle(self, member)
        if spec.data:
            await device.report(spec.data)
        if not spec.online:
            await device.go_offline()
        if spec.peripherals or settings.peripherals or not spec.bluetooth:
            await self.open_air().load()

    @property
    def air(self) -> Air:
        """Return the air around every phone."""
        return self.open_air()

    def open_air(self) -> Air:
        """Get ready for Bluetooth, before the first panel; a world without it imports nothing of it."""
        if self._air is None:
            from devkit.testing.world.ble import Air

            self._air = Air(self, self._travel)
        return self._air

    @property
    def transport(self) -> LocalTransport:
        """Return the first user's way to the cloud."""
        return self._users[OWNER]

    @property
    def device(self) -> DeviceHandle:
        """Return the first device."""
        return next(iter(self.devices.values()))

    async def add_device(
        self,
        name: str,
        *,
        product_id: str = "",
        model: Path | str | Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        online: bool = True,
    ) -> DeviceHandle:
        """Put another device into the home: of the same product, or of a new one with its own thing model.

        Errors: SettingsError when a device of that name is there; ModelError, PropertyValueError.
        """
        product = product_id or self.device.product_id
        device_id = f"{product}/{name}"
        if device_id in self.devices:
            raise SettingsError(
                _(f"There is a device {device_id} already."), _("Give the new one another name.")
            )
        seed = self.transport.seed
        with self.emulator.work() as work:
            if work.tx.get(PRODUCTS, product) is None or model is not None:
                add_product(work, product, self.lab.model(model))
            add_device(
                work,
                product,
                name,
                family_id=seed.family_id,
                room_id=seed.room_id,
                user_id=seed.user_id,
                online=True,
            )
        device = self.devices[device_id] = DeviceHandle(self, device_id)
        if data:
            await device.report(data)
        if not online:
            await device.go_offline()
        return device

    async def user(self, name: str, device: DeviceHandle) -> LocalTransport:
        """Return a user's way to the cloud; a new name is a new user, with whom the device is shared."""
        if name not in self._users:
            owner = self.transport.seed
            with self.emulator.work() as work:
                user_id = create_user(work, nick_name=name)
                token, _ = open_session(work, user_id)
            seed = Seed(user_id, token, owner.family_id, owner.room_id, device.id)
            self._users[name] = LocalTransport(self.emulator, seed)
        user = self._users[name]
        with self.emulator.work() as work:
            known = work.tx.get(SHARES, device.id, user.seed.user_id)
        if name != OWNER and known is None:
            with self.unseen():
                shared = await self.transport.call("AppCreateShareDeviceToken", {"DeviceId": device.id})
                token = shared["ShareDeviceToken"]
                await user.call("AppBindUserShareDevice", {"ShareDeviceToken": token, "DeviceId": device.id})
        return user

    async def open_panel(self, *, device: DeviceHandle | None = None, user: str = "") -> Panel:
        """Open the panel on another phone: of a device, as a user; a user who is not the owner gets a share.

        Errors: PanelError, BrowserError.
        """
        device = device or self.device
        user = user or (GUEST if self.spec.share else OWNER)
        name = user if len(self.panels) == 0 else f"{user} {len(self.panels) + 1}"
        simulator = await self.open_phone(device, user, name)
        slot = await self.lab.slot(self.spec)
        panel = Panel(self, slot, simulator, device, name)
        self.panels.append(panel)
        await panel.load()
        return panel

    async def open_phone(self, device: DeviceHandle, user: str, name: str) -> Simulator:
        """Return the started simulator of a user's phone, which is to show the panel of a device."""
        transport = await self.user(user, device)
        settings = self.lab.settings.replace(peripherals=[], ble="virtual")
        simulator = Simulator(transport, settings, timeline=PhoneTimeline(self.timeline, name))
        if self._air is not None:
            self._air.join(simulator)
        with self.unseen():
            await simulator.start()
        return simulator

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds; every entry of the timeline is a reason to look again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                seen = self.timeline.seq
                while not condition():
                    async for entry in self.timeline.follow(seen):
                        seen = entry.seq
                        break
        return condition()

    async def settle(self) -> None:
        """Wait until what was done has reached every page."""
        await turn_loop()
        await asyncio.gather(*(panel.settle() for panel in self.panels if not panel.closed))

    def story(self) -> str:
        """Return the last things that happened."""
        return format_timeline(self.entries())

    def entries(self) -> list[Entry]:
        """Return everything that happened."""
        return self.timeline.since(0)

    def check(self) -> None:
        """Refuse panels that did what panels must not do.

        Errors: PanelError naming every problem, with places in the sources.
        """
        if self.spec.errors == "allow":
            return
        texts = [panel.problem_text() for panel in self.panels if panel.problems]
        if texts:
            raise PanelError(
                _("The panel failed during the test.\n") + "\n".join(texts),
                _('Allow this with @pytest.mark.panel(errors="allow").'),
            )

    async def aclose(self, *, failed: bool = False) -> None:
        """Close every panel and the cloud; traces of a failed test are kept."""
        for panel in self.panels:
            await panel.close(failed=failed)
        if self._air is not None:
            await self._air.aclose()
        await self.stack.aclose()
        for user in self._users.values():
            await user.aclose()
        await self.emulator.aclose()

    @contextlib.contextmanager
    def unseen(self) -> Iterator[None]:
        """Let the host page ask the cloud: outside of the story, spared by faults meant for panels."""
        faults = self.emulator.faults
        kept, faults.errors = faults.errors, {}
        self._unseen += 1
        try:
            yield
        finally:
            self._unseen -= 1
            faults.errors = kept

    def _observe(self, what: Happening) -> None:
        if isinstance(what, ActionCall):
            if self._unseen:
                return
            self.cloud.actions.append((what.action, dict(what.params)))
        seq = self.timeline.record(what).seq
        if isinstance(what, Push) and what.sub_type == "Push" and what.device_id in self.devices:
            self.devices[what.device_id].inbox.take(seq, what)
