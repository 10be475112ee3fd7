"""Build hook: compile the page-side TypeScript, so that a wheel needs no Node to serve it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = Path(__file__).parent / "devkit" / "sdk" / "client"


class ClientBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Run npm ci and the client's build script."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the result is there: in an sdist, or from make in an editable checkout."""
        from_sdist = not (CLIENT / "src").is_dir() and (CLIENT / "dist").is_dir()
        from_make = version == "editable" and (CLIENT / "dist" / ".built").is_file()
        if from_sdist or from_make:
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("Building h5-devkit from a checkout needs Node 18 or later with npm on PATH.")
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=CLIENT,
            check=True,
        )
        subprocess.run([npm, "run", "--silent", "build"], cwd=CLIENT, check=True)
