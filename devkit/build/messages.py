"""What goes between Python and the build worker: requests one way, replies the other, each one JSON line.

The worker's declarations (worker/messages.generated.d.ts) are generated from here:
`python -m devkit.build.generate`. The bytes of a reply's parts follow its line, in order.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

PartName = Literal["js", "css", "js_map", "css_map", "hot"]


class PxRules(TypedDict):
    """Which styles px_to_viewport rewrites: {package: width it is written for}, and patterns of files."""

    packages: dict[str, int]
    exclude: list[str]
    include: list[str]


class WorkerOptions(TypedDict):
    """One build; paths are absolute, settings mean what they mean in devkit.toml.

    guessed: entry, "" when there is none, gives way to what the project's own configuration says.
    configurations: {tool: its file} that are read for what `given`, the names of settings, leaves open; with
    run the tools' own loaders run them, too. said: warnings of what was read before, for each build.
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
    hot: bool
    alias: dict[str, str]
    define: dict[str, str]
    css_modules: str
    less_vars: dict[str, str]
    style_prelude: dict[str, str]
    configurations: dict[str, str]
    given: list[str]
    run: bool
    trusted: bool
    env: dict[str, str]
    said: list[Message]


class FoundRow(TypedDict):
    """One thing that a project's configuration asks for; why is the way out when it is not taken over."""

    tool: str
    file: str
    line: int
    what: str
    value: str
    taken: bool
    why: str


class FoundSettings(TypedDict):
    """What is taken over, as devkit.toml would have it."""

    alias: dict[str, str]
    define: dict[str, str]
    style_prelude: dict[str, str]
    less_vars: dict[str, str]
    entry: NotRequired[str]
    css_modules: NotRequired[str]
    px_to_viewport: NotRequired[FoundPx]


class FoundPx(TypedDict):
    """px_to_viewport as a table."""

    width: int
    packages: dict[str, int]
    exclude: list[str]
    include: list[str]


class OpenRequest(TypedDict):
    """Read the project's configuration; the reply has what was found in it."""

    id: int
    op: Literal["open"]
    options: WorkerOptions


class RebuildRequest(TypedDict):
    """Build from the files as they are now.

    changed: files that open pages wait for; nothing else has changed since the last reply. Where that is
    enough, the reply is partial: the modules that pages run anew, before the bundle.
    """

    id: int
    op: Literal["rebuild"]
    changed: NotRequired[list[str]]


class LookRequest(TypedDict):
    """Look at the last build for what the target lacks; the reply has warnings, or was stopped."""

    id: int
    op: Literal["look"]


class StopRequest(TypedDict):
    """Stop a look; there is no reply."""

    id: int
    op: Literal["stop"]


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
    """What the checks of a release need: [file, bytes in the output] and [import, its file].

    imports: of packages by the project's own code, [name, its files, bytes that it brings, bytes that go with
    it].
    """

    modules: NotRequired[list[tuple[str, int]]]
    external: NotRequired[list[tuple[str, str]]]
    imports: NotRequired[list[tuple[str, list[str], int, int]]]


class FoundReply(TypedDict):
    """What reading the configurations gave; summary is one line."""

    rows: list[FoundRow]
    settings: FoundSettings
    summary: str


class ReplyHead(ReleaseDetails):
    """Errors, or a build: parts are [name, bytes that follow]; same names those that have not changed.

    inputs is left out when it is what the last reply said. why tells why open pages start the panel again,
    where there is no part "hot" with the modules that they run anew. ms is the time of esbuild alone.
    """

    id: int
    parts: list[tuple[PartName, int]]
    same: NotRequired[list[PartName]]
    inputs: NotRequired[list[str]]
    warnings: NotRequired[list[Message]]
    errors: NotRequired[list[Message]]
    ms: NotRequired[float]
    found: NotRequired[FoundReply]
    why: NotRequired[str]
    stopped: NotRequired[bool]
    partial: NotRequired[bool]
