"""The panel under test: built once for a whole run, however many processes take part."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import BuildError, DevkitError, Diagnostic
from devkit.language import _
from devkit.source_map import SourceMap

if TYPE_CHECKING:
    from devkit.build.process import WorkerProcess
    from devkit.settings import Settings
    from devkit.testing.farm.panel_cache import PanelCache

VARIABLE = "DEVKIT_TEST_BUNDLE"
PROJECT_VARIABLE = "DEVKIT_TEST_PROJECT"
READY = "ready.json"
WAIT_SECONDS = 180.0
STEP_SECONDS = 0.01


@dataclass(frozen=True)
class Bundle:
    """The bytes of a built panel; project is where its sources are, name what its script is called."""

    js: bytes
    css: bytes = b""
    js_map: bytes = b""
    project: Path = field(default_factory=Path)
    name: str = "index.js"

    @cached_property
    def source_map(self) -> SourceMap:
        """Return the decoded source map."""
        return SourceMap(self.js_map)

    @classmethod
    def read(cls, js: Path, css: Path | None = None, *, project: Path | None = None) -> Bundle:
        """Read built files; a map next to the script is used.

        Errors: BuildError for a file that cannot be read.
        """
        source_map = js.with_name(f"{js.name}.map")
        return cls(
            _bytes(js),
            _bytes(css) if css else b"",
            source_map.read_bytes() if source_map.is_file() else b"",
            project or js.parent,
            js.name,
        )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        finding = Diagnostic(
            _(f"{path} cannot be read: {error.strerror or error}."), file=str(path), stage="devkit"
        )
        raise BuildError([finding], _("Build the panel first, or name another file with --js.")) from error


async def build(settings: Settings) -> Bundle:
    """Return the project's panel, built for development now or earlier of the same.

    Errors: BuildError, ToolchainError.
    """
    from devkit.build import BuildOptions
    from devkit.testing.farm.panel_cache import PanelCache

    cache = await asyncio.to_thread(PanelCache, BuildOptions.from_settings(settings))
    return await asyncio.to_thread(cache.find) or await build_with(cache)


async def build_with(cache: PanelCache, started: WorkerProcess | None = None) -> Bundle:
    """Build a panel and keep it; started is what start_worker gave for the same options.

    Errors: BuildError, ToolchainError.
    """
    from devkit.build import open_engine

    engine = await open_engine(cache.options, started=started)
    try:
        built = await engine.rebuild()
    finally:
        await engine.aclose()
    await asyncio.to_thread(cache.keep, built)
    return Bundle(built.js, built.css, built.js_map, cache.options.project)


async def panel_bundle(settings: Settings) -> Bundle:
    """Return the bundle of a project: the one that `devkit test` builds for this run, else an own build.

    Errors: BuildError, ToolchainError.
    """
    folder = os.environ.get(VARIABLE)
    if folder and os.environ.get(PROJECT_VARIABLE) == str(settings.project):
        return await shared_bundle(Path(folder))
    return await build(settings)


def share_bundle(folder: Path, bundle: Bundle | DevkitError) -> None:
    """Put a bundle, or why there is none, where the processes of one run look for it."""
    folder.mkdir(parents=True, exist_ok=True)
    about: dict[str, str] = {}
    if isinstance(bundle, Bundle):
        for name in ("js", "css", "js_map"):
            (folder / name).write_bytes(getattr(bundle, name))
        about["project"] = str(bundle.project)
    else:
        about["error"] = str(bundle)
    part = folder / f"{READY}.part"
    part.write_text(json.dumps(about), "utf-8")
    part.replace(folder / READY)


async def shared_bundle(folder: Path) -> Bundle:
    """Wait for a shared bundle.

    Errors: BuildError as the process that built met it; or when none came.
    """
    limit = time.monotonic() + WAIT_SECONDS
    while not (folder / READY).exists():
        if time.monotonic() > limit:
            raise BuildError(
                [Diagnostic(_(f"No build of the panel came within {WAIT_SECONDS:.0f} s."), stage="devkit")]
            )
        await asyncio.sleep(STEP_SECONDS)
    about = json.loads((folder / READY).read_text("utf-8"))
    if "error" in about:
        raise BuildError([Diagnostic(about["error"], stage="devkit")])
    js, css, js_map = ((folder / name).read_bytes() for name in ("js", "css", "js_map"))
    return Bundle(js, css, js_map, Path(about["project"]))
