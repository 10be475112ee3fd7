"""The gallery: every state of shots.yaml as a live page with a device of its own, under the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from starlette.responses import JSONResponse
from starlette.routing import Route

from devkit.devserver.control import PREFIX, ControlApi, perform, read_object
from devkit.errors import Diagnostic, ServeError
from devkit.language import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.sdk import Simulator
    from devkit.transport.base import DeviceBench

FRAMES = f"{PREFIX}/gallery/frames/{{frame}}"


@dataclass(frozen=True)
class OpenFrame:
    """One frame's page: variant holds what Simulator.boot takes; locale is the browser's there."""

    simulator: Simulator
    device_id: str
    locale: str
    variant: Mapping[str, Any] = field(default_factory=dict)


class Gallery(Protocol):
    """The states of a project's shots.yaml."""

    @property
    def version(self) -> int:
        """Return a number that grows when the file has changed."""

    def describe(self) -> dict[str, Any]:
        """Return file, title, problem and frames, as devkit/devserver/client/console/gallery.ts has them."""

    async def open(self, frame: str, *, anew: bool = False) -> OpenFrame:
        """Return a frame's page, with the device as it was left; anew brings the state of the file back.

        Errors: ServeError for a frame that is not there; what keeps the state from being shown.
        """

    async def load(self, frame: str) -> OpenFrame:
        """Return a frame's page for a document that is loaded now: steps are then taken from the start.

        Errors: as of open.
        """

    def save(self, bench: DeviceBench | None, device_id: str, name: str) -> str:
        """Write a device as it is now into the file; return the name of the state.

        Errors: SettingsError, ServeError.
        """

    def write_first(self) -> None:
        """Write a first file from the thing model.

        Errors: SettingsError when there is one.
        """

    async def aclose(self) -> None:
        """Close every frame."""


class GalleryTab:
    """The gallery of a server and its routes; it is opened when somebody asks for it.

    opener: what opens it, None where there is no gallery.
    """

    def __init__(self, simulator: Callable[[], Awaitable[Simulator]]) -> None:
        self.opener: Callable[[], Gallery] | None = None
        self._simulator = simulator
        self._opened: Gallery | None = None
        self._failed: dict[str, str] = {}
        self._changes = 0

    @property
    def version(self) -> int:
        """Return a number that grows with each change; 0 as long as nobody has looked."""
        return self._opened.version + self._changes if self._opened else 0

    @property
    def gallery(self) -> Gallery:
        """Return the gallery.

        Errors: ServeError where there is none.
        """
        if self._opened is None:
            if self.opener is None:
                raise ServeError(_("This server has no gallery."), _("devkit dev has one."))
            self._opened = self.opener()
        return self._opened

    def failed(self, frame: str, finding: Diagnostic | None) -> None:
        """Note that a frame's panel threw; None takes it back."""
        if finding is not None and len(self._failed) < MOST_FAILED:
            place = f"{finding.short_file}:{finding.line}: " if finding.file else ""
            self._failed[frame] = f"{place}{finding.message}"
        elif self._failed.pop(frame, None) is None:
            return
        self._changes += 1

    async def aclose(self) -> None:
        """Close every frame."""
        if self._opened is not None:
            await self._opened.aclose()

    def routes(self, control: ControlApi) -> list[Route]:
        """Return the routes, each behind the control token."""
        guarded = control.guarded
        return [
            Route(f"{PREFIX}/gallery", guarded(self._describe), methods=["GET"]),
            Route(f"{PREFIX}/gallery/first", guarded(self._first), methods=["POST"]),
            Route(f"{PREFIX}/gallery/state", guarded(self._save), methods=["POST"]),
            Route(FRAMES, guarded(self._frame), methods=["GET"]),
            Route(f"{FRAMES}/reset", guarded(self._reset), methods=["POST"]),
            Route(f"{FRAMES}/{{act}}", guarded(self._act), methods=["POST"]),
        ]

    async def _describe(self, request: Request) -> Response:
        told = self.gallery.describe()
        for frame in told["frames"]:
            frame["failed"] = self._failed.get(frame["id"], "")
        return JSONResponse({**told, "version": self.version})

    async def _first(self, request: Request) -> Response:
        self.gallery.write_first()
        return JSONResponse({})

    async def _save(self, request: Request) -> Response:
        """Save the device of a frame, or the console's device, under a name or a new one."""
        body = await read_object(request)
        name, frame, device = (body.get(key, "") for key in ("name", "frame", "device_id"))
        if not all(isinstance(item, str) and len(item) <= MOST_NAME for item in (name, frame, device)):
            raise ServeError(_(f"name, frame and device_id must be texts of at most {MOST_NAME} characters."))
        if frame:
            page = await self.gallery.open(frame)
            simulator, device = page.simulator, page.device_id
        else:
            simulator = await self._simulator()
        kept = self.gallery.save(simulator.transport.bench, device or simulator.own_device_id(), name)
        return JSONResponse({"name": kept})

    async def _frame(self, request: Request) -> Response:
        """Tell how a frame's device is."""
        page = await self.gallery.open(request.path_params["frame"])
        bench = page.simulator.transport.bench
        device = bench.snapshot()["devices"][page.device_id] if bench else {}
        return JSONResponse({name: device.get(name) for name in ("online", "properties", "model")})

    async def _reset(self, request: Request) -> Response:
        await self.gallery.open(request.path_params["frame"], anew=True)
        return JSONResponse({})

    async def _act(self, request: Request) -> Response:
        """Act as the device of a frame."""
        page = await self.gallery.open(request.path_params["frame"])
        return await perform(request, page.simulator, page.device_id)


MOST_NAME = 200
MOST_FAILED = 2000
