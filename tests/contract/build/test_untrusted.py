"""The build of a project that nobody trusts runs none of its code, and takes nothing from outside."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from devkit.build.engine import Engine
from devkit.build.release import build_release
from devkit.errors import BuildError
from devkit.settings import load_settings
from devkit.trust import trust
from tests.contract.build.conftest import Build

pytestmark = pytest.mark.node
PLUGIN = "require('fs').writeFileSync('RAN', '')"


@pytest.fixture(autouse=True)
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    for name in ("CI", "DEVKIT_TRUST"):
        monkeypatch.delenv(name, raising=False)
    (secret := tmp_path / "secret.json").write_text('{"token": "s3cretvalue"}')
    return secret


@pytest.mark.parametrize(
    "style",
    ['@plugin "./plugin.js"; .a { top: 0 }', ".a { top: `this.constructor.constructor('return 1')()` }"],
)
async def test_less_runs_no_code_unless_the_project_is_trusted(
    build: Build, project: Path, style: str
) -> None:
    plugin = PLUGIN.replace("RAN", (project / "ran").as_posix())
    files: dict[str, str | bytes] = {
        "src/index.js": "import './a.less'", "src/a.less": style, "src/plugin.js": plugin,
    }  # fmt: skip
    with pytest.raises(BuildError) as caught:
        await build(files)
    assert "--trust" in caught.value.diagnostics[0].hint
    assert not (project / "ran").exists()
    trust(project)
    assert b".a" in (await build(files)).css
    assert (project / "ran").exists() is style.startswith("@plugin")


@pytest.mark.parametrize("way", ["path", "raw", "link", "style"])
async def test_no_file_of_this_computer_becomes_a_part_of_the_panel(
    opened: Callable[..., Awaitable[Engine]], project: Path, stranger: Path, way: str
) -> None:
    (project / "src").mkdir()
    (project / "src" / "link.json").symlink_to(stranger)
    named = {"path": stranger, "raw": f"{stranger}?raw", "link": "./link.json", "style": "./a.css"}[way]
    engine = await opened(
        {
            "src/index.js": f"import found from '{named}'; window.found = found",
            "src/a.css": f".a {{ background: url('{stranger}') }}",
        }
    )
    for _ in range(2):  # the worker tells its inputs once
        with pytest.raises(BuildError, match=r"outside the project|loader|Could not resolve"):
            await engine.rebuild()
    settings = load_settings(project, environ={})
    with pytest.raises(BuildError):
        build_release(settings)
    assert not list(project.glob("dist/*"))
