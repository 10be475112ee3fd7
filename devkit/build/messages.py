"""What goes between Python and the build worker: requests one way, replies the other, each one JSON line.

The worker's declarations (worker/messages.generated.d.ts) are generated from here:
`python -m devkit.build.generate`. The bytes of a reply's parts follow its line, in order.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

PartName = Literal["js", "css", "js_map", "css_map"]


class PxRules(TypedDict):
    """Which styles px_to_viewport rewrites: {package: width it is written for}, and patterns of files."""

    packages: dict[str, int]
    exclude: list[str]
    include: list[str]


class WorkerOptions(TypedDict):
    """One build; paths are absolute, settings mean what they mean in devkit.toml.

    guessed: entry, "" when there is none, gives way to what the project's own configuration says.
    """

    project: str
    entry: str
    guessed: bool
    mode: str
    target: str
    react: str
    format: str
    global_name: str
    px_to_viewport: int
    px_rules: PxRules
    less_math: str
    inline_limit: int
    sourcemap: bool
    alias: dict[str, str]
    define: dict[str, str]
    css_modules: str
    env: dict[str, str]


class OpenRequest(TypedDict):
    """Read the project's configuration; the reply has nothing but an id."""

    id: int
    op: Literal["open"]
    options: WorkerOptions


class RebuildRequest(TypedDict):
    """Build from the files as they are now."""

    id: int
    op: Literal["rebuild"]


class Message(TypedDict):
    """An error or a warning of any tool; line and column count from 1, 0 is unknown."""

    text: str
    stage: str
    severity: Literal["error", "warning"]
    file: NotRequired[str]
    line: NotRequired[int]
    column: NotRequired[int]
    hint: NotRequired[str]


class ReleaseDetails(TypedDict):
    """What the checks of a release need: [file, bytes in the output] and [import, file that imports it]."""

    largest: NotRequired[list[tuple[str, int]]]
    external: NotRequired[list[tuple[str, str]]]


class ReplyHead(ReleaseDetails):
    """Errors, or a build: parts are [name, bytes that follow]; same names those that have not changed.

    inputs is left out when it is what the last reply said. ms is the time of esbuild alone.
    """

    id: int
    parts: list[tuple[PartName, int]]
    same: NotRequired[list[PartName]]
    inputs: NotRequired[list[str]]
    warnings: NotRequired[list[Message]]
    errors: NotRequired[list[Message]]
    ms: NotRequired[float]
