"""CSS: LESS, Sass, CSS modules, PostCSS, px to vw, prefixes, and where it all ends up."""

from pathlib import Path

import pytest

from tests.contract.build.conftest import Build

pytestmark = pytest.mark.node


def plain(css: bytes) -> str:
    """Return CSS without comments and white space."""
    import re

    return re.sub(r"/\*.*?\*/|\s", "", css.decode(), flags=re.DOTALL)


async def test_less_3_math_imports_variables_and_packages(build: Build) -> None:
    files = {
        "src/index.js": "import './a.less';",
        "src/a.less": '@import "./sub/vars"; @import "~ui/mixins.less"; @import (css) url(x.css);'
        ".a { width: 30/2px; height: @gap / 2; .ui(); background: url(./i.png) }",
        "src/sub/vars.less": "@gap: 20px; .sub { background: url(j.png) }",
        "src/i.png": b"i",
        "src/sub/j.png": b"j",
        "src/x.css": ".x{top:0}",
        "node_modules/ui/package.json": "{}",
        "node_modules/ui/mixins.less": ".ui() { color: blue }",
    }
    result = await build(files)
    css = plain(result.css)
    assert "width:15px;height:10px;color:blue;background:url(data:image/png" in css.replace('url("', "url(")
    assert css.startswith(".x{top:0;}")
    names = {path.name for path in result.inputs}
    assert names >= {"a.less", "vars.less", "mixins.less", "i.png", "j.png", "x.css"}


async def test_less_math_can_be_the_default_of_less_4(build: Build) -> None:
    files = {"src/index.js": "import './a.less';", "src/a.less": ".a { grid-row: 1/3 }"}
    assert "1/3" in (await build(files, less_math="parens-division")).css.decode().replace(" ", "")


async def test_sass_with_partials_and_packages(build: Build) -> None:
    files = {
        "src/index.js": "import './a.scss'; import './b.sass';",
        "src/a.scss": '@use "sub/theme"; @import "~ui/x"; .a { color: theme.$c; .b & { top: $ui } }',
        "src/sub/_theme.scss": "$c: #123456;",
        "src/b.sass": ".indented\n  top: 1px\n",
        "node_modules/ui/package.json": "{}",
        "node_modules/ui/_x.scss": "$ui: 3px;",
    }
    result = await build(files)
    assert ".a{color:#123456;}.b.a{top:3px;}" in plain(result.css)
    assert ".indented{top:1px;}" in plain(result.css)
    assert {path.name for path in result.inputs} >= {"_theme.scss", "_x.scss"}


@pytest.mark.parametrize("suffix", ["css", "less", "scss"])
async def test_css_modules(build: Build, suffix: str) -> None:
    files = {
        "src/index.js": f"import s, {{ red }} from './a.module.{suffix}'; window.name = s.red + red;",
        f"src/a.module.{suffix}": ".red { color: red } :global(.kept) { top: 0 }",
    }
    result = await build(files)
    name = "a_red" if suffix == "css" else "a_module_red"
    assert f".{name} {{" in result.css.decode()
    assert ".kept" in result.css.decode()
    assert f'"{name}"' in result.js.decode()


async def test_css_that_webpack_takes_lands_in_index_css(build: Build) -> None:
    """require(), CSS @import, bare package paths, and packages that claim to have no side effects."""
    files = {
        "src/index.js": "require('./a.css'); import 'lib/b.css'; import { u } from 'pure'; window.u = u;",
        "src/a.css": "@import './c.css'; @import '~lib/d.css'; .a { top: 0 }",
        "src/c.css": ".c { top: 0 }",
        "node_modules/lib/package.json": "{}",
        "node_modules/lib/b.css": ".b { top: 0 }",
        "node_modules/lib/d.css": ".d { top: 0 }",
        "node_modules/pure/package.json": '{"sideEffects": ["*.css"]}',
        "node_modules/pure/index.js": "import './e.css'; export const u = 1;",
        "node_modules/pure/e.css": ".e { top: 0 }",
    }
    css = plain((await build(files)).css)
    for name in "abcde":
        assert f".{name}{{top:0;}}" in css


