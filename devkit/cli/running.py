"""Run until a signal, a key or the work itself ends it; and show a panel's run in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from devkit.cli import interrupts
from devkit.errors import DevkitError, PortTakenError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.app.events import Ready
    from devkit.app.run import PanelFiles, PanelRun, ProxyUse
    from devkit.devserver.tabs.gallery import Gallery
    from devkit.settings import Settings

# A loop that has not heard of a signal after UNHEARD_S is busy with one long callback; one that has heard
# gets ENDING_S to close what is open.
UNHEARD_S = 0.8
ENDING_S = 5.0


class Stop:
    """The wish to end the run, and the exit code to end it with."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.code = 0

    @property
    def asked(self) -> bool:
        """Tell whether someone has asked for the end."""
        return self._event.is_set()

    def __call__(self, code: int = 0) -> None:
        """Ask for the end; the first wish gives the exit code."""
        if not self._event.is_set():
            self.code = code
            self._event.set()

    async def wait(self) -> None:
        """Wait until someone asks."""
        await self._event.wait()


def run_until_stopped(
    start: Callable[[Stop], Coroutine[Any, Any, None]],
    failed: Callable[[DevkitError], None] | None = None,
    *,
    ending_s: float = ENDING_S,
) -> int:
    """Run start(stop) in a new event loop until it returns, or a signal or a key ends it.

    Return the exit code. What is open after a signal has ending_s to close. Errors of start pass through;
    failed, when given, is told of them first.
    """
    ended = threading.Event()
    try:
        return asyncio.run(_run(start, ended, ending_s))
    except KeyboardInterrupt:
        return interrupts.exit_code() or interrupts.CODES[signal.SIGINT]
    except DevkitError as error:
        if failed is not None:
            failed(error)
        raise
    finally:
        ended.set()


async def _run(
    start: Callable[[Stop], Coroutine[Any, Any, None]], ended: threading.Event, ending_s: float
) -> int:
    stop = Stop()
    with _signals(stop, ended, ending_s):
        working = asyncio.create_task(start(stop))
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        finally:
            for task in (working, waiting):
                task.cancel()
            results = await asyncio.gather(working, waiting, return_exceptions=True)
        failure = results[0]
        if isinstance(failure, Exception) and stop.code == 0:
            raise failure
    return stop.code


@contextlib.contextmanager
def _signals(stop: Stop, ended: threading.Event, ending_s: float) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into stop(code); a process that then does not end in time is ended.

    The handlers are Python's, not the loop's, which would not hear of a signal in the middle of a callback.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def handle(number: int, frame: object) -> None:
        if interrupts.note(number):
            watch = threading.Thread(target=_see_it_end, args=(stop, ended, ending_s), daemon=True)
            watch.start()
            loop.call_soon_threadsafe(stop, interrupts.exit_code())

    old = {number: signal.signal(number, handle) for number in interrupts.CODES}
    if code := interrupts.exit_code():
        stop(code)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _see_it_end(stop: Stop, ended: threading.Event, ending_s: float) -> None:
    if ended.wait(UNHEARD_S):
        return
    if stop.asked:
        if ended.wait(ending_s - UNHEARD_S):
            return
        sys.stderr.write(_(f"devkit: not everything was closed within {ending_s:g} s of the signal.\n"))
        sys.stderr.flush()
    interrupts.leave()


def is_interactive() -> bool:
    """Tell whether a person can answer: a terminal on both sides, and not in CI."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def show_run(
    settings: Settings,
    *,
    as_json: bool,
    files: PanelFiles | None = None,
    proxy: ProxyUse | None = None,
    record_test: Path | None = None,
    panels: Mapping[str, Callable[[], Settings]] = MappingProxyType({}),
    sheet: Path | None = None,
) -> int:
    """Run a panel and print what happens, until it is ended; return the exit code.

    panels: {name: what gives its settings} of a repository with many; the console switches between them.
    sheet: the shots.yaml whose states are what the run is for, None for any other run.
    Errors: as of PanelRun.
    """
    from devkit.app.events import PanelChosen, Ready
    from devkit.app.run import PanelRun
    from devkit.cli.output import make_printer

    printer = make_printer(as_json=as_json)
    shown, gallery = tuple(panels), partial(_open_gallery, sheet)

    def new_run(own: Settings) -> PanelRun:
        return PanelRun(own, files=files, proxy=proxy, record_test=record_test, panels=shown, gallery=gallery)

    async def follow(settings: Settings, stop: Stop, *, show: bool) -> Settings | None:
        """Run one panel; return the settings of the one that takes its place."""
        async with AsyncExitStack() as stack:
            run = await _enter(stack, settings, new_run)
            if not as_json:
                stack.enter_context(_keys(run, stop, builds=files is None))
            async for event in run.events():
                if isinstance(event, Ready):
                    _tell_ready(stack, run, event, "#gallery" if sheet else "", show=show)
                printer.show(event)
                if isinstance(event, PanelChosen):
                    try:
                        return panels[event.name]().replace(port=run.settings.port)
                    except (DevkitError, click.UsageError) as error:
                        printer.notice(_(f"{event.name} cannot be run: {error}"))
        return None

    async def start(stop: Stop) -> None:
        following = await follow(settings, stop, show=settings.open)
        while following is not None:
            following = await follow(following, stop, show=False)

    return run_until_stopped(start, printer.failed if as_json else None)


def _open_gallery(sheet: Path | None, settings: Settings) -> Gallery:
    from devkit.testing.tools.gallery import LiveGallery

    return LiveGallery(settings, sheet)


def _tell_ready(stack: AsyncExitStack, run: PanelRun, ready: Ready, tab: str, *, show: bool) -> None:
    """Tell other programs of the user where the run is, and the user's browser when it is to show it.

    tab: the part of the console that the run is for, named then; "" for any other run.
    """
    from devkit.web.run_file import run_file

    stack.enter_context(run_file(run.settings.project, ready.console_url, ready.control_token))
    if tab:
        click.echo(_(f"Gallery: {run.console_url}{tab}"))
    if show:
        _open_console(run, tab)


async def _enter(
    stack: AsyncExitStack, settings: Settings, new_run: Callable[[Settings], PanelRun]
) -> PanelRun:
    """Enter a run; on a terminal offer the next port when the port of the settings is taken."""
    try:
        return await stack.enter_async_context(new_run(settings))
    except PortTakenError as error:
        if not error.free or not is_interactive():
            raise
        click.echo(error.message, err=True)
        if not click.confirm(_(f"Use port {error.free}?"), default=True, err=True):
            raise
        return await stack.enter_async_context(new_run(settings.replace(port=error.free)))


def _keys(run: PanelRun, stop: Stop, *, builds: bool) -> contextlib.AbstractContextManager[bool]:
    from devkit.cli.keys import Key, reading_keys

    keys = [Key("r", _("rebuild"), run.rebuild)] if builds else []
    keys += [Key("o", _("open the console"), lambda: _open_console(run)), Key("q", _("quit"), stop)]
    return reading_keys(keys)


def _open_console(run: PanelRun, tab: str = "") -> None:
    """Open the console in the user's browser, and say so when there is none."""
    url, opened = run.console_url + tab, False
    with contextlib.suppress(webbrowser.Error):
        opened = webbrowser.open(url)
    if not opened:
        click.echo(_(f"No browser could be opened. Open this address yourself: {url}"), err=True)
