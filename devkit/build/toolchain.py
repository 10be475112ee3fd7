"""The npm packages that builds use: installed once into the user's cache folder, then offline."""

from __future__ import annotations

from pathlib import Path

from devkit.build import node
from devkit.build.package_set import PackageSet, Progress, cache_dir

__all__ = ["SHIPPED", "Progress", "cache_dir", "ensure", "fetch", "host_scripts", "installed", "path"]

SHIPPED = Path(__file__).parent / "toolchain"
HOST_SCRIPTS = {
    "development": (
        "react/umd/react.development.js",
        "react-dom/umd/react-dom.development.js",
        "regenerator-runtime/runtime.js",
    ),
    "production": (
        "react/umd/react.production.min.js",
        "react-dom/umd/react-dom.production.min.js",
        "regenerator-runtime/runtime.js",
    ),
}
_PACKAGES = PackageSet("toolchain", SHIPPED, "build toolchain", "90 MB")


def path() -> Path:
    """Return the toolchain's folder, installed or not: its name is the hash of the lock file."""
    return _PACKAGES.path()


def installed() -> bool:
    """Tell whether the toolchain is ready for use."""
    return _PACKAGES.installed()


def host_scripts(mode: str = "development") -> tuple[Path, ...]:
    """Return the React 16, ReactDOM and regeneratorRuntime files of the host page, in load order.

    Empty when the toolchain is not installed, as on a machine without Node.
    """
    files = tuple(path() / "node_modules" / name for name in HOST_SCRIPTS[mode])
    return files if all(file.is_file() for file in files) else ()


def ensure(node_path: str, progress: Progress | None = None) -> Path:
    """Return the toolchain's folder, and install it first when it is missing.

    Errors: ToolchainError with npm's message.
    """
    return _PACKAGES.ensure(node_path, progress)


def fetch(engine: str, progress: Progress) -> None:
    """Install what a build with this engine will want, before whoever builds has no way to tell of it.

    Errors: ToolchainError with npm's message.
    """
    if engine == "esbuild-py" or installed():
        return
    if node_path := node.find_node():
        ensure(node_path, progress)
