"""The configuration files of other build tools in a project, and which of them are code that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# {tool: names of its file, the first that is there}, as each tool looks for them.
_SCRIPTS = (".js", ".ts", ".mjs", ".cjs", ".mts", ".cts")
TOOLS: dict[str, tuple[str, ...]] = {
    "vite": tuple(f"vite.config{suffix}" for suffix in _SCRIPTS),
    "webpack": (
        *(f"webpack.config{suffix}" for suffix in _SCRIPTS),
        *(f"{folder}/webpack.{name}.js" for folder in ("build", "config", "webpack", "scripts", ".")
          for name in ("config", "config.prod", "prod", "prod.conf", "base", "base.conf", "common")),
    ),
    "craco": tuple(f"craco.config{suffix}" for suffix in (".js", ".ts", ".cjs")),
    "vue": tuple(f"vue.config{suffix}" for suffix in (".js", ".cjs", ".mjs", ".ts")),
    "umi": (".umirc.ts", ".umirc.js", "config/config.ts", "config/config.js"),
    "customize-cra": ("config-overrides.js",),
    "babel": (*(f"babel.config{suffix}" for suffix in (".js", ".cjs", ".mjs", ".json")), ".babelrc",
              ".babelrc.js", ".babelrc.json"),
}  # fmt: skip
POSTCSS = (
    *(f"postcss.config{suffix}" for suffix in (".js", ".cjs", ".mjs")), ".postcssrc.js", ".postcssrc.cjs",
)  # fmt: skip


@dataclass(frozen=True)
class ProjectCode:
    """A file of the project that runs on this computer, and what for."""

    file: Path
    reason: str


def configuration_files(project: Path) -> dict[str, Path]:
    """Return {tool: its configuration file} of what the project has."""
    found: dict[str, Path] = {}
    for tool, names in TOOLS.items():
        for name in names:
            if (project / name).is_file():
                found[tool] = project / name
                break
    return found


def project_code(project: Path, *, migrate: bool = False) -> tuple[ProjectCode, ...]:
    """Return the configuration files that a build runs; with migrate those that `devkit migrate` runs, too.

    Everything else is read without running it.
    """
    code = [
        ProjectCode(project / name, "PostCSS plugins of the build")
        for name in POSTCSS
        if (project / name).is_file()
    ]
    if migrate:
        files = configuration_files(project)
        code += [ProjectCode(file, f"settings of {tool}") for tool, file in files.items() if tool != "babel"]
    return tuple(code)
