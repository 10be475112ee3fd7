"""Bundle a panel: engines, the watching builder and releases. Names are imported when first used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.build.builder import Builder as Builder
    from devkit.build.builder import BuildEvent as BuildEvent
    from devkit.build.builder import Built as Built
    from devkit.build.builder import Failed as Failed
    from devkit.build.builder import Updated as Updated
    from devkit.build.engine import Engine as Engine
    from devkit.build.engine import open_engine as open_engine
    from devkit.build.engine import start_worker as start_worker
    from devkit.build.options import BuildOptions as BuildOptions
    from devkit.build.release import Release as Release
    from devkit.build.release import build_release as build_release
    from devkit.build.result import BuildResult as BuildResult

_HOMES = {
    "BuildEvent": "builder",
    "Builder": "builder",
    "Built": "builder",
    "Failed": "builder",
    "Updated": "builder",
    "Engine": "engine",
    "open_engine": "engine",
    "start_worker": "engine",
    "BuildOptions": "options",
    "Release": "release",
    "build_release": "release",
    "BuildResult": "result",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module: a release must not pay for asyncio."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"devkit.build.{_HOMES[name]}"), name)
