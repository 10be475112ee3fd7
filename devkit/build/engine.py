"""Build engines: the Node worker that drives esbuild, and esbuild-py where there is no Node."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, get_args

from devkit.build import node, toolchain
from devkit.build.messages import PartName
from devkit.build.options import BuildOptions
from devkit.build.package_set import installing
from devkit.build.process import Reply, WorkerLostError, WorkerProcess
from devkit.build.project.fence import check_inputs
from devkit.build.result import BuildResult, build_error, diagnostic
from devkit.errors import BuildError, Diagnostic, ToolchainError
from devkit.language import _

Progress = toolchain.Progress
PARTS: tuple[PartName, ...] = get_args(PartName)


class Engine(Protocol):
    """Build one project again and again."""

    async def rebuild(self, changed: Sequence[Path] = ()) -> BuildResult:
        """Build from the files as they are now; of changed alone, where nothing else has, perhaps in part.

        Errors: BuildError; the engine can be used again after it.
        """

    async def aclose(self) -> None:
        """Free what the engine holds; it is of no use afterwards."""


def start_worker(options: BuildOptions) -> WorkerProcess | None:
    """Start the Node worker and its first build, and return at once.

    Call it before slow imports, then hand the result to open_engine or Builder. None when there is no Node or
    the toolchain is still to be installed; open_engine then does what is needed.
    """
    node_path = node.find_node() if options.engine != "esbuild-py" else None
    if node_path is None or not toolchain.installed():
        return None
    process = WorkerProcess(node_path, toolchain.path(), options.project)
    try:
        process.open(options.wire())
        process.rebuild()
    except WorkerLostError:
        process.close()
        return None
    return process


async def open_engine(
    options: BuildOptions,
    *,
    started: WorkerProcess | None = None,
    progress: Progress | None = None,
) -> Engine:
    """Return an engine for options; started is what start_worker gave for the same options.

    Errors: ToolchainError when the toolchain cannot be installed, or Node is asked for and missing.
    """
    from devkit.build.transform import TransformEngine

    if options.engine == "esbuild-py":
        return TransformEngine(options)
    node_path = await asyncio.to_thread(node.find_node)
    if node_path is None:
        if options.engine == "node":
            raise ToolchainError(
                _(f"Node.js {node.OLDEST_NODE} or later was not found."), node.how_to_install()
            )
        return TransformEngine(options)
    packages = await installing(toolchain.ensure, node_path, progress)
    return NodeEngine(options, node_path, packages, started)


class NodeEngine:
    """Drive the worker; a worker that dies is started again within the same rebuild."""

    def __init__(
        self, options: BuildOptions, node_path: str, packages: Path, started: WorkerProcess | None
    ) -> None:
        self._options = options
        self._node = node_path
        self._packages = packages
        self._checked: frozenset[Path] | None = None
        self._process = started
        # start_worker has sent "open" as request 1 and "rebuild" as request 2
        self._waiting: int | None = 2 if started else None
        self._last = BuildResult(b"")
        self._early_css: bytes | None = None
        self._lock = asyncio.Lock()
        self._stoppable = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Return the worker's process id; None when it does not run."""
        return self._process.pid if self._process else None

    async def rebuild(self, changed: Sequence[Path] = (), *, stoppable: bool = False) -> BuildResult:
        """Build from the files as they are now; a partial result without `hot` when it was stopped."""
        async with self._lock:
            self._stoppable = stoppable
            try:
                return await asyncio.to_thread(self._build, "", changed)
            except WorkerLostError as error:
                notice = _(f"The build worker stopped ({error}) and was started again.")
                self._drop()
            finally:
                self._stoppable = False
            try:
                return await asyncio.to_thread(self._build, notice)
            except WorkerLostError as error:
                self._drop()
                text = _(f"The build worker stopped twice: {error}.")
                raise BuildError([Diagnostic(text, stage="devkit", hint=_("Run with --debug."))]) from error

    async def look(self) -> tuple[Diagnostic, ...] | None:
        """Return what the browsers of the target lack of the last build; None when it was stopped."""
        async with self._lock:
            if self._process is None or self._waiting is not None:
                return None
            self._stoppable = True
            try:
                head = (await asyncio.to_thread(self._process.receive, self._process.look())).head
            except WorkerLostError:
                self._drop()  # the next build starts another worker, and says so
                return None
            finally:
                self._stoppable = False
        return None if head.get("stopped") else tuple(map(diagnostic, head.get("warnings", ())))

    def stop(self) -> None:
        """Let `look`, or a build that can be stopped, give up."""
        if self._stoppable and self._process is not None:
            with contextlib.suppress(WorkerLostError):
                self._process.stop()

    async def reopen(self, options: BuildOptions | None = None) -> None:
        """Let the next rebuild read the project's configuration again."""
        async with self._lock:
            self._options = options or self._options
            if self._process is not None:
                self._waiting = None
                try:
                    self._process.open(self._options.wire())
                except WorkerLostError:
                    self._drop()

    async def aclose(self) -> None:
        """End the worker."""
        self._closed = True
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(process.close)

    def _drop(self) -> None:
        process, self._process, self._waiting = self._process, None, None
        self._last, self._early_css = BuildResult(b""), None
        if process is not None:
            process.kill()

    def _build(self, notice: str, changed: Sequence[Path] = ()) -> BuildResult:
        """Ask for a build and wait for it; runs in a thread."""
        if self._closed:
            raise WorkerLostError(_("the engine is closed"))
        if self._process is None:
            self._process = WorkerProcess(self._node, self._packages, self._options.project)
            self._process.open(self._options.wire())
        request, self._waiting = self._waiting or self._process.rebuild(changed), None
        began = time.perf_counter()
        reply = self._process.receive(request)
        return self._take(reply, notice, (time.perf_counter() - began) * 1000)

    def _take(self, reply: Reply, notice: str, waited: float) -> BuildResult:
        head = reply.head
        summary = _(head["found"]["summary"]) if "found" in head else ""
        if head.get("errors"):
            raise build_error(head["errors"])
        if head.get("stopped"):
            return replace(self._last, hot=b"", partial=True)
        if head.get("partial"):
            ms = float(head.get("ms", waited))
            self._early_css = reply.parts.get("css", self._early_css)
            css = self._last.css if self._early_css is None else self._early_css
            return replace(self._last, hot=reply.parts["hot"], css=css, ms=ms, notice=notice, partial=True)
        self._early_css = None
        kept = {name: getattr(self._last, name) for name in head.get("same", ())}
        inputs = frozenset(map(Path, head["inputs"])) if "inputs" in head else self._last.inputs
        self._last = BuildResult(
            **{name: reply.parts.get(name, kept.get(name, b"")) for name in PARTS},
            inputs=inputs,
            warnings=tuple(diagnostic(message) for message in head.get("warnings", ())),
            ms=float(head.get("ms", waited)),
            notice="\n".join(filter(None, (notice, summary))),
            why=head.get("why", ""),
        )
        if inputs is not self._checked:
            check_inputs(self._options.project, inputs, self._packages)
            self._checked = inputs
        return self._last
