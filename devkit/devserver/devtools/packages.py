"""The npm packages: chobitsu, which speaks DevTools' protocol in a page, and chii with its DevTools."""

from __future__ import annotations

from pathlib import Path

from devkit.build import node
from devkit.build.package_set import PackageSet, Progress
from devkit.errors import ToolchainError

_PACKAGES = PackageSet("devtools", Path(__file__).parent / "packages", "DevTools for phones", "50 MB")


def agent() -> Path:
    """Return where the page's agent is, or will be once it is installed."""
    return _PACKAGES.path() / "node_modules/chobitsu/dist/chobitsu.js"


def front_end() -> Path:
    """Return the folder of the front end, or where it will be."""
    return _PACKAGES.path() / "node_modules/chii/public/front_end"


def ensure(progress: Progress | None = None) -> Path:
    """Return the page's agent; fetch both packages from npm first when they are not in the cache.

    Errors: ToolchainError.
    """
    if not _PACKAGES.installed():
        node_path = node.find_node()
        if node_path is None:
            raise ToolchainError("DevTools for phones are fetched with npm.", node.how_to_install())
        _PACKAGES.ensure(node_path, progress)
    return agent()
