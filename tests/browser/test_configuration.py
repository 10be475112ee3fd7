"""Projects with the configuration of their own tools (tests/data/cases), built and loaded in Chromium."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.errors import BuildError
from tests.helpers.built_cases import built, loaded

if TYPE_CHECKING:
    from playwright.async_api import Browser

TEXT = "document.querySelector('#out').textContent"
WIDTH = "getComputedStyle(document.querySelector('{}')).width"
COLOR = "getComputedStyle(document.querySelector('{}')).color"
VIEWPORT = {"width": 375, "height": 600}

KIT = {
    "package.json": '{"module": "es/index.js", "sideEffects": ["**/*.css"]}',
    "es/index.js": "export { default as Button } from './button'; export { default as List } from './list'",
    "es/button/index.js": "import './b.css'; import { B } from './b'; export default B",
    "es/button/b.js": "import React from 'react'\n"
    "export const B = (p) => <b className={`kit ${p.className}`} />",
    "es/button/b.css": ".kit { display: block; width: 100px }",
    "es/list/index.js": "import './l.css'; export default () => globalThis.list",
    "es/list/l.css": ".list { width: 1px }",
}
ANTD = {f"node_modules/antd-mobile/{name}": text for name, text in KIT.items()}
PLUGIN = """
module.exports = ({ viewportWidth }) => ({ postcssPlugin: 'px', Declaration(d) {
  d.value = d.value.replace(/([0-9]+)px/g, (_, n) => `${n * 100 / viewportWidth}vw`) } })
module.exports.postcss = true
"""
PX = {
    "node_modules/postcss-px-to-viewport/index.js": PLUGIN,
    "node_modules/dialog-polyfill/dist/dialog-polyfill.css": "#app { width: 300px }",
}
STYLED = {"node_modules/styled-components/index.js": "export default { b: () => 'b' }"}
WEBPACK = """const path = require('path')
throw new Error('a build does not run this')
module.exports = { entry: './code/start.js', resolve: { alias: { '@': path.resolve(__dirname, 'code') } },
  module: { rules: [{ use: [{ loader: 'css-loader', options: { modules: true } }, 'less-loader'] }] } }"""
OWN = {
    "webpack.config.js": WEBPACK,
    "code/start.js": "import s from '@/a.less'; document.getElementById('app').innerHTML = "
    "`<h1 id=out class=${s.title}>ok</h1>`",
    "code/a.less": '@import "~@/vars.less"; .title { color: @c }',
    "code/vars.less": "@c: rgb(1, 2, 3);",
    "src/index.js": "throw new Error('the configuration names another entry')",
}

# {name: (case, files beside it, what to look at, what it has to be)}
WORKS = {
    "an alias as README has it": ("aliasplain", {}, TEXT, "5"),
    "paths of tsconfig in LESS": ("lessalias", {}, WIDTH.format("h1"), "3px"),
    "main.jsx before App.jsx": ("vitecase", {}, TEXT, "app"),
    "a function of PostCSS for each file": ("pcfile", PX, WIDTH.format("h1"), "150px"),
    "the same for a package": ("pcfile", PX, WIDTH.format("#app"), "300px"),
    "px of the panel": ("antd-px", ANTD, WIDTH.format(".mine"), "150px"),
    "styles of what is used": ("antd1", ANTD, WIDTH.format(".kit"), "100px"),
    "CSS modules by setting": ("cssmod", {"devkit.toml": 'css_modules = "named"'}, COLOR.format("#out"),
                               "rgb(255, 0, 0)"),
    "what webpack.config.js says": ("", OWN, COLOR.format("#out"), "rgb(1, 2, 3)"),
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize("mode", ["development", "production"])
@pytest.mark.parametrize("name", WORKS)
async def test_it_works(name: str, mode: str, tmp_path: Path, browser: "Browser") -> None:
    case, files, look, wanted = WORKS[name]
    result = await built(case, tmp_path / "panel", mode, files=files)
    assert not result.warnings
    page = await browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
    try:
        errors = await loaded(page, result)
        assert errors == []
        assert await page.evaluate(look) == wanted
    finally:
        await page.close()


@pytest.mark.node
async def test_styles_of_what_is_not_used_do_not_ship(tmp_path: Path) -> None:
    result = await built("antd1", tmp_path / "panel", "production", files=ANTD)
    assert (b".kit" in result.css, b".list" in result.css) == (True, False)


@pytest.mark.node
@pytest.mark.parametrize(
    ("case", "files", "place", "words"),
    [
        ("cssmod", {}, "index.jsx:3:1", "css_modules"),
        ("styled", STYLED, "index.jsx:3:1", "40vw"),
    ],
)
async def test_it_is_said(case: str, files: dict[str, str], place: str, words: str, tmp_path: Path) -> None:
    found = (await built(case, tmp_path / "panel", "production", files=files)).warnings
    assert [f"{Path(item.file).name}:{item.line}:{item.column}" for item in found] == [place]
    assert words in found[0].hint


@pytest.mark.node
@pytest.mark.parametrize("version", ["", "2.7.16"])
async def test_vue_2_is_said_installed_or_not(version: str, tmp_path: Path) -> None:
    vue = {"package.json": f'{{"version": "{version}", "main": "i.js"}}', "i.js": "export default class {}"}
    files = {f"node_modules/vue/{name}": text for name, text in vue.items()} if version else {}
    with pytest.raises(BuildError, match=r"devkit compiles (components of )?Vue 3") as caught:
        await built("vue2", tmp_path / "panel", "production", files=files)
    assert "npm install" not in str(caught.value)
    assert len(caught.value.diagnostics) == 1
    assert caught.value.diagnostics[0].line


@pytest.mark.node
async def test_what_was_found_is_told_once(tmp_path: Path) -> None:
    result = await built("", tmp_path / "panel", "development", files=OWN)
    assert result.notice.startswith("Read webpack.config.js: entry, alias, css_modules")
