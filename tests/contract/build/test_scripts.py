"""JavaScript: host globals, JSX, entries, environment, aliases, output formats."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from devkit.build import toolchain
from devkit.errors import BuildError
from tests.contract.build.conftest import Build

pytestmark = pytest.mark.node


def run(js: bytes, prelude: str = "") -> dict[str, object]:
    """Run a build in Node with the globals of prelude; return what it puts into `seen`."""
    script = f"var window = globalThis; var seen = {{}};{prelude}\n{js.decode()}\n"
    script += ";console.log(JSON.stringify(seen))"
    done = subprocess.run(
        [shutil.which("node") or "node"], input=script.encode(), capture_output=True, check=True
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


HOST = """
const createElement = (type, props, ...children) => ({ type, props, children });
window.React = { createElement, Fragment: 'F', useState: () => 1 };
window.ReactDOM = { render: (element, where) => { seen.rendered = element; seen.where = where; } };
window.h5PanelSdk = { productId: 'P1' };
"""


async def test_react_and_the_sdk_are_the_host_pages(build: Build) -> None:
    source = """
    import React, { useState } from 'react';
    import { render } from 'react-dom';
    import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
    render(<><b id={sdk.productId}>{useState()}</b></>, 'root');
    """
    result = await build({"src/index.jsx": source})
    seen = run(result.js, HOST)
    assert seen["where"] == "root"
    assert seen["rendered"] == {
        "type": "F",
        "props": None,
        "children": [{"type": "b", "props": {"id": "P1"}, "children": [1]}],
    }
    assert len(result.js) < 5000


async def test_jsx_needs_no_import_of_react(build: Build) -> None:
    result = await build({"src/index.js": "seen.made = <i>x</i>;"})
    assert run(result.js, HOST)["made"] == {"type": "i", "props": None, "children": ["x"]}


async def test_a_tsconfig_with_the_automatic_runtime_still_uses_the_host(build: Build) -> None:
    files = {
        "src/index.tsx": "const a: number = 1; (globalThis as any).seen.made = <i>{a}</i>;",
        "tsconfig.json": '{"compilerOptions": {"jsx": "react-jsx"}}',
    }
    result = await build(files)
    assert run(result.js, HOST)["made"] == {"type": "i", "props": {"children": 1}, "children": []}


async def test_packages_that_ask_for_the_jsx_runtime_and_create_root_get_them(build: Build) -> None:
    source = """
    import { jsx } from 'react/jsx-runtime';
    import { createRoot } from 'react-dom/client';
    createRoot('root').render(jsx('i', { children: 'x' }, 'k'));
    """
    seen = run((await build({"src/index.js": source})).js, HOST)
    assert seen["rendered"] == {"type": "i", "props": {"children": "x", "key": "k"}, "children": []}


async def test_react_can_be_bundled_without_an_install(build: Build) -> None:
    source = "import React from 'react'; seen.version = React.version;"
    result = await build({"src/index.js": source}, react="bundle")
    assert run(result.js)["version"].startswith("16.")  # type: ignore[attr-defined]


@pytest.mark.parametrize("entry", ["src/index.js", "src/app.jsx", "src/main.ts", "src/App.tsx", "index.js"])
async def test_the_entry_is_found(build: Build, entry: str) -> None:
    assert run((await build({entry: "seen.entry = true;"})).js)["entry"] is True


async def test_no_entry_says_what_was_looked_for(build: Build) -> None:
    with pytest.raises(BuildError, match=r"src/\{index,app,main\}"):
        await build({"README.md": ""})


async def test_environment(build: Build) -> None:
    files = {
        "src/index.js": (
            "seen.mode = process.env.NODE_ENV; seen.other = process.env.HOME ?? null;"
            "seen.url = process.env.PANEL_URL; seen.local = import.meta.env.PANEL_LOCAL;"
            "seen.dev = import.meta.env.DEV;"
            "seen.secret = process.env.SECRET ?? null; seen.names = Object.keys(process.env).sort();"
        ),
        ".env": "PANEL_URL=https://one.example # note\nPANEL_LOCAL=no\nSECRET=x\n",
        ".env.local": "export PANEL_LOCAL='yes # kept'\n",
        ".env.production": 'PANEL_URL="https://two.example"\n',
    }
    seen = run((await build(files)).js)
    assert seen == {
        "mode": "development",
        "other": None,
        "url": "https://one.example",
        "local": "yes # kept",
        "dev": True,
        "secret": None,
        "names": ["NODE_ENV", "PANEL_LOCAL", "PANEL_URL"],
    }
    assert run((await build(files, "production")).js)["url"] == "https://two.example"


async def test_process_env_as_a_whole_does_not_stop_the_panel(build: Build) -> None:
    seen = run((await build({"src/index.js": "seen.x = process.env['A'] ?? 1; seen.g = typeof global;"})).js)
    assert seen == {"x": 1, "g": "object"}


async def test_aliases(build: Build) -> None:
    files = {
        "src/index.ts": (
            "import a from '@/a'; import b from '~b/x'; import c from 'short'; import d from 'swapped';"
            "(globalThis as any).seen.all = [a, b, c, d];"
        ),
        "src/a.ts": "export default 'tsconfig';",
        "lib/x.js": "export default 'devkit.toml';",
        "lib/short.js": "export default 'package.json';",
        "node_modules/swapped/package.json": '{"main": "main.js", "browser": {"./main.js": "./browser.js"}}',
        "node_modules/swapped/main.js": "module.exports = 'node';",
        "node_modules/swapped/browser.js": "module.exports = 'browser';",
        "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}',
        "package.json": '{"alias": {"short": "./lib/short.js"}}',
    }
    result = await build(files, alias={"~b": "./lib"})
    assert run(result.js)["all"] == ["tsconfig", "devkit.toml", "package.json", "browser"]


async def test_define_and_dynamic_imports(build: Build) -> None:
    files = {
        "src/index.js": "seen.v = __V__; import('./late').then((late) => { window.late = late.x; });",
        "src/late.js": "import './late.css'; export const x = {v: 'late'};",
        "src/late.css": ".late { color: red }",
    }
    result = await build(files, define={"__V__": '"1.2"'})
    assert b"1.2" in result.js
    assert b"late" in result.js
    assert b".late" in result.css


async def test_umd_can_be_required_and_sets_a_global(build: Build) -> None:
    result = await build(
        {"src/index.js": "export const x = 7;"}, "production", format="umd", global_name="My.Panel"
    )
    js = result.js.decode()
    page = f"globalThis.My = {{}};(function (module) {{{js}}})();seen.x = My.Panel.x;"
    assert run(page.encode())["x"] == 7
    assert run(f"var module = {{exports: {{}}}};{js};seen.x = module.exports.x;".encode())["x"] == 7


async def test_the_default_target_has_no_syntax_newer_than_ios_12(build: Build) -> None:
    source = """
    const {a, ...b} = seen;
    seen.v = a?.c ?? 5;
    class K { #p = 1; static s = 2; get p() { return this.#p } }
    seen.k = new K().p;
    """
    result = await build({"src/index.js": source}, "production")
    assert not any(mark in result.js for mark in (b"?.c", b"??", b"#p", b"..."))
    assert run(result.js) == {"v": 5, "k": 1}


async def test_raw_url_and_data_url_imports(build: Build) -> None:
    files = {
        "src/index.js": (
            "import a from './a.txt?raw'; import b from './b.bin?url'; import c from 'data-url:./c.svg';"
            "import d from './d.png'; import e from './e.less?inline'; import f from './e.less?raw';"
            "Object.assign(seen, {a, b, c, d, e, f});"
        ),
        "src/a.txt": "你好",
        "src/b.bin": b"\x00\x01",
        "src/c.svg": "<svg/>",
        "src/d.png": b"\x89PNG",
        "src/e.less": ".e { .f { width: 4px/2 } }",
    }
    result = await build(files)
    seen = run(result.js)
    assert seen["a"] == "你好"
    assert str(seen["b"]).endswith(";base64,AAE=") or seen["b"] == "data:application/octet-stream,%00%01"
    assert str(seen["c"]).startswith("data:image/svg+xml")
    assert str(seen["d"]).startswith("data:image/png;base64,")
    assert ".e .f" in str(seen["e"])
    assert "2px" in str(seen["e"])
    assert seen["f"] == files["src/e.less"]
    assert {path.name for path in result.inputs} == {"index.js", "a.txt", "b.bin", "c.svg", "d.png", "e.less"}


async def test_large_images_warn_in_development_and_stop_a_release(build: Build) -> None:
    files = {"src/index.js": "import d from './d.png'; seen.d = d;", "src/d.png": b"x" * 500}
    result = await build(files, inline_limit=100)
    assert "inline_limit" in result.warnings[0].message
    with pytest.raises(BuildError, match=r"d\.png is 500 bytes"):
        await build(files, "production", inline_limit=100)


async def test_the_same_sources_give_the_same_bytes(build: Build) -> None:
    files = {
        "src/index.jsx": "import './a.module.less'; export default <i>{[1, 2]}</i>",
        "src/a.module.less": ".a{b:c}",
    }
    first = await build(files, "production")
    second = await build(files, "production")
    assert (first.js, first.css) == (second.js, second.css)


def test_host_scripts_are_there_once_installed() -> None:
    for mode in ("development", "production"):
        names = [path.name for path in toolchain.host_scripts(mode)]
        assert len(names) == 3
        assert names[0].startswith("react.")
    assert toolchain.path() == Path(toolchain.path())


async def test_an_alias_beats_the_host(build: Build) -> None:
    files = {
        "src/index.js": "import { jsx } from 'react/jsx-runtime'; import a from 'react'; seen.all = [jsx, a]",
        "node_modules/tiny/package.json": "{}",
        "node_modules/tiny/index.js": "export default 'tiny';",
        "node_modules/tiny/jsx-runtime.js": "export const jsx = 'tiny jsx';",
    }
    assert run((await build(files, alias={"react": "tiny"})).js)["all"] == ["tiny jsx", "tiny"]
