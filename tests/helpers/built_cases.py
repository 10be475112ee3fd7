"""Build a case of tests/data/cases as its user's settings say, and load it as the host page does."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.build import BuildOptions, BuildResult, open_engine, toolchain
from devkit.settings import load_settings

if TYPE_CHECKING:
    from playwright.async_api import Page

CASES = Path(__file__).parents[1] / "data" / "cases"
PAGE = "http://panel.localhost/"
BODY = '<style>body { margin: 0 }</style><div id="app"></div>'


async def built(
    case: str,
    folder: Path,
    mode: str,
    *,
    files: Mapping[str, str] | None = None,
    packages: Path | None = None,
) -> BuildResult:
    """Build a copy of a case in folder; "" is one of files alone.

    packages: what its node_modules leads to.
    """
    if case:
        shutil.copytree(CASES / case, folder)
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        if "node_modules" in name:
            package = folder.joinpath(*Path(name).parts[:2], "package.json")
            package.exists() or package.write_text("{}")
    if packages:
        (folder / "node_modules").symlink_to(packages)
    engine = await open_engine(BuildOptions.from_settings(load_settings(folder, {}, environ={}), mode))
    try:
        return await engine.rebuild()
    finally:
        await engine.aclose()


async def loaded(page: "Page", result: BuildResult) -> list[str]:
    """Load a panel, and return the list that errors go to."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    # a page of an origin: about:blank has no shared workers
    await page.route(PAGE, lambda route: route.fulfill(body=BODY, content_type="text/html"))
    await page.goto(PAGE)
    for script in toolchain.host_scripts():
        await page.add_script_tag(path=script)
    await page.evaluate("window.h5PanelSdk = {}")
    if result.css:
        await page.add_style_tag(content=result.css.decode())
    await page.add_script_tag(content=result.js.decode())
    return errors
