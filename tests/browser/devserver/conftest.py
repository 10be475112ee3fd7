from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.devserver.harness import Run, make_project, running


@pytest.fixture(scope="module")
async def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small React panel; tests leave it as they found it, or edit what no other looks at."""
    return make_project(tmp_path_factory.mktemp("devserver") / "panel")


@pytest.fixture(scope="module")
async def dev(project: Path) -> AsyncIterator[Run]:
    """`devkit dev` on that panel."""
    async with running(project, "dev", "--no-proxy") as run:
        yield run
