"""Take over what a project's webpack, Vite, umi and Babel configurations ask for, into devkit.toml."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devkit.build import node, toolchain
from devkit.build.messages import FoundReply, FoundRow, FoundSettings
from devkit.build.options import BuildOptions
from devkit.build.process import WorkerProcess
from devkit.errors import SettingsError, ToolchainError
from devkit.language import _
from devkit.settings import PROJECT_FILE, Settings

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# What devkit.toml says as well, or needs not to: the rest is read from the tool's own file at each build.
WRITTEN = {
    "entry",
    "alias",
    "define",
    "px_to_viewport",
    "less_vars",
    "style_prelude",
    "css_modules",
    "external",
}
TABLES = ("alias", "define", "less_vars", "style_prelude")


@dataclass(frozen=True)
class Migration:
    """What was found; added is what devkit.toml gains, text the whole of it afterwards.

    kept names the files that must stay, since builds go on reading them.
    """

    rows: tuple[FoundRow, ...]
    added: Mapping[str, object]
    text: str
    kept: tuple[str, ...] = ()


def read_configurations(
    settings: Settings, progress: Callable[[str], None] | None = None, *, run: bool = False
) -> FoundReply:
    """Return what the configurations of a project ask for; with run their tools' own loaders run them, too.

    Errors: ToolchainError, WorkerLostError.
    """
    node_path = node.find_node()
    if node_path is None:
        raise ToolchainError(_(f"Node.js {node.OLDEST_NODE} or later was not found."), node.how_to_install())
    packages = toolchain.ensure(node_path, progress)
    found, released = (
        _read(node_path, packages, settings, mode, run=run) for mode in ("development", "production")
    )
    _leave_out_what_differs(found, released, run=run)
    return found


def _read(node_path: str, packages: Path, settings: Settings, mode: str, *, run: bool) -> FoundReply:
    worker = WorkerProcess(node_path, packages, settings.project)
    try:
        options = BuildOptions.from_settings(settings, mode).wire()
        reply = worker.receive(worker.open({**options, "run": run}))
    finally:
        worker.kill()
    nothing: FoundSettings = {"alias": {}, "define": {}, "style_prelude": {}, "less_vars": {}}
    empty: FoundReply = {"rows": [], "settings": nothing, "summary": ""}
    return reply.head.get("found", empty)


def _leave_out_what_differs(found: FoundReply, released: FoundReply, *, run: bool) -> None:
    """Take out what is another in a release: devkit.toml has one value for both."""
    for table, other, what in (
        (found["settings"]["alias"], released["settings"]["alias"], "alias"),
        (found["settings"]["define"], released["settings"]["define"], "define"),
    ):
        for name in [name for name in table if table[name] != other.get(name)]:
            here, there = table.pop(name), other.get(name, _("not set"))
            rows = [
                row for row in found["rows"] if row["what"] == what and row["value"] == f"{name} = {here}"
            ]
            for row in rows:
                row["value"] = _(f"{name} = {here}, in a release {there}")
                row["taken"] = not run
                row["why"] = (
                    _("devkit.toml has one value: let it follow process.env.NODE_ENV.") if run else ""
                )


def plan_migration(settings: Settings, found: FoundReply) -> Migration:
    """Return what devkit.toml becomes; what it says already stays.

    Errors: SettingsError for a devkit.toml that cannot be read.
    """
    file = settings.project / PROJECT_FILE
    try:
        text = file.read_text("utf-8") if file.is_file() else ""
        known = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(_(f"{file}: cannot be read: {error}.")) from error
    added: dict[str, object] = {}
    for name, value in found["settings"].items():
        if name in TABLES and isinstance(value, Mapping):
            fresh = {key: item for key, item in value.items() if key not in known.get(name, {})}
            if fresh:
                added[name] = fresh
        elif name not in known and value:
            added[name] = value
    return Migration(tuple(found["rows"]), added, _with(text, added), _kept(found))


def _kept(found: FoundReply) -> tuple[str, ...]:
    """Return the names of the files of which something taken over has no place in devkit.toml."""
    defined = found["settings"]["define"]
    names = {
        Path(row["file"]).name
        for row in found["rows"]
        if row["taken"]
        and (
            row["what"] not in WRITTEN
            or (row["what"] == "define" and row["value"].split(" = ")[0] not in defined)
        )
    }
    return tuple(sorted(names))


def _with(text: str, added: Mapping[str, object]) -> str:
    """Return a devkit.toml with more in it: single values before its first table, tables behind."""
    first_table = re.search(r"^\[", text, re.MULTILINE)
    at = first_table.start() if first_table else len(text)
    head, tail = text[:at], text[at:]
    single = [f"{name} = {_toml(value)}\n" for name, value in added.items() if name not in TABLES]
    if single:
        head = f"{head.rstrip()}\n{''.join(single)}\n".lstrip("\n")
    for name in TABLES:
        rows = added.get(name)
        if not isinstance(rows, Mapping):
            continue
        lines = "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in rows.items())
        header = re.search(rf"^\[{name}\][^\n]*(?:\n|$)", tail, re.MULTILINE)
        if header:
            tail = f"{tail[: header.end()].rstrip()}\n{lines}{tail[header.end() :]}"
        else:
            tail = f"{tail.rstrip()}\n\n[{name}]\n{lines}".lstrip("\n")
    return head + tail


def _toml(value: object) -> str:
    """Return a value as TOML; texts of JSON are texts of TOML."""
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_key(str(key))} = {_toml(item)}" for key, item in value.items() if item or item == 0
        )
        return f"{{ {inner} }}"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
