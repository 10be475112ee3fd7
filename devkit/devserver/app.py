"""The dev server's routes."""

from __future__ import annotations

import functools
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from devkit.devserver.assets import ASSETS, FETCHED, asset, asset_url, host_scripts
from devkit.devserver.build_files import LIVE_PATH, OWN_URLS, BuildFiles
from devkit.devserver.console_api import ConsoleApi
from devkit.devserver.console_page import CONSOLE_SCRIPTS, answer_console, console_origin
from devkit.devserver.control import PREFIX, ControlApi, admit, read_object, same_secret
from devkit.devserver.editor import open_in_editor, project_place
from devkit.devserver.host_page import HostPage, page_headers
from devkit.devserver.live import LiveHub, LivePage
from devkit.devserver.panel import PanelSource, PanelState, as_diagnostic, error_payload, finding_payload
from devkit.devserver.run_api import Record, RunApi
from devkit.devserver.tabs.audit import AuditTab
from devkit.devserver.tabs.gallery import GalleryTab
from devkit.devserver.tabs.suite import SuiteTab
from devkit.devserver.traces import Traces
from devkit.errors import DevkitError, Diagnostic, ServeError, SettingsError
from devkit.language import _
from devkit.model.product import group_of
from devkit.resources import resource_dir
from devkit.transport.base import VIRTUAL_DEVICE
from devkit.web.fetch_site import OwnSite
from devkit.web.guard import Guard
from devkit.web.hosts import ASKED_HOST, PANEL_HOSTS, SCRIPT_HOST, host_of, is_loopback

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

    from devkit.devserver.devtools.routes import DevToolsRoutes
    from devkit.devserver.simulator import SimulatorSource
    from devkit.sdk import Simulator
    from devkit.settings import Settings

ALIVE_PATH = "/__devkit/alive"
LINK_PATH = "/__devkit/link"
SCHEMAS_PATH = "/__devkit/schemas"
EDITOR_PATH = "/__devkit/open-in-editor"
SEARCH_PAGE = "/bluetooth-search"
MAX_ERROR_TEXT = 4000
EDITOR_PAUSE_S = 0.3
ACCESS_TOKEN = "devkit-access-token"  # noqa: S105  (the emulator takes any)