async def test_required_css_modules_give_their_names(build: Build) -> None:
    files = {
        "src/index.js": "const s = require('./a.module.less'); window.name = (s.default || s).red;",
        "src/a.module.less": ".red { color: red }",
    }
    result = await build(files)
    assert "a_module_red" in result.js.decode()
    assert "a_module_red" in result.css.decode()


async def test_px_to_viewport(build: Build) -> None:
    files = {
        "src/index.js": "import './a.css'; import './b.less';",
        "src/a.css": ".w-16px{margin:-16px 1px 2PX;background:url(16px.png)}"
        "@media (min-width: 400px){.b{top:calc(100% - 7.5px)}}"
        ".k{top:16px;/* px-to-viewport-ignore */}.n{/* px-to-viewport-ignore-next */top:8px;left:8px}",
        "src/16px.png": b"",
        "src/b.less": "@w: 32px; .c { width: @w / 2 }",
    }
    css = plain((await build(files, px_to_viewport=375)).css)
    assert "margin:-4.26667vw1px2PX" in css
    assert "min-width:400px" in css
    assert "calc(100%-2vw)" in css
    assert ".c{width:4.26667vw;}" in css
    assert ".k{top:16px;}" in css
    assert ".n{top:8px;left:2.13333vw;}" in css


async def test_prefixes_follow_the_target(build: Build) -> None:
    files = {
        "src/index.js": "import './a.css';",
        "src/a.css": ".a{user-select:none;display:flex}.b::placeholder{color:red}",
    }
    modern = plain((await build(files)).css)
    assert "-webkit-user-select:none" in modern
    assert "-webkit-flex" not in modern
    old = plain((await build(files, target="es2015,ios8,chrome30")).css)
    assert "display:-webkit-flex" in old
    assert "::-webkit-input-placeholder" in old


async def test_line_clamp_survives(build: Build) -> None:
    files = {
        "src/index.js": "import './a.less';",
        "src/a.less": ".a{display:-webkit-box;-webkit-box-orient:vertical}",
    }
    for target in ("es2017,ios12", "es2015,ios8"):
        assert "-webkit-box-orient:vertical" in plain((await build(files, target=target)).css)


@pytest.mark.parametrize("name", ["postcss.config.js", "postcss.config.mjs", "package.json"])
async def test_the_projects_postcss_configuration_runs(build: Build, name: str) -> None:
    plugin = "() => ({ postcssPlugin: 'up', Declaration(d) { if (d.value === 'red') d.value = 'lime'; } })"
    files: dict[str, str | bytes] = {
        "src/index.js": "import './a.css'; import './b.less';",
        "src/a.css": ".a{color:red}",
        "src/b.less": ".b{color:red}",
        "node_modules/up/package.json": "{}",
        "node_modules/up/index.js": f"module.exports = {plugin}; module.exports.postcss = true;",
        "postcss.config.js": "module.exports = (ctx) => ({ plugins: { up: {} } });",
        "postcss.config.mjs": "import up from 'up'; export default { plugins: [up()] };",
        "package.json": '{"postcss": {"plugins": {"up": true}}}',
    }
    kept = {key: value for key, value in files.items() if "config" not in key and key != "package.json"}
    css = plain((await build({**kept, name: files[name]})).css)
    assert ".a{color:#0f0;}.b{color:#0f0;}" in css.replace("lime", "#0f0")


async def test_source_maps_lead_to_the_less_file(build: Build, project: Path) -> None:
    import json

    files = {"src/index.js": "import './a.less';", "src/a.less": "@c: red;\n.a { color: @c }\n"}
    result = await build(files)
    sources = json.loads(result.css_map)["sources"]
    assert any(source.endswith("src/a.less") for source in sources), sources
    assert b"sourceMappingURL=index.css.map" in result.css
