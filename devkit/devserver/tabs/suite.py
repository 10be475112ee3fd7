"""The project's tests in the console: `devkit test` as a process of its own, and what it has told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from devkit.devserver.control import PREFIX, ControlApi, read_object
from devkit.devserver.tabs.suite_process import SuiteProcess
from devkit.errors import ServeError
from devkit.language import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.settings import Settings

FILES = {"picture": "image/png", "trace": "application/zip"}


class SuiteTab:
    """The routes, each behind the control token; nothing of the project runs before one asks for it."""

    def __init__(self, settings: Settings) -> None:
        self._process = SuiteProcess(settings)

    @property
    def version(self) -> int:
        """Return a number that grows with each change; 0 as long as nobody has run anything."""
        return self._process.version

    async def aclose(self) -> None:
        """End what runs."""
        await self._process.aclose()

    def routes(self, control: ControlApi) -> list[Route]:
        """Return the routes."""
        guarded = control.guarded
        return [
            Route(f"{PREFIX}/tests", guarded(self._describe), methods=["GET"]),
            Route(f"{PREFIX}/tests/run", guarded(self._run), methods=["POST"]),
            Route(f"{PREFIX}/tests/stop", guarded(self._stop), methods=["POST"]),
            Route(f"{PREFIX}/tests/watch", guarded(self._watch), methods=["POST"]),
            Route(f"{PREFIX}/tests/{{file}}", guarded(self._file), methods=["GET"]),
        ]

    async def _describe(self, request: Request) -> Response:
        return JSONResponse(self._process.describe())

    async def _run(self, request: Request) -> Response:
        """Run tests by their ids, all without any; collect: true only lists them."""
        body = await read_object(request)
        await self._process.run(_ids(body), collect=body.get("collect") is True)
        return JSONResponse({})

    async def _stop(self, request: Request) -> Response:
        await self._process.stop()
        return JSONResponse({})

    async def _watch(self, request: Request) -> Response:
        """Run tests again after each save, those of `ids` or all; off with on: false."""
        body = await read_object(request)
        if not isinstance(on := body.get("on"), bool):
            raise ServeError(_(f"on must be true or false, not {on!r:.100}."))
        self._process.watch(_ids(body), on=on)
        return JSONResponse({})

    async def _file(self, request: Request) -> Response:
        """Return the picture or the trace of a failed test."""
        kind, test = request.path_params["file"], request.query_params.get("id", "")
        path = self._process.file(test, kind) if kind in FILES else None
        if path is None:
            raise ServeError(_(f"There is no {kind!r:.40} of {test!r:.200}."))
        return FileResponse(Path(path), media_type=FILES[kind], headers={"cache-control": "no-store"})


def _ids(body: dict[str, Any]) -> list[str]:
    ids = body.get("ids", [])
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise ServeError(_(f"ids must be a list of tests, not {ids!r:.100}."))
    return ids