def _new_token() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class DevServer:
    """What the routes share.

    page_token opens the sockets and is in every host page; control_token opens the control API and is in the
    ready line and the console alone. console_port is where console_app() is served: an origin of its own, so
    that no panel reads the control token. remote: pages come through the proxy, which DevTools shall reach.
    recording adds a script that notes what is done in the panel.
    panels are those of the repository that the console can choose; on_panel_chosen is told. begin_recording
    makes a test of what is done from then on.
    """

    settings: Settings
    source: PanelSource
    simulation: SimulatorSource
    extra_routes: Sequence[BaseRoute] = ()
    live: LiveHub = field(default_factory=LiveHub)
    page_token: str = field(default_factory=_new_token)
    control_token: str = field(default_factory=_new_token)
    instance: str = field(default_factory=_new_token)
    console_port: int = 0
    remote: bool = False
    recording: bool = False
    keeping: bool = False
    on_panel_error: Callable[[Diagnostic, str], None] = lambda finding, stack: None
    on_updated: Callable[[str], None] = lambda what: None
    panels: Sequence[str] = ()
    on_panel_chosen: Callable[[str], None] = lambda name: None
    begin_recording: Record | None = None
    _told: tuple[str, str] = ("", "")
    _next_editor: float = 0.0

    def __post_init__(self) -> None:
        """Read stack traces with the map of what is served."""
        self.traces = Traces(self.live, self.settings.project)
        self.gallery = GalleryTab(self.simulation.get)
        self.audits = AuditTab(self.settings, self.control_token)
        self.suite = SuiteTab(self.settings)
        self.devtools: DevToolsRoutes | None = None
        everywhere, eruda = self.settings.debug, self.settings.eruda
        if self.remote or everywhere or eruda:
            from devkit.devserver.devtools.routes import DevToolsRoutes

            agent = self.remote or everywhere
            self.devtools = DevToolsRoutes(
                self.control_token, self.source, everywhere=everywhere, agent=agent, eruda=eruda
            )

    def app(self) -> ASGIApp:
        """Return the guarded application."""
        page = self._host_page
        routes: list[BaseRoute] = [
            *self._shared_routes((*ASSETS, *FETCHED)),
            Mount(SCHEMAS_PATH, StaticFiles(directory=resource_dir("schemas"))),
            Route(EDITOR_PATH, self._open_in_editor, methods=["POST"]),
            WebSocketRoute(LINK_PATH, self._link),
            *(self.devtools.for_pages() if self.devtools else ()),
            *self.extra_routes,
            *(Route(path, page) for path in ("/h5panel", "/scf/h5panel")),
            *(Route(path + "/{rest:path}", page) for path in ("/h5panel", "/scf/h5panel")),
        ]  # fmt: skip
        files = BuildFiles(
            self.source,
            Starlette(routes=routes),
            live_reload=self.settings.live_reload,
            lang=self.settings.lang,
            debug=self.devtools.developing_script if self.devtools else None,
        )
        own = OwnSite(files, ("/", *OWN_URLS), ("/__devkit/", "/h5panel", "/scf/h5panel"))
        return Guard(own, exposed=self.exposed, hosts=PANEL_HOSTS)

    def console_app(self) -> ASGIApp:
        """Return the guarded application of the console's own origin: no panel's page, no panel's file."""
        control = ControlApi(self.control_token, self.simulation.get)
        debug = self.devtools.for_console(control) if self.devtools else []
        routes = [*self._shared_routes(CONSOLE_SCRIPTS), *debug]
        return Guard(OwnSite(Starlette(routes=routes), (), ("/",)))

    def _shared_routes(self, scripts: Sequence[str]) -> list[BaseRoute]:
        """Return what both origins have: the console or the way to it, control API, live socket."""
        control = ControlApi(self.control_token, self.simulation.get)
        views = {
            "remote": self.devtools.relay.describe if self.devtools else list,
            "gallery": lambda: self.gallery.version,
            "audit": lambda: self.audits.version,
            "tests": lambda: self.suite.version,
        }
        return [
            Route("/", functools.partial(answer_console, self)),
            *(Route(f"/__devkit/{name}", functools.partial(self._asset, name=name)) for name in scripts),
            Route(ALIVE_PATH, self._alive),
            *control.routes(),
            *ConsoleApi(self.control_token, self.simulation, control, views).routes(),
            *RunApi(self, control).routes(),
            *self.gallery.routes(control),
            *self.audits.routes(control),
            *self.suite.routes(control),
            Route(f"{PREFIX}/panel", control.guarded(self._choose_panel), methods=["POST"]),
            WebSocketRoute(LIVE_PATH, self._live),
        ]

    @property
    def exposed(self) -> bool:
        """Tell whether other machines can reach the server."""
        return not is_loopback(self.settings.host)

    def panel_path(self, product_id: str) -> str:
        """Return path and query of the panel's page."""
        query = {"productId": product_id, "deviceName": self.settings.device_name}
        return f"/h5panel/developing?{urlencode(query)}"

    async def _asset(self, request: Request, name: str) -> Response:
        age = "max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
        headers = {"cache-control": age}
        if name == "worker.js":
            headers["service-worker-allowed"] = "/"
        file = asset(name)
        headers |= {"etag": file.etag, "content-type": "text/javascript; charset=utf-8"}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.body, headers=headers)

    async def _alive(self, request: Request) -> Response:
        """Name this server, so that pages of an earlier one load again."""
        return PlainTextResponse(self.instance, headers={"cache-control": "no-store"})

    async def _choose_panel(self, request: Request) -> Response:
        name = (await read_object(request)).get("panel")
        if not isinstance(name, str) or name not in self.panels:
            raise ServeError(_(f"panel must be one of {', '.join(self.panels) or _('none')}, not {name!r}."))
        self.on_panel_chosen(name)
        return JSONResponse({})

    async def _host_page(self, request: Request) -> Response:
        panel = self.live.panel = await self.source.panel()
        query = request.query_params
        session: dict[str, Any] = {}
        error: DevkitError | None = panel.error or self.live.problem
        try:
            session = await (
                self._frame_session(query["frame"]) if "frame" in query else self._session(request)
            )
        except DevkitError as failure:
            error = failure
            if "frame" in query:
                self.gallery.failed(query["frame"], as_diagnostic(failure))
        agentless = query.get("sw") == "true"
        console = console_origin(self, request)
        lang = self._lang(query.get("lang"))
        host = request.headers.get(ASKED_HOST, request.headers["host"])
        page = self._page(
            panel, session, error, lang, agentless=agentless, console=console, host=host,
            frame=query.get("frame", ""),
        )  # fmt: skip
        return HTMLResponse(page.render(), headers=page_headers(console))

    def _own_group(self, simulator: Simulator, product_id: str, device_name: str) -> str:
        """Return the emulator's group whose panel this is; "" for a panel of one device.

        Errors: SettingsError where no emulator could make the group.
        """
        if not self.settings.group or not device_name:
            return ""
        if simulator.transport.bench is None:
            raise SettingsError(
                _("group makes devices in the emulator, and this page works on the real cloud."),
                _("Open the page with ?groupId= and the id of a group of yours."),
            )
        return group_of(f"{product_id}/{device_name}")

    async def _session(self, request: Request) -> dict[str, Any]:
        """Open a session for a page of the simulator's own devices."""
        query = request.query_params
        searching = request.url.path.rstrip("/").endswith(SEARCH_PAGE)
        device_name = query.get("deviceName") or ("" if searching else self.settings.device_name)
        simulator = await self.simulation.get()
        product_id = query.get("productId") or default_product(simulator, self.settings)
        opened = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
        if device_name == VIRTUAL_DEVICE and opened and simulator.transport.bench:
            simulator.transport.bench.add_virtual(product_id)
        group_id = query.get("groupId") or self._own_group(simulator, product_id, device_name)
        session = await simulator.boot(product_id, device_name, group_id=group_id)
        if self.settings.sdk == "official":
            session["accessToken"] = getattr(simulator.transport, "access_token", "")
        return session

    async def _frame_session(self, frame: str) -> dict[str, Any]:
        """Open a session for a page of the gallery."""
        if self.settings.sdk == "official":
            raise ServeError(_("The gallery runs on devkit's own SDK alone."), _("Leave out --sdk official."))
        self.gallery.failed(frame, None)
        page = await self.gallery.gallery.load(frame)
        session = await page.simulator.boot(*page.device_id.split("/", 1), **page.variant)
        return {**session, "locale": page.locale}

    def _lang(self, asked: str | None) -> str:
        return asked if asked in {"en", "zh"} else self.settings.lang

    def _page(
        self,
        panel: PanelState,
        session: Mapping[str, Any],
        error: DevkitError | None,
        lang: str,
        *,
        agentless: bool,
        console: str,
        host: str,
        frame: str = "",
    ) -> HostPage:
        own = f"&{urlencode({'frame': frame})}" if frame else ""
        boot = {
            "accessToken": ACCESS_TOKEN,
            **session,
            "url": f"{LINK_PATH}?token={self.page_token}{own}",
            "token": self.page_token,
            "lang": lang,
            "console": console,
            "agentless": f"http://127.0.0.1:{self.settings.port}",
            "debug": self.devtools.address(host) if self.devtools and not frame else "",
            "live": {
                "url": f"{LIVE_PATH}?{own[1:]}" if frame else LIVE_PATH,
                "server": self.instance,
                "js": panel.etag("index.js"),
                "css": panel.etag("index.css"),
                "error": error_payload(error),
            },
        }
        data = session.get("panelData", {})
        runs = bool(session) and "index.js" in panel.files
        panel_script = asset_url("agentless.js") if agentless else "/index.js"
        scripts = (*self._scripts(frame, host), *((panel_script,) if runs else ()))
        css = "/index.css" if "index.css" in panel.files and not agentless else ""
        title = str(data.get("deviceDisplayName", "")) or "devkit"
        return HostPage(boot, scripts, css, title, "zh-CN" if lang == "zh" else "en")

    def _scripts(self, frame: str, host: str) -> tuple[str, ...]:
        """Return the URLs of what runs before the panel."""
        names = host_scripts(self.settings.sdk, keeping=self.keeping)
        if frame:
            return tuple(map(asset_url, ("frame.js", *names)))
        if self.recording:
            names = (*names[:-1], "recorder.js", names[-1])
        if self.devtools:
            names = (*self.devtools.scripts(host), *names)
        return tuple(map(asset_url, names))

    async def _live(self, socket: WebSocket) -> None:
        guest = self.settings.live_reload and host_of(socket.headers["host"]) == SCRIPT_HOST
        if await self._admit(socket, guest=guest):
            await self.live.serve(socket, await self.source.panel(), self._page_message)

    def _page_message(self, message: dict[str, Any], page: LivePage) -> None:
        if message.get("type") == "updated":
            self.gallery.failed(page.frame, None)
            self._updated(str(message.get("etag", "")), str(message.get("what", ""))[:MAX_ERROR_TEXT])
        if message.get("type") != "panel-error":
            return
        text, stack, place = (
            str(message.get(key) or "")[:MAX_ERROR_TEXT] for key in ("message", "stack", "place")
        )
        finding = self.traces.finding(text, stack, place)
        told = {"type": "panel-error", "number": message.get("number"), "finding": finding_payload(finding)}
        page.push("panel-error", json.dumps(told))
        if page.frame:
            self.gallery.failed(page.frame, finding)
        else:
            self.on_panel_error(finding, self.traces.rewrite(stack))

    def _updated(self, tag: str, what: str) -> None:
        """Tell once what several pages say alike."""
        if (tag, what) != self._told:
            self._told = tag, what
            self.on_updated(what)

    async def _open_in_editor(self, request: Request) -> Response:
        """Open a file of the project in the editor of this machine; its pages alone may ask."""
        allowed = same_secret(request.query_params.get("token", ""), self.page_token)
        if not allowed or request.client is None or not is_loopback(request.client.host):
            return PlainTextResponse(_("The token of a page on this machine is needed."), 403)
        asked = request.query_params.get("file", "")
        try:
            project_place(self.settings.project, asked)
            if time.monotonic() < self._next_editor:
                return PlainTextResponse(_("An editor was opened just now."), 429)
            open_in_editor(self.settings.project, asked)
        except ServeError as error:
            return PlainTextResponse(str(error), 422)
        self._next_editor = time.monotonic() + EDITOR_PAUSE_S
        return PlainTextResponse("", 204)

    async def _link(self, socket: WebSocket) -> None:
        if await self._admit(socket):
            from devkit.sdk import WebSocketLink

            try:
                frame = socket.query_params.get("frame")
                page = await self.gallery.gallery.open(frame) if frame else None
                simulator = page.simulator if page else await self.simulation.get()
            except DevkitError as error:  # of a frame that is no more
                await socket.close(1008, error.message[:100])
                return
            await simulator.serve_link(WebSocketLink(socket))

    async def _admit(self, socket: WebSocket, *, guest: bool = False) -> bool:
        """Accept a page of an allowed origin that has the token; a guest has no page to read that from."""
        token = socket.query_params.get("token", "")
        return await admit(socket, known=guest or same_secret(token, self.page_token))


def default_product(simulator: Simulator, settings: Settings) -> str:
    """Return the product of a page whose URL names none: the one of the settings, or of the local device."""
    bench = simulator.transport.bench
    if settings.product_id or bench is None:
        return settings.product_id
    devices = bench.snapshot()["devices"]
    return next(iter(devices), "").partition("/")[0]
