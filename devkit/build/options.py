"""What one build is asked to do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devkit.build.env import load_env
from devkit.build.messages import WorkerOptions
from devkit.errors import BuildError, Diagnostic
from devkit.settings import Settings

ENTRY_STEMS = ("index", "app", "main", "App")
ENTRY_SUFFIXES = (".jsx", ".tsx", ".js", ".ts", ".mjs")
ENTRY_FOLDERS = ("src", ".")
SETTING_NAMES = (
    "target",
    "engine",
    "react",
    "format",
    "global_name",
    "px_to_viewport",
    "less_math",
    "inline_limit",
    "env_prefix",
    "alias",
    "define",
)


@dataclass(frozen=True)
class BuildOptions:
    """A build of one project; the fields that SETTINGS has mean the same there."""

    project: Path
    entry: Path
    mode: str = "development"
    target: str = "es2017,ios12,chrome70"
    engine: str = "auto"
    react: str = "host"
    format: str = "iife"
    global_name: str = ""
    px_to_viewport: int = 0
    less_math: str = "always"
    inline_limit: int = 65536
    env_prefix: str = "PANEL_"
    sourcemap: bool = True
    alias: Mapping[str, str] = field(default_factory=dict)
    define: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Settings, mode: str = "development") -> BuildOptions:
        """Return the options of a settings object; mode is "development" or "production".

        Errors: BuildError when no entry module is found.
        """
        values = {name: getattr(settings, name) for name in SETTING_NAMES}
        given = settings.entry if "entry" in settings.given else None
        return cls(
            project=settings.project,
            entry=find_entry(settings.project, given),
            mode=mode,
            sourcemap=settings.sourcemap and mode == "development",
            **values,
        )

    def replace(self, **changes: Any) -> BuildOptions:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def wire(self) -> WorkerOptions:
        """Return what the worker is sent; .env files are read now."""
        return {
            "project": str(self.project),
            "entry": str(self.entry),
            "mode": self.mode,
            "target": self.target,
            "react": self.react,
            "format": self.format,
            "global_name": self.global_name,
            "px_to_viewport": self.px_to_viewport,
            "less_math": self.less_math,
            "inline_limit": self.inline_limit,
            "sourcemap": self.sourcemap,
            "alias": dict(self.alias),
            "define": dict(self.define),
            "env": load_env(self.project, self.mode, self.env_prefix),
        }


def find_entry(project: Path, given: Path | None = None) -> Path:
    """Return the absolute entry module: the given one, package.json "source", or the usual name in src/.

    Errors: BuildError that names what was looked for.
    """
    if given is not None and given != Path():
        file = (project / given).resolve()
        if file.is_file():
            return file
        raise _no_entry(f"The entry module {given} does not exist in {project}.")
    source = _package_source(project)
    if source is not None:
        return source
    for folder in ENTRY_FOLDERS:
        for stem in ENTRY_STEMS:
            for suffix in ENTRY_SUFFIXES:
                file = project / folder / f"{stem}{suffix}"
                if file.is_file():
                    return file.resolve()
    looked = f"src/{{{','.join(ENTRY_STEMS[:3])}}}.{{{','.join(s[1:] for s in ENTRY_SUFFIXES[:4])}}}"
    raise _no_entry(f"No entry module: {project} has none of {looked}.")


def _package_source(project: Path) -> Path | None:
    """Return package.json's "source" when it names a script file of the project."""
    try:
        source = json.loads((project / "package.json").read_text("utf-8")).get("source")
    except (OSError, ValueError, AttributeError):
        return None
    if not isinstance(source, str) or Path(source).suffix not in ENTRY_SUFFIXES:
        return None
    file = (project / source).resolve()
    return file if file.is_file() and file.is_relative_to(project) else None


def _no_entry(message: str) -> BuildError:
    hint = 'Create src/index.jsx, or name the module in devkit.toml: entry = "src/main.jsx".'
    return BuildError([Diagnostic(message, hint=hint, stage="devkit")])
