"""The states of shots.yaml as live pages of a dev server, each with a world of its own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from devkit.devserver.panel import error_payload
from devkit.devserver.tabs.gallery import OpenFrame
from devkit.errors import DevkitError, ProjectFileError, ServeError, SettingsError
from devkit.language import _
from devkit.testing.run.presets import preset
from devkit.testing.tools.first_sheet import add_state, first_sheet, state_of, write_sheet_file
from devkit.testing.tools.sheet import DEVICE_STEPS, Sheet, ShotState, parse_sheet
from devkit.testing.world.ground import Ground
from devkit.testing.world.spec import PanelSpec
from devkit.testing.world.world import GUEST, OWNER, World

if TYPE_CHECKING:
    from devkit.settings import Settings
    from devkit.transport.base import DeviceBench

FILE = "shots.yaml"
MOST_WORLDS = 120
"""So many devices are kept for frames that nobody shows any more."""
UNFIT = ("js", "css", "peripherals")
"""What a state may say for pictures alone: the gallery shows the panel that is built, and loads no code."""


@dataclass
class ShownFrame:
    """One state on one device; opening is the task that makes its world."""

    id: str
    state: ShotState
    device: str
    spec: PanelSpec
    problem: str = ""
    opening: asyncio.Task[OpenFrame] | None = None
    world: World | None = None
    model: object = None


@dataclass
class _Seen:
    """What was read of the file: stamp says which version of it."""

    stamp: object = None
    sheet: Sheet | None = None
    problem: DevkitError | None = None
    frames: dict[str, ShownFrame] = field(default_factory=dict)


class LiveGallery:
    """Read the file when it has changed, and open its states when they are looked at.

    What is half-written is told, and the states before it stay.
    """

    def __init__(self, settings: Settings, path: Path | None = None) -> None:
        own = settings.replace(scenario="", db="", transport="local", ble="virtual", record="", replay="")
        self._ground = Ground(own)
        self._path = path or settings.project / FILE
        self._seen = _Seen()
        self._closing: set[asyncio.Task[None]] = set()
        self._version = 0

    @property
    def version(self) -> int:
        """Return a number that grows when the file has changed."""
        self._read()
        return self._version

    def describe(self) -> dict[str, Any]:
        """Return file, title, problem and frames, as devkit/devserver/client/console/gallery.ts has them."""
        self._read()
        sheet = self._seen.sheet
        return {
            "file": self._path.name,
            "exists": self._path.exists(),
            "title": sheet.title if sheet else "",
            "problem": error_payload(self._seen.problem),
            "frames": [self._told(frame) for frame in self._seen.frames.values()],
        }

    async def open(self, frame: str, *, anew: bool = False) -> OpenFrame:
        """Return a frame's page; its device stays as it is until anew, or until the thing model has changed.

        Errors: ServeError for a frame that is not there; those of World.start.
        """
        self._read()
        found = self._seen.frames.get(frame)
        if found is None:
            raise ServeError(
                _(f"There is no frame {frame!r:.60}."), _("shots.yaml has changed; load the page again.")
            )
        model = _stamp(self._ground.settings.path("model"))
        if anew or found.model != model:
            self._forget(found)
        if found.problem:
            raise ServeError(found.problem)
        if found.opening is None:
            found.model = model
            found.opening = asyncio.get_running_loop().create_task(self._start(found))
            self._make_room(found)
        try:
            return await asyncio.shield(found.opening)
        except DevkitError as error:
            self._forget(found)
            message = f"{found.state.name}: {error.message}"
            raise ProjectFileError(message, error.hint, file=self._path, line=found.state.line) from error

    async def load(self, frame: str) -> OpenFrame:
        """Return a frame's page for a document that is loaded now: steps are then taken from the start.

        Errors: as of open.
        """
        known = self._seen.frames.get(frame)
        return await self.open(frame, anew=bool(known and known.state.steps))

    def save(self, bench: DeviceBench | None, device_id: str, name: str) -> str:
        """Write a device as it is now into the file; return the name of the state.

        Errors: SettingsError, ServeError.
        """
        if bench is None:
            raise ServeError(_("A real device's state cannot be saved."), _("Use --transport local."))
        device = bench.snapshot()["devices"].get(device_id)
        if device is None:
            raise ServeError(_(f"There is no device {device_id!r:.100}."))
        kept = add_state(self._path, name, state_of(device))
        self._read()
        return kept

    def write_first(self) -> None:
        """Write a first file from the thing model.

        Errors: SettingsError when there is one; ModelError.
        """
        write_sheet_file(self._path, first_sheet(self._ground.model(None), self._path.parent.name))
        self._read()

    async def aclose(self) -> None:
        """Close every frame."""
        for frame in self._seen.frames.values():
            self._forget(frame)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _read(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._seen.stamp and self._version:
            return
        self._seen.stamp = stamp
        self._version += 1
        try:
            sheet = parse_sheet(self._path.read_text("utf-8"), self._path)
            frames = self._frames(sheet)
        except FileNotFoundError:
            self._take(None, {})
        except (OSError, UnicodeDecodeError) as error:
            self._seen.problem = SettingsError(_(f"{self._path.name} cannot be read: {error}."))
        except DevkitError as error:
            self._seen.problem = error
        else:
            self._take(sheet, frames)

    def _take(self, sheet: Sheet | None, frames: dict[str, ShownFrame]) -> None:
        """Take what is in the file; frames that it still has keep their devices."""
        old = self._seen.frames
        for frame in old.values():
            if frame.id not in frames:
                self._forget(frame)
        for frame in frames.values():
            if (kept := old.get(frame.id)) is not None:
                frame.opening, frame.world, frame.model = kept.opening, kept.world, kept.model
        self._seen.sheet, self._seen.frames, self._seen.problem = sheet, frames, None

    def _frames(self, sheet: Sheet) -> dict[str, ShownFrame]:
        found: dict[str, ShownFrame] = {}
        for state in sheet.states:
            problem = self._unfit(state.spec)
            given = {key: value for key, value in state.spec.items() if key not in UNFIT}
            for device in sheet.devices:
                spec = PanelSpec().replace(**{**given, **preset(device)})
                said = json.dumps([state.name, given, state.steps, device], default=str, sort_keys=True)
                name = hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:12]
                while name in found:
                    name += "x"
                found[name] = ShownFrame(name, state, device, spec, problem)
        return found

    def _unfit(self, spec: Mapping[str, Any]) -> str:
        """Return why a state is not shown, "" when it is; panels read what a frame's device has."""
        if unfit := next((key for key in UNFIT if key in spec), ""):
            return _(f"{unfit}= is for devkit shots alone.")
        project, model = self._ground.settings.project.resolve(), spec.get("model")
        if isinstance(model, str | Path) and not (project / model).resolve().is_relative_to(project):
            return _(f"model= must be a file of the project, not {str(model)!r:.100}.")
        return ""

    def _told(self, frame: ShownFrame) -> dict[str, Any]:
        spec = frame.spec
        width, height = spec.viewport
        return {
            "id": frame.id,
            "state": frame.state.name,
            "device": frame.device,
            "line": frame.state.line,
            "width": width,
            "height": height,
            "dark": spec.color_scheme == "dark",
            "url": self._address(frame),
            "problem": frame.problem,
            "steps": [_step(step) for step in frame.state.steps],
        }

    def _address(self, frame: ShownFrame) -> str:
        """Return the path and query of a frame's page, which panels may read."""
        spec, settings = frame.spec, self._ground.settings
        product = spec.product_id or settings.product_id
        with contextlib.suppress(DevkitError):  # the page tells of a thing model that cannot be read
            product = product or self._ground.model(spec.model).product_id
        query = {
            "productId": product or "H5PANELDEV",
            "deviceName": spec.device or settings.device_name,
            **spec.query,
            "lang": "zh" if spec.locale.startswith("zh") else "en",
            "frame": frame.id,
        }
        path = f"/{spec.path.lstrip('/')}" if spec.path else ""
        return f"/h5panel/developing{path}?{urlencode(query)}"

    async def _start(self, frame: ShownFrame) -> OpenFrame:
        spec = frame.spec
        world = frame.world = World(self._ground, spec)
        await world.start()
        user = GUEST if spec.share else OWNER
        simulator = await world.open_phone(world.device, user, user)
        world.stack.push_async_callback(simulator.aclose)
        variant = {
            "share": spec.share,
            "mock": spec.mock,
            "ultrafast": spec.ultrafast,
            "group_id": world.group_id,
            "fields": dict(spec.props),
        }
        return OpenFrame(simulator, world.device.id, spec.locale, variant)

    def _forget(self, frame: ShownFrame) -> None:
        """Close a frame's world in the background."""
        opening, world = frame.opening, frame.world
        frame.opening = frame.world = None
        if opening is not None:
            closing = asyncio.get_running_loop().create_task(_close(opening, world))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _make_room(self, wanted: ShownFrame) -> None:
        """Close the oldest worlds that no page shows, when there are too many."""
        opened = [frame for frame in self._seen.frames.values() if frame.opening is not None]
        idle = [frame for frame in opened if frame is not wanted and not _is_shown(frame)]
        for frame in idle[: max(0, len(opened) - MOST_WORLDS)]:
            self._forget(frame)


def _is_shown(frame: ShownFrame) -> bool:
    opening = frame.opening
    if opening is None or not opening.done() or opening.cancelled() or opening.exception():
        return False
    return bool(opening.result().simulator.sessions)


async def _close(opening: asyncio.Task[OpenFrame], world: World | None) -> None:
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    if world is not None:
        await world.aclose()


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step as the console takes it: acts of the device, or what the frame does."""
    ((name, value),) = step.items()
    if name not in DEVICE_STEPS:
        return {"page": {name: value}}
    act, bodies = DEVICE_STEPS[name](value)
    return {"act": act, "bodies": list(bodies or ())}
