from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from devkit.build import BuildOptions, BuildResult, open_engine
from devkit.build.engine import Engine
from devkit.settings import load_settings

Build = Callable[..., Awaitable[BuildResult]]


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def options(folder: Path, mode: str = "development", **settings: Any) -> BuildOptions:
    return BuildOptions.from_settings(load_settings(folder, settings, environ={}), mode)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "panel"
    folder.mkdir()
    return folder


@pytest.fixture
async def opened(project: Path) -> AsyncIterator[Callable[..., Awaitable[Engine]]]:
    """Write files, open an engine on them, and close it after the test."""
    engines: list[Engine] = []

    async def make(files: dict[str, str | bytes], mode: str = "development", **settings: Any) -> Engine:
        write(project, files)
        engines.append(await open_engine(options(project, mode, **settings)))
        return engines[-1]

    yield make
    for engine in engines:
        await engine.aclose()


@pytest.fixture
def build(opened: Callable[..., Awaitable[Engine]]) -> Build:
    """Write files and build them once."""

    async def run(files: dict[str, str | bytes], mode: str = "development", **settings: Any) -> BuildResult:
        engine = await opened(files, mode, **settings)
        return await engine.rebuild()

    return run
