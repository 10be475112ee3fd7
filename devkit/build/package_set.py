"""Sets of npm packages that are installed once into the user's cache folder, then used offline."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devkit.build import node
from devkit.errors import ToolchainError
from devkit.language import _, marked

ABANDONED_SECONDS = 3600
SILENT_SECONDS = 6.0
TOLD_SECONDS = 3
MIRROR = "https://registry.npmmirror.com"
CONNECT_SECONDS = 4.0
ASK_SECONDS = 5.0
UNKNOWN = "https://registry.npmjs.org/"
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
HINT = marked(
    "Check the network, or use a mirror and run the command again: "
    f"npm config set registry {MIRROR} (behind a proxy: npm config set https-proxy http://HOST:PORT)."
)
# No package's install script runs: what comes from the registry is data until a build loads it.
NPM_FLAGS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--include=optional")
_running: set[subprocess.Popen[str]] = set()
Progress = Callable[[str], None]


def cache_dir() -> Path:
    """Return the folder that holds devkit's downloads; DEVKIT_CACHE_DIR sets another."""
    given = os.environ.get("DEVKIT_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("devkit", appauthor=False)


@dataclass(frozen=True)
class PackageSet:
    """A package.json with its lock file, shipped in a folder of this package.

    name starts the name of the installed folder; title and size are for people ("build toolchain", "15 MB").
    """

    name: str
    shipped: Path
    title: str
    size: str

    def path(self) -> Path:
        """Return the folder of the packages, installed or not: its name ends with the lock file's hash."""
        lock = (self.shipped / "package-lock.json").read_bytes()
        return cache_dir() / f"{self.name}-{hashlib.sha256(lock).hexdigest()[:16]}"

    def installed(self) -> bool:
        """Tell whether the packages are ready for use."""
        return (self.path() / "node_modules").is_dir()

    def ensure(self, node_path: str, progress: Progress | None = None) -> Path:
        """Return the folder of the packages, and install them first when they are missing.

        They are put into a folder of their own that is then renamed, so that two processes may do this at
        once and a broken install is never seen.
        Errors: ToolchainError with npm's message.
        """
        target = self.path()
        if (target / "node_modules").is_dir():
            return target
        if progress:
            progress(_(f"Installing the {self.title} (once; about {self.size}) ..."))
        npm = node.npm_command(node_path)
        if npm is None:
            raise ToolchainError(_("npm was not found next to Node.js or on PATH."), node.how_to_install())
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._sweep(target.parent)
            with tempfile.TemporaryDirectory(
                prefix=f"{target.name}-", dir=target.parent, ignore_cleanup_errors=True
            ) as folder:
                self._install(npm, node_path, Path(folder), progress)
                _publish(Path(folder), target)
        except OSError as error:
            raise ToolchainError(
                _(f"The {self.title} cannot be installed into {target}: {error}."),
                _("Set DEVKIT_CACHE_DIR to a folder that can be written."),
            ) from error
        if progress:
            progress(_(f"The {self.title} is installed."))
        return target

    def _install(self, npm: list[str], node_path: str, folder: Path, progress: Progress | None) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(self.shipped / name, folder / name)
        command = [*npm, "ci", *NPM_FLAGS]
        search = os.pathsep.join([str(Path(node_path).parent), os.environ.get("PATH", "")])
        environ = {**os.environ, "PATH": search}
        probe = _Probe(npm, folder, environ)

        def wait(seconds: float) -> bool:
            """Tell how far npm is; end it when there is nobody to download from."""
            if probe.problem and seconds >= SILENT_SECONDS:
                return False
            if progress and int(seconds) % TOLD_SECONDS == 0:
                progress(
                    _(f"Installing the {self.title}: {_megabytes(folder):.0f} MB after {seconds:.0f} s ...")
                )
            return True

        code, said = _run(command, folder, environ, wait)
        if code and probe.problem:
            raise ToolchainError(
                _(
                    f"The {self.title} cannot be installed: the npm registry {probe.registry} does not "
                    f"answer ({probe.problem})."
                ),
                HINT,
            )
        if code:
            raise ToolchainError(
                _(
                    f"npm could not install the {self.title} from {probe.registry} (exit code {code}):\n"
                    f"{said.strip()[:2000]}"
                ),
                HINT,
            )

    def _sweep(self, folder: Path) -> None:
        """Remove what installs that were killed have left."""
        for leftover in folder.glob(f"{self.name}-*-*"):
            with contextlib.suppress(FileNotFoundError):  # another process sweeps too
                if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
                    shutil.rmtree(leftover, ignore_errors=True)


class _Probe:
    """Find out in a thread whether the registry can be reached; problem is "" until it is known not to be."""

    def __init__(self, npm: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self.registry = UNKNOWN
        self.problem = ""
        self._npm = list(npm)
        self._folder = folder
        self._environ = environ
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        answers = [self._setting(name) for name in ("registry", "https-proxy", "proxy")]
        self.registry = answers[0] or UNKNOWN
        if any(answers[1:]) or any(self._environ.get(name) for name in PROXIES):
            return  # npm goes another way, whose answer is its own
        address = urlsplit(self.registry)
        port = address.port or (80 if address.scheme == "http" else 443)
        try:
            socket.create_connection((address.hostname or "", port), CONNECT_SECONDS).close()
        except OSError as error:
            self.problem = str(error.strerror or error)

    def _setting(self, name: str) -> str:
        command = [*self._npm, "config", "get", name]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=dict(self._environ), capture_output=True, text=True,
                timeout=ASK_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
        answer = done.stdout.strip()
        return "" if answer in ("null", "undefined") else answer


def _megabytes(folder: Path) -> float:
    """Return the size of what is in a folder."""
    sizes = 0
    for place, _rest, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                sizes += (Path(place) / name).lstat().st_size
    return sizes / 1e6


def _run(
    command: list[str], folder: Path, environ: dict[str, str], wait: Callable[[float], bool]
) -> tuple[int, str]:
    """Run npm; return its exit code and what it said. An interrupt, or stop_installing(), ends it too.

    wait is asked each second whether to go on, with the seconds since the start.
    """
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace", env=environ, start_new_session=True,
    ) as npm:  # fmt: skip
        _running.add(npm)
        try:
            while True:
                try:
                    output, errors = npm.communicate(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if not wait(time.monotonic() - began):
                        return 1, ""
        finally:
            _running.discard(npm)
            if npm.poll() is None:
                _kill(npm)
    return npm.returncode, errors or output


async def installing(ensure: Callable[..., Path], *arguments: object) -> Path:
    """Call what installs packages in a thread; when this is cancelled, npm ends too."""
    try:
        return await asyncio.to_thread(ensure, *arguments)
    except asyncio.CancelledError:
        stop_installing()
        raise


def stop_installing() -> None:
    """End every npm that runs in a thread of this process, with the processes that it has started."""
    for npm in list(_running):
        _kill(npm)


def _kill(npm: subprocess.Popen[str]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(npm.pid, signal.SIGKILL)
    npm.kill()


def _publish(folder: Path, target: Path) -> None:
    """Rename folder to target; another process that was first has made an equal one."""
    try:
        folder.rename(target)
    except OSError:
        if not (target / "node_modules").is_dir():
            raise
