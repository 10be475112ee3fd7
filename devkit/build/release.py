"""Build the two files that the console takes, check them, and write them whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devkit.build import node, toolchain
from devkit.build.messages import ReleaseDetails
from devkit.build.options import BuildOptions
from devkit.build.process import WorkerLostError, WorkerProcess
from devkit.build.project.fence import check_inputs
from devkit.build.result import BuildResult, build_error, diagnostic
from devkit.errors import BuildError, Diagnostic, ToolchainError
from devkit.language import _
from devkit.settings import Settings


@dataclass(frozen=True)
class ReleaseFile:
    """One file as the console shows it; sizes in bytes, md5 in lower-case hex."""

    path: Path
    size: int
    gzip: int
    md5: str


@dataclass(frozen=True)
class Release:
    """A finished release; maps are outside the folder that is uploaded. ms is the time of all of it."""

    files: tuple[ReleaseFile, ...]
    maps: tuple[Path, ...]
    warnings: tuple[Diagnostic, ...]
    ms: float
    engine: str


def build_release(
    settings: Settings,
    *,
    maps: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Release:
    """Build settings.project for production into settings.out; maps is a folder for source maps.

    Errors: BuildError (the old files stay), ToolchainError.
    """
    began = time.perf_counter()
    options = BuildOptions.from_settings(settings, "production").replace(sourcemap=maps is not None)
    out = settings.path("out")
    if maps is not None and maps.resolve().is_relative_to(out):
        raise BuildError(
            [
                Diagnostic(
                    _(f"Source maps must not go into the release: {maps} is inside {out}."),
                    hint=_("Name another folder: --sourcemap .devkit/maps."),
                    stage="devkit",
                )
            ]
        )
    result, details = _build(options, progress)

    from devkit.build.checks import check_release  # after the worker has started

    warnings = (*result.warnings, *check_release(options, result, details))
    script = result.js or b";\n"  # a panel that does nothing takes the place of the old one, too
    contents = {out / "index.js": script, out / "index.css": result.css}
    map_contents: dict[Path, bytes] = {}
    if maps is not None:
        map_contents = {maps / "index.js.map": result.js_map, maps / "index.css.map": result.css_map}
    wanted = {path: data for path, data in {**contents, **map_contents}.items() if data}
    write_together(wanted)
    if not result.css:
        (out / "index.css").unlink(missing_ok=True)
    files = tuple(describe_file(path, data) for path, data in contents.items() if data)
    written_maps = tuple(path for path in map_contents if path in wanted)
    return Release(files, written_maps, warnings, (time.perf_counter() - began) * 1000, result.engine)


@dataclass(frozen=True)
class ProductionBuild:
    """A release in memory. modules: [file, bytes in the output], largest first, where Node built it.

    imports: of packages, [name, files that have it, bytes that it brings, bytes that would go with it].
    """

    result: BuildResult
    warnings: tuple[Diagnostic, ...]
    modules: tuple[tuple[str, int], ...]
    imports: tuple[tuple[str, tuple[str, ...], int, int], ...] = ()


def build_production(settings: Settings, progress: Callable[[str], None] | None = None) -> ProductionBuild:
    """Build settings.project for production with its source map, and write nothing.

    Errors: BuildError, ToolchainError.
    """
    from devkit.build.checks import check_release

    options = BuildOptions.from_settings(settings, "production").replace(sourcemap=True)
    result, details = _build(options, progress)
    warnings = (*result.warnings, *check_release(options, result, details))
    modules = tuple((name, size) for name, size in details.get("modules", ()))
    imports = tuple(
        (name, tuple(files), brings, goes) for name, files, brings, goes in details.get("imports", ())
    )
    return ProductionBuild(result, warnings, modules, imports)


def source_map_of(settings: Settings) -> bytes:
    """Return the source map of a release's script, built again for it; b"" when there is none.

    A release itself is built without, which is quicker.
    """
    options = BuildOptions.from_settings(settings, "production").replace(sourcemap=True)
    try:
        return _build(options, None)[0].js_map
    except BuildError:
        return b""


def _build(
    options: BuildOptions, progress: Callable[[str], None] | None
) -> tuple[BuildResult, ReleaseDetails]:
    """Return the build and what the worker tells about it for the checks."""
    node_path = None if options.engine == "esbuild-py" else node.find_node()
    if node_path is None:
        if options.engine == "node":
            raise ToolchainError(
                _(f"Node.js {node.OLDEST_NODE} or later was not found."), node.how_to_install()
            )
        from devkit.build.transform import TransformEngine

        return TransformEngine(options).build(), {}
    packages = toolchain.ensure(node_path, progress)
    worker = WorkerProcess(node_path, packages, options.project)
    try:
        worker.open(options.wire())
        reply = worker.receive(worker.rebuild())
    except WorkerLostError as error:
        text = _(f"The build worker stopped: {error}.")
        raise BuildError([Diagnostic(text, stage="devkit", hint=_("Run with --debug."))]) from error
    finally:
        worker.kill()
    head = reply.head
    if progress and "found" in head:
        progress(_(head["found"]["summary"]))
    if head.get("errors"):
        raise build_error(head["errors"])
    check_inputs(options.project, map(Path, head.get("inputs", ())), packages)
    result = BuildResult(
        js=reply.parts.get("js", b""),
        css=reply.parts.get("css", b""),
        js_map=reply.parts.get("js_map", b""),
        css_map=reply.parts.get("css_map", b""),
        inputs=frozenset(map(Path, head.get("inputs", ()))),
        warnings=tuple(diagnostic(message) for message in head.get("warnings", ())),
        ms=float(head.get("ms", 0)),
    )
    return result, head


def write_together(contents: dict[Path, bytes]) -> None:
    """Write files so that each is whole at every moment, and none is new when one cannot be written.

    Errors: BuildError naming the folder.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, data in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
            waiting[path] = Path(name)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            waiting[path].chmod(0o644)
        for path in list(waiting):
            waiting[path].replace(path)
            del waiting[path]
    except OSError as error:
        text = _(f"The release cannot be written: {error}.")
        raise BuildError(
            [Diagnostic(text, stage="devkit", hint=_("Name another folder: --out DIR."))]
        ) from error
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def describe_file(path: Path, data: bytes) -> ReleaseFile:
    """Return name, sizes and MD5 of a file with these bytes."""
    import hashlib
    import zlib

    packed = zlib.compressobj(6, zlib.DEFLATED, 31)
    gzip_size = len(packed.compress(data)) + len(packed.flush())
    return ReleaseFile(path, len(data), gzip_size, hashlib.md5(data, usedforsecurity=False).hexdigest())
