"""A Chromium of its own: throw-away profile, proxy set, authorities trusted there and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from devkit.errors import ProxyError
from devkit.language import _
from devkit.proxy.authority import Authority
from devkit.proxy.trust import certificate_file, install_commands, nss_store, run

logger = logging.getLogger(__name__)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
        r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    ),
}
QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=480,940",
)
STOP_S = 3.0
REMOVE_TRIES, REMOVE_PAUSE_S = 40, 0.05


def find_browser(given: str = "") -> Path:
    """Return the Chromium, Chrome or Edge to use.

    Errors: ProxyError when there is none, or not where given says.
    """
    if given:
        found = shutil.which(given)
        if not found:
            raise ProxyError(_(f"--browser-path: there is no program {given}."))
        return Path(found)
    places = (Path(os.path.expandvars(place)) for place in PLACES.get(sys.platform, ()))
    for candidate in (*(shutil.which(name) for name in NAMES), *(p for p in places if p.exists())):
        if candidate:
            return Path(candidate)
    raise ProxyError(
        _("No Chromium, Chrome or Edge was found."), _("Install one, or name it with --browser-path.")
    )


def profile_arguments(profile: Path, proxy_url: str) -> list[str]:
    """Return the flags that bind a browser to profile and proxy."""
    flags = [f"--user-data-dir={profile / 'data'}", f"--proxy-server={proxy_url}", *QUIET]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    return flags


def trust_in_profile(profile: Path, authorities: Collection[Authority]) -> tuple[dict[str, str], list[str]]:
    """Make a browser that uses profile trust the authorities; return its environment and extra flags.

    On Linux the browser's NSS database lies under its home folder, so the profile becomes that. Elsewhere,
    and without certutil, Chromium is told the authorities' public keys instead.
    """
    environment = dict(os.environ)
    if sys.platform.startswith("linux"):
        _move_home(environment, profile)
        store = nss_store(profile / ".pki/nssdb", "profile")
        if store.usable:
            for authority in authorities:
                certificate_file(authority)
            run(install_commands(store, list(authorities)))
            return environment, []
        logger.warning("certutil is missing (%s); the browser trusts the keys by flag.", store.package)
    pins = ",".join(authority.key_pin for authority in authorities)
    return environment, [f"--ignore-certificate-errors-spki-list={pins}"]


def _move_home(environment: dict[str, str], profile: Path) -> None:
    cookie = Path(environment.get("XAUTHORITY") or Path.home() / ".Xauthority")
    if cookie.exists():
        environment["XAUTHORITY"] = str(cookie)
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)
    environment["HOME"] = str(profile)


@asynccontextmanager
async def launched(
    url: str,
    proxy_url: str,
    authorities: Collection[Authority],
    browser: str = "",
    extra: Collection[str] = (),
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a browser on url; at the end it closes, and its profile is deleted.

    Errors: ProxyError when there is no browser or it does not start.
    """
    program = find_browser(browser)
    profile = Path(tempfile.mkdtemp(prefix="devkit-browser-"))
    try:
        environment, flags = await asyncio.to_thread(trust_in_profile, profile, authorities)
        arguments = [*profile_arguments(profile, proxy_url), *flags, *extra, url]
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                str(program), *arguments, env=environment, stdin=quiet, stdout=quiet, stderr=quiet,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ProxyError(_(f"{program} does not start: {error.strerror}.")) from error
        try:
            yield process
        finally:
            await _stop(process)
    finally:
        await asyncio.shield(_remove(profile))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the browser, then what is left of the processes that it started."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        logger.debug("The browser does not end by itself")
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _deleted(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


async def _remove(profile: Path) -> None:
    """Delete the profile; a dying browser may still write to it for a moment."""
    for _turn in range(REMOVE_TRIES):
        if await asyncio.to_thread(_deleted, profile):
            return
        await asyncio.sleep(REMOVE_PAUSE_S)
    logger.warning("The browser's profile %s could not be deleted.", profile)
