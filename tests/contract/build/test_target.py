"""A release names what its target lacks: where, which browsers, and of which package."""

import asyncio
from pathlib import Path

import pytest

from devkit.build import Builder, build_release
from devkit.build.builder import Looked
from devkit.build.engine import NodeEngine
from devkit.errors import BuildError, Diagnostic
from devkit.settings import load_settings
from tests.contract.build.conftest import options, write

pytestmark = pytest.mark.node

CSS = """h1 {
  display: flex;
  gap: 8px;
  aspect-ratio: 1;
  height: 100dvh;
  inset: 0;
}
@layer base { h1 { top: 0 } }
h1:has(b) { color: red }
"""
JS = """import './a.css'
import { last } from 'old-lib'

const text = 'a1'.replaceAll('a', 'b')
const flat = Object.fromEntries([['k', [1, 2].at(-1)]])
document.getElementById('app').textContent = text + flat.k + last([1]) + structuredClone(1)
"""
LIBRARY = "exports.last = function (list) {\n  return list.at(-1)\n}\n"


def warned(project: Path, files: dict[str, str | bytes], **settings: str) -> list[Diagnostic]:
    write(project, files)
    made = build_release(load_settings(project, settings, environ={}))
    return [found for found in made.warnings if found.stage == "target"]


def told(found: list[Diagnostic], words: str) -> Diagnostic:
    return next(one for one in found if words in one.message)


def test_new_styles_are_named_with_the_versions_that_lack_them(project: Path) -> None:
    found = warned(project, {"src/index.js": "import './a.css'", "src/a.css": CSS})
    places = {
        "gap of a flex container": 3,
        "aspect-ratio": 4,
        "the unit dvh": 5,
        "@layer": 8,
        "the selector :has": 9,
    }
    for words, line in places.items():
        one = told(found, words)
        assert (Path(one.file).name, one.line) == ("a.css", line)
        assert "iOS before 1" in one.message
        assert one.severity == "warning"
    assert not any("inset" in one.message for one in found), "esbuild writes it as top, right, bottom, left"


def test_new_methods_functions_and_globals_are_named_and_the_package_they_are_in(project: Path) -> None:
    found = warned(
        project,
        {
            "src/index.js": JS,
            "src/a.css": "h1 { color: red }",
            "node_modules/old-lib/package.json": '{"name": "old-lib", "main": "main.js"}',
            "node_modules/old-lib/main.js": LIBRARY,
        },
    )
    for words, line in {".replaceAll()": 4, "Object.fromEntries()": 5, "structuredClone": 6}.items():
        assert told(found, words).line == line
    methods = [one for one in found if ".at()" in one.message]
    assert [(Path(one.file).name, one.line) for one in methods] == [("index.js", 5), ("main.js", 2)]
    assert "in the package old-lib" in methods[1].message
    assert "iOS before 15.4 and Chrome before 92" in methods[0].message


@pytest.mark.parametrize(
    "source",
    [
        "if (Array.prototype.at) console.info([1].at(0))",
        "console.info(Object.fromEntries ? Object.fromEntries([]) : 1)",
        "const list = [1]\nconsole.info(list.at ? list.at(0) : 1)",
        "console.info(typeof structuredClone === 'function' ? structuredClone(1) : 1)",
        "import * as lib from './lib'\nconsole.info(lib.at(1))",
        "const structuredClone = (one) => one\nconsole.info(structuredClone(1))",
        "console.info(typeof BigInt64Array, typeof(BigInt) === 'function' && BigInt(1))",
        "console.info(typeof window.x === 'bigint' ? BigInt(window.x) : 1)",
        "let big\ntry { big = BigInt(1) } catch { big = 1 }\nconsole.info(big)",
        "import { big } from 'big'\nconsole.info(big())",
        "class Shelf { at(n) { return n } first() { return this.at(1) } }\nconsole.info(new Shelf().first())",
    ],
)
def test_what_is_asked_for_first_or_is_the_projects_own_is_let_pass(project: Path, source: str) -> None:
    large = "export const has = () => 'function' === typeof BigInt"
    files: dict[str, str | bytes] = {
        "src/index.js": source,
        "src/lib.js": "export const at = (n) => n",
        "node_modules/big/package.json": '{"module": "index.js"}',
        "node_modules/big/index.js": "import { has } from './has'; export let big = () => has() && BigInt(7)",
        "node_modules/big/has.js": large,
    }
    assert warned(project, files) == []


