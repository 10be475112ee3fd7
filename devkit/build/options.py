"""What one build is asked to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devkit.build.env import load_env
from devkit.build.messages import WorkerOptions
from devkit.build.project.configurations import configuration_files
from devkit.build.project.entry import entry_of
from devkit.design import PxToViewport
from devkit.settings import Settings
from devkit.trust import runs_freely

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
    "css_modules",
    "less_vars",
    "style_prelude",
)
REBUILT = frozenset({*SETTING_NAMES, "entry", "sourcemap"} - {"engine"})
"""Settings that a running build can take: the next rebuild is by them."""


@dataclass(frozen=True)
class BuildOptions:
    """A build of one project; the fields that SETTINGS has mean the same there.

    guessed: entry gives way to what the project's webpack or Vite configuration says.
    """

    project: Path
    entry: Path
    guessed: bool = False
    mode: str = "development"
    target: str = "es2017,ios12,chrome70"
    engine: str = "auto"
    react: str = "host"
    format: str = "iife"
    global_name: str = ""
    px_to_viewport: PxToViewport = field(default_factory=PxToViewport)
    less_math: str = "always"
    inline_limit: int = 65536
    env_prefix: str = "PANEL_"
    sourcemap: bool = True
    hot: bool = False
    alias: Mapping[str, str] = field(default_factory=dict)
    define: Mapping[str, str] = field(default_factory=dict)
    css_modules: str = "auto"
    less_vars: Mapping[str, str] = field(default_factory=dict)
    style_prelude: Mapping[str, str] = field(default_factory=dict)
    read_configurations: bool = True
    given: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, settings: Settings, mode: str = "development") -> BuildOptions:
        """Return the options of a settings object; mode is "development" or "production".

        Errors: BuildError when no entry module is found.
        """
        values = {name: getattr(settings, name) for name in SETTING_NAMES}
        given = settings.entry if "entry" in settings.given else None
        entry, guessed = entry_of(settings.project, given)
        return cls(
            project=settings.project,
            entry=entry,
            guessed=guessed,
            read_configurations=settings.read_configurations,
            given=settings.given,
            mode=mode,
            sourcemap=settings.sourcemap and mode == "development",
            **values,
        )

    def _configurations(self) -> dict[str, str]:
        if not self.read_configurations:
            return {}
        return {tool: str(file) for tool, file in configuration_files(self.project).items()}

    def replace(self, **changes: Any) -> BuildOptions:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def wire(self) -> WorkerOptions:
        """Return what the worker is sent; .env files are read now."""
        env, said = load_env(self.project, self.mode, self.env_prefix, trusted=runs_freely(self.project))
        return {
            "project": str(self.project),
            "entry": str(self.entry) if self.entry != Path() else "",
            "guessed": self.guessed,
            "mode": self.mode,
            "target": self.target,
            "react": self.react,
            "format": self.format,
            "global_name": self.global_name,
            "px_to_viewport": self.px_to_viewport.width,
            "px_rules": {
                "packages": self.px_to_viewport.all_packages(),
                "exclude": list(self.px_to_viewport.exclude),
                "include": list(self.px_to_viewport.include),
            },
            "less_math": self.less_math,
            "inline_limit": self.inline_limit,
            "sourcemap": self.sourcemap,
            "hot": self.hot,
            "alias": dict(self.alias),
            "define": dict(self.define),
            "css_modules": self.css_modules,
            "less_vars": dict(self.less_vars),
            "style_prelude": dict(self.style_prelude),
            "configurations": self._configurations(),
            "given": sorted(self.given),
            "run": False,
            "trusted": runs_freely(self.project),
            "env": env,
            "said": said,
        }
