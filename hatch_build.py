"""Build hook: compile the page-side TypeScript, so that a wheel needs no Node to serve it, and pack files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
CLIENT = ROOT / "devkit" / "sdk" / "client"
TEMPLATES = ROOT / "templates"
WORKER = CLIENT / "dist" / "worker"
CONSOLE = ROOT / "devkit" / "devserver" / "client" / "dist" / "console.js"


class ClientBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Run npm ci and the client's build script; put what is packed into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the result is there: in an sdist, or from make in an editable checkout."""
        from_sdist = (ROOT / "PKG-INFO").is_file() and WORKER.is_dir() and CONSOLE.is_file()
        from_make = version == "editable" and (CLIENT / "dist" / ".built").is_file()
        if not from_sdist and not from_make:
            compile_client()
        if self.target_name == "wheel" and version != "editable":
            self._folder = tempfile.TemporaryDirectory()
            packed = Path(self._folder.name) / "templates.zip"
            pack(TEMPLATES, packed)
            build_data["force_include"] |= {
                str(WORKER): "devkit/build/worker",
                str(packed): "devkit/_data/templates.zip",
            }

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was packed."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def compile_client() -> None:
    """Run npm ci and the build script."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("Building h5-devkit from a checkout needs Node 18 or later with npm on PATH.")
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=CLIENT,
        check=True,
    )
    subprocess.run([npm, "run", "--silent", "build"], cwd=CLIENT, check=True)


def pack(folder: Path, archive: Path) -> None:
    """Store a folder's files; the wheel compresses them as one, to half of what each by itself takes.

    Those that are alike stand together, and the same files make the same archive.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(files, key=lambda path: (path.suffix, path.name, path.as_posix())):
            packed.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