def test_what_is_in_supports_or_not_in_the_output_is_let_pass(project: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": "import './a.css'\nimport { used } from './lib'\nconsole.info(used)",
        "src/lib.js": "export const used = 1\nexport const unused = () => 'a'.replaceAll('a', 'b')",
        "src/a.css": "@supports (aspect-ratio: 1) { h1 { aspect-ratio: 1 } }",
    }
    assert warned(project, files) == []


def test_a_newer_target_has_nothing_to_say(project: Path) -> None:
    files: dict[str, str | bytes] = {"src/index.js": JS.replace("import { last } from 'old-lib'", "let last"),
                                     "src/a.css": CSS}  # fmt: skip
    assert warned(project, files, target="ios17,chrome120") == []


def test_places_in_vue_files(project: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": "import App from './App.vue'\nconsole.info(App)",
        "src/App.vue": '<template><p>{{ x }}</p></template>\n<script setup lang="ts">\n'
        "const x: string = 'a'.replaceAll('a', 'b')\n</script>\n<style>\np { aspect-ratio: 1 }\n</style>\n",
    }
    found = warned(project, files)
    assert told(found, ".replaceAll()").line == 3
    assert told(found, "aspect-ratio").line == 6


@pytest.mark.parametrize("target", ["ios10", "safari10", "chrome51", "firefox53", "edge18", "es2015"])
def test_the_oldest_targets_of_the_documents_build(project: Path, target: str) -> None:
    source = (
        "const { a, ...rest } = { a: 1, b: 2 }\n"
        "class A { #n = 1; static { A.x = 1 } get n() { return this.#n } }\n"
        "async function* all() { for await (const x of [1]) yield x }\nlet o = {}\no.a ??= rest?.b ** 2\n"
        "for (const x of [1]) console.info(`${x}`, a, new A().n, all, async () => { await 1 })\n"
    )
    write(project, {"src/index.js": source})
    assert build_release(load_settings(project, {"target": target}, environ={})).files


def test_an_older_target_is_refused_with_the_oldest_that_builds(project: Path) -> None:
    write(project, {"src/index.js": "const a = 1\nconsole.info(a)\n"})
    with pytest.raises(BuildError) as caught:
        build_release(load_settings(project, {"target": "ios9"}, environ={}))
    assert "ios10" in caught.value.diagnostics[0].hint


def test_files_of_public_that_a_panel_asks_the_server_for_are_named(project: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": "import a from '/a.svg'\nconst b = '/img/b.svg'\nconsole.info(a, b, '/index.html')",
        **{f"public/{name}": "<svg/>" for name in ("a.svg", "img/b.svg", "index.html", "c.svg")},
    }
    write(project, files)
    made = build_release(load_settings(project, {}, environ={}))
    found = [(one.message, one.line) for one in made.warnings if one.stage == "assets"]
    assert found == [("/img/b.svg is asked of the server, and public/img/b.svg is in no release.", 2)]
    assert "data:image/svg" in (project / "dist" / "index.js").read_text()


async def test_a_watching_builder_looks_once_saves_have_ended(project: Path) -> None:
    write(project, {"src/index.js": "console.info([1].at(0))"})
    async with Builder(options(project), look=True) as builder:
        events = builder.events()
        while not isinstance(looked := await asyncio.wait_for(anext(events), 20), Looked):
            pass
        assert [(Path(one.file).name, one.line) for one in looked.warnings] == [("index.js", 1)]
        assert "iOS before 15.4" in looked.warnings[0].message
        engine = builder.engine
        assert isinstance(engine, NodeEngine)
        looking = asyncio.create_task(engine.look())
        await asyncio.sleep(0)
        engine.stop()
        assert await looking in (None, looked.warnings)
        assert b"at(0)" in (await engine.rebuild()).js
        assert await engine.look() == looked.warnings
