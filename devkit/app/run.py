"""One run of a panel: builds, serves, simulates and proxies it while it is entered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from devkit.app.events import Notice, PanelBuilt, Ready, RunEvent, RunFailed, TargetLacks
from devkit.app.prepare import prepare
from devkit.errors import BuildError, SettingsError
from devkit.language import _
from devkit.web.binding import bind, bind_console, url_host

if TYPE_CHECKING:
    from devkit.app.proxy import PanelProxy
    from devkit.app.server import PanelServer
    from devkit.build import Builder
    from devkit.devserver.panel import BuiltPanel
    from devkit.devserver.tabs.gallery import Gallery
    from devkit.settings import Settings

MOST_EVENTS = 1000


@dataclass(frozen=True)
class ProxyUse:
    """What a run uses its proxy for. lan_host is the address that phones may use, "" for none.

    debug_port: where a debugger may attach to the launched browser, 0 for nowhere.
    """

    launch: bool = False
    lan_host: str = ""
    inspect: bool = False
    har: Path | None = None
    debug_port: int = 0

    @property
    def asked(self) -> bool:
        """Tell whether something was asked for that cannot be had without the proxy."""
        return bool(self.launch or self.lan_host or self.inspect or self.har)


@dataclass(frozen=True)
class PanelFiles:
    """A panel that is built already; its files are read at each page load."""

    js: Path
    css: Path | None = None


class PanelRun:
    """Build, serve, simulate and proxy the panel of settings.project while entered.

    files: a built panel to run in place of a build; such a run has no proxy. record_test: where what is done
    in the panel is written as a test. panels: names that the console can choose among. gallery: opens the
    states of shots.yaml for the console's tab.

    The port of the settings is bound at once; 0 takes a free one, which `settings` then names. What else the
    run needs is started behind it: `ready()` waits for that, `events()` tells of it. Of events that nobody
    takes the last 1,000 are kept.

    Errors: PortTakenError and ServeError on entering.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        files: PanelFiles | None = None,
        proxy: ProxyUse | None = None,
        record_test: Path | None = None,
        panels: Sequence[str] = (),
        gallery: Callable[[Settings], Gallery] | None = None,
    ) -> None:
        self.settings = settings
        self._files = files
        self._proxy_use = proxy or ProxyUse()
        self._record_test = record_test
        self._panels = panels
        self._gallery = gallery
        self._events: deque[RunEvent] = deque(maxlen=MOST_EVENTS)
        self._news = asyncio.Event()
        self._builder: Builder | None = None
        self._css = b""

    async def __aenter__(self) -> Self:
        """Take the port and begin."""
        self._listener = bind(self.settings.host, self.settings.port)
        if self.settings.port == 0:
            self.settings = self.settings.replace(port=self._listener.getsockname()[1])
        self._console = bind_console(self.settings.port)
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[Ready] = self._loop.create_future()
        self._work = asyncio.create_task(self._run())
        self._work.add_done_callback(self._ended)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End the builder, the server, the simulator and the proxy."""
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        self._listener.close()
        self._console.close()

    @property
    def console_url(self) -> str:
        """Return where a browser on this machine finds the device console; it leads to its own origin."""
        return f"http://{url_host(self.settings.host)}:{self.settings.port}/"

    async def ready(self) -> Ready:
        """Wait until pages can be opened.

        Errors: what ended the run before that: SettingsError, ModelError, ToolchainError, ProxyError.
        """
        return await asyncio.shield(self._ready)

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield what happens, until the run ends. One caller at a time.

        Errors: what ended the run, as of ready().
        """
        while True:
            while self._events:
                yield self._events.popleft()
            if self._work.done():
                await self._work
                return
            self._news.clear()
            await self._news.wait()

    def rebuild(self) -> None:
        """Build anew, as a save does; nothing for a panel that is built already."""
        if self._builder is not None:
            self._builder.request_rebuild()

    def _emit(self, event: RunEvent) -> None:
        if isinstance(event, Ready):
            self._ready.set_result(event)
        self._events.append(event)
        self._news.set()

    def _notice(self, message: str) -> None:
        self._emit(Notice(message))

    def _progress(self, message: str) -> None:
        """Tell how far an installation is, which a thread does: the loop sleeps until it is woken."""
        self._loop.call_soon_threadsafe(self._notice, message)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._news.set()
        if self._ready.done():
            return
        if error := None if work.cancelled() else work.exception():
            self._ready.set_exception(error)
            self._ready.exception()  # events() raises it, too
        else:
            self._ready.cancel()

    async def _run(self) -> None:
        self.settings = await prepare(self.settings, self._progress)
        async with AsyncExitStack() as stack:
            if self._files is None:
                await self._run_sources(stack)
            else:
                await self._run_files(stack, self._files)

    async def _run_files(self, stack: AsyncExitStack, files: PanelFiles) -> None:
        from devkit.app.server import PanelServer
        from devkit.devserver.panel import FilePanel

        panel = FilePanel(files.js, files.css)
        panels = PanelServer(self.settings, panel, self._listener, self._console, self._emit)
        self._open_tabs(panels)
        css = ("--css", str(files.css)) if files.css else ()
        panels.server.audits.built = ("--js", str(files.js), *css)
        await stack.enter_async_context(panels)
        self._emit(await panels.ready())
        await asyncio.get_running_loop().create_future()

    def _open_tabs(self, panels: PanelServer) -> None:
        if self._gallery is not None:
            panels.server.gallery.opener = partial(self._gallery, self.settings)

    async def _run_sources(self, stack: AsyncExitStack) -> None:
        from devkit.build import Builder, BuildOptions, start_worker

        keeping = self.settings.hot == "components"
        options = BuildOptions.from_settings(self.settings).replace(hot=keeping)
        self._builder = Builder(options, started=start_worker(options), progress=self._progress, look=True)
        opening = asyncio.create_task(stack.enter_async_context(self._builder))
        await asyncio.sleep(0)  # the worker builds from here on; what follows imports meanwhile
        from devkit.app.proxy import PanelProxy
        from devkit.app.server import PanelServer, cancelled
        from devkit.devserver.panel import BuiltPanel

        panel = BuiltPanel(self._builder.settle)
        remote = bool(self._proxy_use.launch or self._proxy_use.lan_host)
        sockets = self._listener, self._console
        panels = PanelServer(self.settings, panel, *sockets, self._emit, self._panels, remote=remote)
        panels.server.keeping = keeping
        self._open_tabs(panels)
        panels.for_editors = True
        self._builder.has_pages = panels.server.live.has_pages
        proxy = await stack.enter_async_context(PanelProxy(panels, self._proxy_use, self._emit))
        await opening
        await stack.enter_async_context(panels)
        if self._record_test is not None:
            from devkit.app.recorder import TestRecorder

            panels.server.recording = True
            await stack.enter_async_context(TestRecorder(panels.simulation, self._record_test))
        following = asyncio.create_task(self._follow_file(self._builder, panels))
        stack.push_async_callback(cancelled, following)
        await self._follow(self._builder, panels, panel, proxy)

    async def _follow_file(self, builder: Builder, panels: PanelServer) -> None:
        """Take what is new in devkit.toml, and tell what waits for the next start, or what is wrong."""
        from devkit.app.project_file import ProjectFile
        from devkit.build import BuildOptions
        from devkit.build.options import REBUILT
        from devkit.timeline.kinds import BuildFailure

        live = panels.server.live
        async for change in ProjectFile(self.settings).changes():
            try:
                if isinstance(change, SettingsError):
                    raise change
                now = [name for name in change.names if name in REBUILT]
                if now:
                    options = BuildOptions.from_settings(change.settings).replace(hot=builder.options.hot)
            except (SettingsError, BuildError) as error:
                live.tell("settings", error)
                self._emit(RunFailed(error))
                panels.record(BuildFailure(str(error)))
                continue
            live.tell("settings", None)
            if now:
                builder.options = options
                builder.request_rebuild()
                self._notice(_(f"devkit.toml: {', '.join(now)} taken."))
            if later := [name for name in change.names if name not in now]:
                self._notice(_(f"devkit.toml: {', '.join(later)}: used when devkit dev is started again."))

    async def _follow(
        self, builder: Builder, panels: PanelServer, panel: BuiltPanel, proxy: PanelProxy
    ) -> None:
        """Hand each build to the open pages and tell of it; ends only by cancellation."""
        from devkit.build import Built, Failed, Updated
        from devkit.devserver.live import Update
        from devkit.timeline.kinds import BuildDone, BuildFailure

        live = panels.server.live
        told: set[tuple[str, str]] = set()
        async for event in builder.events():
            if isinstance(event, Updated):
                base = panel.tag
                panel.updated(event.modules)
                if event.css != self._css:
                    self._css = event.css
                    live.styled(event.css)
                if panel.tag != base:
                    live.updated(panel.tag, Update(base, event.modules))
                continue
            if isinstance(event, Built):
                result = event.result
                if result.notice:
                    self._notice(result.notice)
                update = Update(panel.tag, result.hot, result.why)
                state = panel.built(result)
                changed_js = event.changed_js or panel.tag != update.base
                live.built(state, js=changed_js, css=result.css != self._css, update=update)
                self._css = result.css
                sizes = len(result.js), len(result.css)
                first = not self._ready.done()
                self._emit(PanelBuilt(result.ms, *sizes, result.engine, first, result.warnings))
                panels.record(BuildDone(event.changed_js, event.changed_css, *sizes, result.ms))
            elif isinstance(event, Failed):
                live.failed(panel.failed(event.error))
                self._emit(RunFailed(event.error))
                panels.record(BuildFailure(str(event.error)))
            else:
                live.tell("target", None, event.warnings)
                fresh = tuple(item for item in event.warnings if (item.file, item.message) not in told)
                told.update((item.file, item.message) for item in fresh)
                if fresh:
                    self._emit(TargetLacks(fresh))
            if not self._ready.done():
                self._emit(await panels.ready(await proxy.ready()))
                await proxy.open()
