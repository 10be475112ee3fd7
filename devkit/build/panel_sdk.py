"""The platform's own panel SDK: an npm package of a fixed version, fetched when a run asks for it."""

from __future__ import annotations

from pathlib import Path

from devkit.build import node
from devkit.build.package_set import PackageSet, Progress
from devkit.errors import ToolchainError
from devkit.language import _

NAME = "qcloud-iotexplorer-h5-panel-sdk"
_PACKAGES = PackageSet("panel-sdk", Path(__file__).parent / "panel_sdk", "platform's panel SDK", "2 MB")


def script() -> Path:
    """Return where the SDK's script is, or will be once it is installed."""
    return _PACKAGES.path() / "node_modules" / NAME / "dist" / "release" / f"{NAME}.js"


def ensure(progress: Progress | None = None) -> Path:
    """Return the SDK's script, and fetch it from npm first when it is not in the cache.

    Errors: ToolchainError.
    """
    if not _PACKAGES.installed():
        node_path = node.find_node()
        if node_path is None:
            raise ToolchainError(
                _(f"The official SDK (npm {NAME}) is fetched with npm."), node.how_to_install()
            )
        _PACKAGES.ensure(node_path, progress)
    file = script()
    if not file.is_file():
        raise ToolchainError(
            _(f"{file} is missing, so the official SDK cannot run."),
            _(f"Delete the folder {_PACKAGES.path()}, and run the command again."),
        )
    return file
