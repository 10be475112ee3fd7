"""The control API's part for programs that follow a run: its build, a person's controls, recordings."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from devkit.devserver.control import PREFIX, read_object
from devkit.devserver.panel import error_payload, finding_payload
from devkit.errors import ServeError
from devkit.language import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.devserver.app import DevServer
    from devkit.devserver.control import ControlApi
    from devkit.sdk import Simulator

Record = Callable[["Simulator"], Callable[[Path], None]]
"""Begins to record; what it returns writes the test."""


class RunApi:
    """The routes, each behind the control token."""

    def __init__(self, server: DevServer, control: ControlApi) -> None:
        self._server = server
        self._control = control
        self._write: Callable[[Path], None] | None = None

    def routes(self) -> list[Route]:
        """Return the routes."""
        guarded: Callable[[Callable[[Request], Awaitable[Response]]], Any] = self._control.guarded
        return [
            Route(f"{PREFIX}/run", guarded(self._run), methods=["GET"]),
            Route(f"{PREFIX}/control/{{product_id}}/{{device_name}}", guarded(self._act), methods=["POST"]),
            Route(f"{PREFIX}/recording", guarded(self._record), methods=["POST"]),
        ]

    async def _run(self, request: Request) -> Response:
        """Tell what is served, and what is wrong with it."""
        simulator = await self._server.simulation.get()
        panel = await self._server.source.panel()
        problem = panel.error or self._server.live.problem
        device_id = simulator.own_device_id()
        return JSONResponse(
            {
                "project": str(self._server.settings.project),
                "panel_path": self._server.panel_path(device_id.partition("/")[0]),
                "device_id": device_id,
                "real": simulator.transport.bench is None,
                "seq": simulator.timeline.seq,
                "error": error_payload(problem),
                "warnings": [finding_payload(item) for item in (*panel.warnings, *self._server.live.flaws)],
            }
        )

    async def _act(self, request: Request) -> Response:
        """Control a device, as its user does in the app."""
        places = request.path_params
        values = await read_object(request)
        simulator = await self._server.simulation.get()
        device = {"ProductId": places["product_id"], "DeviceName": places["device_name"]}
        return JSONResponse(
            await simulator.cloud(
                "AppControlDeviceData",
                {
                    **device,
                    "DeviceId": "/".join(device.values()),
                    "Data": json.dumps(values, ensure_ascii=False),
                },
            )
        )

    async def _record(self, request: Request) -> Response:
        """Begin to note what is done in panels opened from now on; with a file, write it as a test."""
        name = (await read_object(request)).get("file")
        if name is None:
            if self._server.begin_recording is None:
                raise ServeError(_("This server does not record."))
            self._write = self._server.begin_recording(await self._server.simulation.get())
            self._server.recording = True
            return JSONResponse({})
        if self._write is None:
            raise ServeError(_("Nothing is recorded."), _("Begin with an empty object, then open the panel."))
        file = new_test_file(self._server.settings.project, name)
        self._write(file)
        self._write = None
        return JSONResponse({"file": str(file)})


def new_test_file(project: Path, name: object) -> Path:
    """Return a new test file of the project.

    Errors: ServeError for a name that is none, leads out of the project, or is taken.
    """
    if not isinstance(name, str) or not Path(name).name.startswith("test_") or not name.endswith(".py"):
        raise ServeError(_(f"file must be a name such as tests/test_switch.py, not {name!r:.100}."))
    file = (project / name).resolve()
    if not file.is_relative_to(project.resolve()):
        raise ServeError(_(f"{name} is not in {project}."), _("Name a file of the project."))
    if file.exists():
        raise ServeError(
            _(f"{name} exists."), _("Name a new file; delete the old one first if it is not needed.")
        )
    return file
