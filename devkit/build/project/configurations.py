"""The configuration files of other build tools in a project, and which of them are code that runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from devkit.language import _

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
# Tools whose own loader `devkit migrate --run` asks.
RUN = ("vite", "webpack", "vue")
POSTCSS = (
    *(f"postcss.config{suffix}" for suffix in (".js", ".cjs", ".mjs", ".json")),
    ".postcssrc", ".postcssrc.json", ".postcssrc.js", ".postcssrc.cjs",
)  # fmt: skip
# Packages that a build takes from the project where it has them (devkit/build/worker/tools.mjs).
BUILD_TOOLS = ("esbuild", "less", "sass", "postcss", "autoprefixer", "@vue/compiler-sfc", "typescript", "pug")


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
    """Return what a build runs of a project; with migrate what `devkit migrate --run` runs, too.

    A PostCSS configuration that is data names plugins, which run. Everything else is read, never run.
    """
    styles = [project / name for name in POSTCSS if (project / name).is_file()]
    if not styles and _names_postcss(project / "package.json"):
        styles.append(project / "package.json")
    above = (project, *project.parents)  # Node looks for packages in all of them
    tools = [folder / "node_modules" / name for name in BUILD_TOOLS for folder in above]
    code = [ProjectCode(file, _("PostCSS plugins of the build")) for file in styles]
    code += [
        ProjectCode(folder, _("build tool of its own"))
        for folder in tools
        if (folder / "package.json").is_file()
    ]
    files = configuration_files(project)
    if any((project / "node_modules").glob("postcss-*")):
        named = [file for tool, file in files.items() if tool != "babel"]
        code += [ProjectCode(file, _("PostCSS plugins of the build")) for file in named]
    if migrate:
        code += [ProjectCode(file, _(f"settings of {tool}")) for tool, file in files.items() if tool in RUN]
    return tuple(code)


def _names_postcss(manifest: Path) -> bool:
    try:
        return bool(json.loads(manifest.read_text("utf-8-sig")).get("postcss"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return False  # the build says what is wrong with it
