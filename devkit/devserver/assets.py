"""The tool's own page-side files: a fixed table of names, tagged and cached for good."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from devkit.build import panel_sdk
from devkit.devserver.devtools import packages
from devkit.devserver.panel import PanelFile
from devkit.errors import ServeError
from devkit.language import _

DIST = Path(__file__).parent / "client" / "dist"
SDK_DIST = Path(__file__).parents[1] / "sdk" / "client" / "dist"

ASSETS: dict[str, Path] = {
    "react.js": DIST / "react.js",
    "react-dom.js": DIST / "react-dom.js",
    "react-dev.js": DIST / "react-dev.js",
    "react-dom-dev.js": DIST / "react-dom-dev.js",
    "refresh.js": DIST / "refresh.js",
    "regenerator.js": DIST / "regenerator.js",
    "runtime.js": SDK_DIST / "runtime.js",
    "official.js": SDK_DIST / "official.js",
    "live.js": DIST / "live.js",
    "guest.js": DIST / "guest.js",
    "agentless.js": DIST / "agentless.js",
    "worker.js": DIST / "worker.js",
    "console.js": DIST / "console.js",
    "recorder.js": DIST / "recorder.js",
    "chobitsu.js": DIST / "chobitsu.js",
    "frame.js": DIST / "frame.js",
    "pick.js": DIST / "pick.js",
    "debug.js": DIST / "debug.js",
}
FETCHED: dict[str, Callable[[], Path]] = {"panel-sdk.js": panel_sdk.script, "eruda.js": packages.eruda}
"""Like ASSETS, but in the cache of downloads, whose place is known only at run time."""

_GLOBALS = ("react.js", "react-dom.js", "regenerator.js")
HOST_SCRIPTS: dict[str, tuple[str, ...]] = {
    "devkit": (*_GLOBALS, "runtime.js", "live.js"),
    "official": (*_GLOBALS, "official.js", "panel-sdk.js", "live.js"),
}
"""By SDK, in order of execution; live.js is last because it records what the panel adds after it."""

KEEPING = {"react.js": ("refresh.js", "react-dev.js"), "react-dom.js": ("react-dom-dev.js",)}
"""What stands in where components keep their state: only React's development build can do that."""


def host_scripts(sdk: str, *, keeping: bool) -> tuple[str, ...]:
    """Return the scripts of a host page in order of execution; keeping: components keep their state."""
    names = HOST_SCRIPTS[sdk]
    return tuple(one for name in names for one in (KEEPING.get(name, (name,)) if keeping else (name,)))


@cache
def _load(path: Path, stamp: int) -> PanelFile:
    return PanelFile.of(path.read_bytes())


def asset(name: str) -> PanelFile:
    """Return one of ASSETS or FETCHED.

    Errors: ServeError when it was not built.
    """
    path = FETCHED[name]() if name in FETCHED else ASSETS[name]
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ServeError(
            _(f"{path} is missing, so pages cannot run."),
            _(
                "In a checkout run `npm ci && npm run build` in devkit/sdk/client; "
                "else install h5-devkit again."
            ),
        ) from error


def asset_url(name: str) -> str:
    """Return the URL of an asset; it changes with the file."""
    return f"/__devkit/{name}?v={asset(name).etag.strip(chr(34))}"
