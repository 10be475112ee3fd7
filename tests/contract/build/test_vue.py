"""Vue 3 single-file components; vue itself comes from the toolchain."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from devkit.build.engine import Engine
from devkit.errors import BuildError
from tests.contract.build.conftest import Build, write

pytestmark = pytest.mark.node
Open = Callable[..., Awaitable[Engine]]

MAIN = "import { createApp } from 'vue'; import App from './App.vue'; createApp(App).mount('#app');"
SETUP = """<script setup lang="ts">
import { ref } from 'vue';
import type { Shape } from './types';
import Child from './Child.vue';
const props = defineProps<Shape>();
const count = ref<number>(0);
const add = (step: number): void => { count.value += step };
</script>

<template>
  <div class="box" @click="add(1 as number)">
    <Child :label="String(count)" />{{ props.name }}<img src="./i.png">
  </div>
</template>

<style scoped lang="less">
@import "./vars.less";
.box { color: @main; .inner { width: 30/2px } }
</style>
"""
CHILD = """<template><i :class="$style.red">{{ label }}</i></template>
<script>
export default { props: { label: String } };
</script>
<style module>.red { color: v-bind(label) }</style>
<style lang="scss">$x: 4px; .plain { .deep { top: $x } }</style>
"""
FILES = {
    "src/main.js": MAIN,
    "src/App.vue": SETUP,
    "src/Child.vue": CHILD,
    "src/types.ts": "export interface Shape { name: string; size?: number }",
    "src/vars.less": "@main: #123456;",
    "src/i.png": b"png",
}


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_components_with_every_kind_of_block(build: Build, mode: str) -> None:
    result = await build(FILES, mode)
    css, js = result.css.decode(), result.js.decode()
    assert ".box[data-v-" in css
    assert ".plain .deep" in css
    assert "15px" in css
    assert "data:image/png" in js
    assert "size" in js, "props come from the imported type"
    assert {path.name for path in result.inputs} >= {"App.vue", "Child.vue", "types.ts", "vars.less", "i.png"}


async def test_source_maps_name_the_component(build: Build) -> None:
    result = await build(FILES)
    sources = json.loads(result.js_map)["sources"]
    assert any(source.endswith("src/App.vue") for source in sources), sources
    assert any(source.endswith("src/Child.vue") for source in sources), sources


async def test_px_to_viewport_reaches_component_styles(build: Build) -> None:
    result = await build(FILES, px_to_viewport=375)
    assert "4vw" in result.css.decode()


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("<template>\n  <div>\n    <p>{{ a + }}</p>\n  </div>\n</template>\n", 3, "parsing JavaScript"),
        ("<template>\n  <div>\n</template>\n", 2, "missing end tag"),
        ("<script setup>\nconst a = 1;\nconst b = ;\n</script>\n", 3, "Unexpected token"),
        ("<script>\nexport default {\n  a: b c\n};\n</script>\n", 3, "Unexpected token"),
        ("<template><i/></template>\n<style lang='less'>\n.a {\n  color: @none;\n}\n</style>\n", 4, "@none"),
        (
            "<template><i/></template>\n<style lang='scss'>\n.a {\n  color: $none;\n}\n</style>\n",
            4,
            "variable",
        ),
        ("<template><i/></template>\n<style scoped>\n.a {\n  color: red;\n</style>\n", 3, "Unclosed"),
    ],
)
async def test_errors_name_the_line_of_the_component(
    build: Build, source: str, line: int, message: str
) -> None:
    with pytest.raises(BuildError) as caught:
        await build({"src/main.js": MAIN, "src/App.vue": source})
    found = caught.value.diagnostics[0]
    assert found.file.endswith("App.vue")
    assert message.lower() in found.message.lower()
    assert found.line == line, found
    assert f"> {line} |" in found.frame


async def test_every_rebuild_sees_changed_components_types_and_imports(opened: Open, project: Path) -> None:
    engine = await opened(FILES)
    first = await engine.rebuild()
    write(project, {"src/vars.less": "@main: #654321;"})
    second = await engine.rebuild()
    assert (b"#654321" in second.css, second.js == first.js) == (True, True)
    write(project, {"src/types.ts": "export interface Shape { name: string; colour?: string }"})
    assert b"colour" in (await engine.rebuild()).js
    write(project, {"src/Child.vue": CHILD.replace("<i ", "<u ").replace("</i>", "</u>")})
    assert b'"u"' in (await engine.rebuild()).js


async def test_a_vue_2_project_is_told(build: Build) -> None:
    files = {
        **FILES,
        "node_modules/vue/package.json": '{"version": "2.6.14", "main": "x.js"}',
        "node_modules/vue/x.js": "",
    }
    with pytest.raises(BuildError, match=r"Vue 3 components; this project has vue 2\.6\.14"):
        await build(files)
