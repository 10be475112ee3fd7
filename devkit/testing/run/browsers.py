"""Find and start Chromium or WebKit, or reach one on another machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devkit.errors import BrowserError
from devkit.language import _, marked

if TYPE_CHECKING:
    import pytest

CHROMIUM, WEBKIT = "chromium", "webkit"
ENGINES = {CHROMIUM: "Chromium", WEBKIT: "WebKit"}
"""The browsers that panels are tested in, by Playwright's names: the engines of Android and of iPhones."""
COMPILE_CACHE = "NODE_COMPILE_CACHE"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
COSTLY = (
    "SpareRendererForSitePerProcess",
    "IsolateOrigins",
    "site-per-process",
    "RenderDocument",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
"""What makes Chromium start a process for each page or window that it opens, or make a frame anew for each
document. A panel is one page of one site, and nobody sees the window around it."""
UNSTEADY = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "Translate",
)
"""What Playwright turns off for pages to behave alike each time; the switch below replaces its own."""
ARGS = (
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(COSTLY + UNSTEADY)}",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--mute-audio",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
CONNECT_SECONDS = 20.0
CLOSED = "--host-resolver-rules=MAP * ~NOTFOUND"
"""Knows no host and no address: what a route refuses may have connected before, and so told a name."""
HINT = marked(
    "Run `playwright install chromium`, or install your system's chromium, "
    "or name one: --browser-path PATH, or browser_path in devkit.toml."
)
WEBKIT_HINT = marked("Run `playwright install --with-deps webkit`; a system's own WebKit does not do.")
_FRAME = "╔╗╚╝═║ \n"


def find_chromium(own: str, given: str = "") -> str | None:
    """Return the browser to start: the given one, None for Playwright's own, or the system's.

    own: where Playwright keeps its browser, installed or not.
    Errors: BrowserError when there is none.
    """
    if given:
        if not Path(given).is_file():
            raise BrowserError(_(f"There is no browser at {given}."), HINT)
        return given
    if own and Path(own).exists():
        return None
    found = next((path for path in map(shutil.which, SYSTEM_NAMES) if path), None)
    if found is None:
        raise BrowserError(_("Chromium was not found."), HINT)
    return found


def launch_options(own: str, given: str = "", extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what Playwright's launch takes.

    Errors: BrowserError when there is no browser.
    """
    options: dict[str, Any] = {**(extra or {})}
    args = [*ARGS, *options.pop("args", ())]
    if options.get("headless", True):
        args.append("--disable-gpu")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        args.append("--no-sandbox")  # Chromium refuses to start as root with it
    if "executable_path" not in options and "channel" not in options:
        path = find_chromium(own, given)
        if path:
            options["executable_path"] = path
    return {**options, "args": args}


def _webkit_options(own: str, given: str, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what Playwright's launch takes for its own WebKit.

    Errors: BrowserError when there is none.
    """
    if given and not Path(given).is_file():
        raise BrowserError(_(f"There is no browser at {given}."), WEBKIT_HINT)
    if not given and not Path(own).exists():
        raise BrowserError(_("Playwright's WebKit was not found."), WEBKIT_HINT)
    return {**(extra or {}), **({"executable_path": given} if given else {})}


def check_engines(config: pytest.Config, engines: Collection[str]) -> None:
    """Refuse browsers that panels are not tested in, and what does not go with one.

    Errors: pytest.UsageError.
    """
    import pytest

    if others := [name for name in engines if name not in ENGINES]:
        names = " ".join(f"--browser {name}" for name in ENGINES)
        raise pytest.UsageError(
            _(f"Panels are tested in Chromium and WebKit, the engines of phones, not in {others[0]}: {names}")
        )
    if config.getoption("--panel-coverage") and CHROMIUM not in engines:
        raise pytest.UsageError(_("Chromium counts which lines ran: add --browser chromium."))
    if config.getoption("--panel-browser-ws") and len(engines) > 1:
        raise pytest.UsageError(_("Servers give one kind of browser a run: give --browser once."))


@contextlib.contextmanager
def compiled_driver() -> Iterator[None]:
    """Let Playwright's driver, started in here, keep what Node made of its scripts; it starts sooner."""
    from devkit.build.toolchain import cache_dir

    given = os.environ.get(COMPILE_CACHE)
    os.environ.setdefault(COMPILE_CACHE, str(cache_dir() / "driver"))
    try:
        yield
    finally:
        if given is None:
            os.environ.pop(COMPILE_CACHE, None)


def start_browser(
    playwright: Any,
    engine: str = CHROMIUM,
    *,
    given: str = "",
    url: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Any:
    """Start a browser, or connect to the Playwright server at url, with either of Playwright's APIs.

    engine: one of ENGINES. given: the program to start.
    A server that runs with --unsafe starts Chromium as it is started here; others leave that out.
    Errors: BrowserError when there is no browser; playwright's Error, which explain() explains.
    """
    if engine == WEBKIT:
        if url:
            return playwright.webkit.connect(url, timeout=CONNECT_SECONDS * 1000)
        return playwright.webkit.launch(**_webkit_options(playwright.webkit.executable_path, given, extra))
    if url:
        wanted = json.dumps({"args": [*ARGS, *(extra or {}).get("args", ())]})
        return playwright.chromium.connect(
            url, timeout=CONNECT_SECONDS * 1000, headers={"x-playwright-launch-options": wanted}
        )
    return playwright.chromium.launch(**launch_options(playwright.chromium.executable_path, given, extra))


def explain(error: Exception, url: str = "", engine: str = CHROMIUM) -> BrowserError:
    """Return playwright's error about a start as one line with a remedy."""
    lines = [line.strip(_FRAME) for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.endswith(".launch:")]
    reason = next((line for line in lines if "error" in line.lower() or "fail" in line.lower()), lines[0])
    if url:
        place = shown(url)
        if versions := re.findall(r"(?:server|client) version: v([\d.]+)", str(error)):
            return BrowserError(
                _(f"The Playwright server at {place} is version {versions[0]}, this one is {versions[-1]}."),
                _(f"Start the same there: npx playwright@{versions[-1]} run-server --port PORT"),
            )
        return BrowserError(
            _(f"The browser at {place} cannot be reached: {reason.replace(url, place)}"),
            _("Start it there with: playwright run-server --port PORT"),
        )
    hint = WEBKIT_HINT if engine == WEBKIT else HINT
    return BrowserError(_(f"{ENGINES[engine]} did not start: {reason}"), hint)


def shown(url: str) -> str:
    """Return a server's address without what lets one in: user, path and query."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}" if place else url.partition("?")[0]
