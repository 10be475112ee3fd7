"""The npm packages that are fetched when wanted: chii's DevTools, and eruda, a console in the page."""

from __future__ import annotations

from pathlib import Path

from devkit.build import node
from devkit.build.package_set import PackageSet, Progress
from devkit.errors import ToolchainError
from devkit.language import _, marked

_HERE = Path(__file__).parent
CHII = PackageSet("devtools", _HERE / "chii", marked("DevTools (chii)"), "50 MB")
ERUDA = PackageSet("eruda", _HERE / "eruda", marked("console in the page (eruda)"), "2 MB")


def front_end() -> Path:
    """Return the folder of chii's DevTools, or where it will be."""
    return CHII.path() / "node_modules/chii/public/front_end"


def eruda() -> Path:
    """Return eruda's script, or where it will be."""
    return ERUDA.path() / "node_modules/eruda/eruda.js"


def ensure(packages: PackageSet, progress: Progress | None = None) -> Path:
    """Return the folder of CHII or ERUDA; fetch it from npm first when it is not in the cache.

    Errors: ToolchainError.
    """
    if packages.installed():
        return packages.path()
    node_path = node.find_node()
    if node_path is None:
        raise ToolchainError(_(f"The {packages.title} is fetched with npm."), node.how_to_install())
    return packages.ensure(node_path, progress)
