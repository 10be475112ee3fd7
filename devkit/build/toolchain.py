"""The npm packages that builds use: installed once into the user's cache folder, then offline."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from devkit.build import node
from devkit.errors import ToolchainError

SHIPPED = Path(__file__).parent / "toolchain"
HOST_SCRIPTS = {
    "development": (
        "react/umd/react.development.js",
        "react-dom/umd/react-dom.development.js",
        "regenerator-runtime/runtime.js",
    ),
    "production": (
        "react/umd/react.production.min.js",
        "react-dom/umd/react-dom.production.min.js",
        "regenerator-runtime/runtime.js",
    ),
}
ABANDONED_SECONDS = 3600
Progress = Callable[[str], None]


def cache_dir() -> Path:
    """Return the folder that holds devkit's downloads; DEVKIT_CACHE_DIR sets another."""
    given = os.environ.get("DEVKIT_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("devkit", appauthor=False)


def path() -> Path:
    """Return the toolchain's folder, installed or not: its name is the hash of the lock file."""
    lock = (SHIPPED / "package-lock.json").read_bytes()
    return cache_dir() / f"toolchain-{hashlib.sha256(lock).hexdigest()[:16]}"


def installed() -> bool:
    """Tell whether the toolchain is ready for use."""
    return (path() / "node_modules").is_dir()


def host_scripts(mode: str = "development") -> tuple[Path, ...]:
    """Return the React 16, ReactDOM and regeneratorRuntime files of the host page, in load order.

    Empty when the toolchain is not installed, as on a machine without Node.
    """
    files = tuple(path() / "node_modules" / name for name in HOST_SCRIPTS[mode])
    return files if all(file.is_file() for file in files) else ()


def ensure(node_path: str, progress: Progress | None = None) -> Path:
    """Return the toolchain's folder, and install it first when it is missing.

    The packages are put into a folder of their own that is then renamed, so that two processes may do this at
    once and a broken install is never seen.
    Errors: ToolchainError with npm's message.
    """
    target = path()
    if (target / "node_modules").is_dir():
        return target
    if progress:
        progress("Installing the build toolchain (once; about 15 MB) ...")
    npm = node.npm_command(node_path)
    if npm is None:
        raise ToolchainError("npm was not found next to Node.js or on PATH.", node.HINT)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        with tempfile.TemporaryDirectory(
            prefix=f"{target.name}-", dir=target.parent, ignore_cleanup_errors=True
        ) as folder:
            _install(npm, node_path, Path(folder))
            _publish(Path(folder), target)
    except OSError as error:
        raise ToolchainError(
            f"The toolchain cannot be installed into {target}: {error}.",
            "Set DEVKIT_CACHE_DIR to a folder that can be written.",
        ) from error
    if progress:
        progress("The build toolchain is installed.")
    return target


def _install(npm: list[str], node_path: str, folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(SHIPPED / name, folder / name)
    command = [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=optional"]
    search = os.pathsep.join([str(Path(node_path).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PATH": search},
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise ToolchainError(
            f"npm could not install the build toolchain (exit code {done.returncode}):\n{said}",
            "Check the network and the npm registry setting, then run the command again.",
        )


def _sweep(folder: Path) -> None:
    """Remove what installs that were killed have left."""
    for leftover in folder.glob("toolchain-*-*"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)


def _publish(folder: Path, target: Path) -> None:
    """Rename folder to target; another process that was first has made an equal one."""
    try:
        folder.rename(target)
    except OSError:
        if not (target / "node_modules").is_dir():
            raise
