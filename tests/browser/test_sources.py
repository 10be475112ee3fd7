"""Panels as users of webpack, Vite and CRA have them (tests/data/cases), built and loaded in Chromium."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.build import BuildOptions, open_engine
from devkit.errors import BuildError, Diagnostic
from devkit.settings import load_settings
from tests.helpers.built_cases import built, loaded
from tests.helpers.packages import node_modules

if TYPE_CHECKING:
    from playwright.async_api import Browser

TEXT = "document.querySelector('#out').textContent"
WIDTH = "document.querySelector('#out svg').getAttribute('width')"
LOADED = "document.querySelector('#out img').naturalWidth"
COLORS = "['#out', '#out b'].map((one) => getComputedStyle(document.querySelector(one)).color).join(' ')"

# {case: (what to look at, what it has to be)}
WORKS = {
    "reqctx": ("document.querySelector('#app h1').textContent", "hello"),
    "dyn": (f"{TEXT} + window.dynOk", "lazytrue"),
    "viteglob": (TEXT, "./pages/A.jsx"),
    "viteurl": (LOADED, 8),
    "worker-query": (TEXT, "sum 21"),
    "worker-loader": (TEXT, "function"),
    "worker-rule": (TEXT, "sum 6 shared 5"),
    "svgr-query": (WIDTH, "20"),
    "svgr-default": (WIDTH, "20"),
    "svgr-named": (WIDTH, "20"),
    "decor-js": (TEXT, "logged lamp"),
    "emotion": (COLORS, "rgb(1, 2, 3) rgb(4, 5, 6)"),
    "viteenv": (TEXT, "livingroom|{mode}|{release}|./|raw text|data:image"),
    "yaml": (TEXT, "lamp"),
    "unusedasset": (LOADED, 8),
}
# {case: (place, part of what is said)}
SAID = {
    "svelte": ("main.js:1:17", "Svelte"),
    "stylus": ("index.jsx:3:8", "Stylus"),
    "csspublic": ("a.css:1:18", "no file in a release"),
}
NEEDS_PACKAGES = {"emotion"}


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize("mode", ["development", "production"])
@pytest.mark.parametrize("name", WORKS)
async def test_it_works(name: str, mode: str, tmp_path: Path, browser: "Browser") -> None:
    look, wanted = WORKS[name]
    if isinstance(wanted, str):
        wanted = wanted.format(mode=mode, release=str(mode == "production").lower())
    result = await built(
        name, tmp_path / name, mode, packages=node_modules() if name in NEEDS_PACKAGES else None
    )
    assert not result.warnings
    page = await browser.new_page()
    try:
        errors = await loaded(page, result)
        seen = f"() => {{ try {{ return ({look}) === wanted ? true : null }} catch {{ return null }} }}"
        await page.wait_for_function(seen.replace("wanted", repr(wanted)), timeout=10_000)
        assert errors == []
    finally:
        await page.close()


AUTOMATIC = """import { useState, version } from 'react'
import { render } from 'react-dom'

const Part = ({ name, ...rest }) => <b {...rest} key={name}>{name}</b>
function App() {
  const [names] = useState(['a', 'b'])
  return <><p id="out">{names.map((name) => <Part key={name} name={name} />)}</p><i>{version}</i></>
}
render(<App />, document.getElementById('app'))
"""


@pytest.mark.browser
@pytest.mark.node
async def test_a_project_with_react_17_needs_no_import_for_jsx(tmp_path: Path, browser: "Browser") -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.jsx").write_text(AUTOMATIC, "utf-8")
    (tmp_path / "package.json").write_text('{"dependencies": {"react": "17", "react-dom": "17"}}', "utf-8")
    (tmp_path / "node_modules").symlink_to(node_modules())
    settings = load_settings(tmp_path, {"react": "bundle"}, environ={})
    engine = await open_engine(BuildOptions.from_settings(settings, "production"))
    try:
        result = await engine.rebuild()
    finally:
        await engine.aclose()
    page = await browser.new_page()
    try:
        errors = await loaded(page, result)
        await page.wait_for_function("document.querySelector('#app i')?.textContent.startsWith('17.')")
        assert await page.evaluate(TEXT) == "ab"
        assert errors == []
    finally:
        await page.close()


def place(found: Diagnostic) -> str:
    return f"{Path(found.file).name}:{found.line}:{found.column}"


@pytest.mark.node
@pytest.mark.parametrize("mode", ["development", "production"])
@pytest.mark.parametrize("name", SAID)
async def test_it_is_said(name: str, mode: str, tmp_path: Path) -> None:
    where, words = SAID[name]
    with pytest.raises(BuildError) as caught:
        await built(name, tmp_path / name, mode, packages=node_modules() if name in NEEDS_PACKAGES else None)
    found = caught.value.diagnostics[0]
    assert place(found) == where
    assert words in found.message + found.hint
    assert "npm install" not in found.hint
