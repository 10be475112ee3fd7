"""Ten projects of realistic size, as users of webpack, Rspack, Vite, Vue CLI, CRA and umi have them.

Each has pages, components with styles, hooks, services, utilities that are used in part, and a folder of SVG
files; antd-mobile or Vant, and echarts. The same seed gives the same files.
"""

# ruff: noqa: E501

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from bench.source_code import (
    COMPONENTS,
    FULL_CHARTS,
    ICONS,
    PAGES,
    SERVICES,
    UTILS,
    WORDS,
    Kind,
    icon,
    react_files,
    rules,
    service,
    utility,
    variables,
)

EXTRAS = {
    "moment": (
        "import moment from 'moment';\nimport 'moment/locale/zh-cn';\nmoment.locale('zh-cn');\n",
        "moment(value).format('LLL')",
    ),
    "dayjs": ("import dayjs from 'dayjs';\n", "dayjs(value).format('YYYY-MM-DD HH:mm')"),
    "lodash": ("import _ from 'lodash';\n", "_.chunk(_.sortBy([value, 3, 1]), 2).join()"),
    "lodash-es": (
        "import { chunk, debounce, sortBy } from 'lodash-es';\nexport const later = debounce(() => 0, 20);\n",
        "chunk(sortBy([value, 3, 1]), 2).join()",
    ),
    "axios": (
        "import axios from 'axios';\nexport const http = axios.create({ timeout: 8000 });\n",
        "http.getUri({ url: '/x', params: { value } })",
    ),
    "crypto-js": (
        "import CryptoJS from 'crypto-js';\n",
        "CryptoJS.AES.encrypt(String(value), 'key').toString()",
    ),
    "ahooks": (
        "import { useRequest, useThrottleFn } from 'ahooks';\nexport const hooks = { useRequest, useThrottleFn };\n",
        "hooks.useRequest.name + value",
    ),
    "immer": (
        "import { produce } from 'immer';\n",
        "produce({ value }, (draft) => { draft.value += 1 }).value",
    ),
    "classnames": ("import cx from 'classnames';\n", "cx('a', { on: value > 1 })"),
    "mobx": (
        (
            "import { makeAutoObservable } from 'mobx';\nimport { observer } from 'mobx-react-lite';\n"
            "class Store { value = 1; constructor() { makeAutoObservable(this) } add() { this.value += 1 } }\n"
            "export const store = new Store();\nexport const Watched = observer(() => null);\n"
        ),
        "store.value + value",
    ),
    "styled-components": (
        (
            "import styled from 'styled-components';\n"
            "export const Box = styled.div`\n  display: flex;\n  color: ${(p) => p.color || '#123'};\n"
            "  &:active { opacity: .6; }\n`;\n"
        ),
        "Box.displayName + value",
    ),
    "router": (
        (
            "import { HashRouter, Link, Route, Routes, useNavigate } from 'react-router-dom';\n"
            "export const routing = { HashRouter, Link, Route, Routes, useNavigate };\n"
        ),
        "Object.keys(routing).length + value",
    ),
}
"""{package: (what imports it, an expression that uses it)}."""


def _webpack(alias: str, rules: str) -> str:
    return (
        "const path = require('path');\nmodule.exports = {\n  entry: './src/index',\n"
        f"  resolve: {{ alias: {{ {alias} }} }},\n  module: {{ rules: [{rules}] }},\n}};\n"
    )


AT = "'@': path.resolve(__dirname, 'src')"
SPRITE = "{ test: /\\.svg$/, include: [path.resolve(__dirname, 'src/icons')], use: ['svg-sprite-loader'] }"
CSS_MODULES = "{ test: /\\.less$/, use: ['style-loader', { loader: 'css-loader', options: { modules: true } }, 'less-loader'] }"
TSCONFIG = json.dumps(
    {"compilerOptions": {"jsx": "react", "target": "ES2020", "baseUrl": ".", "paths": {"@/*": ["src/*"]},
                         "strict": False, "moduleResolution": "node"}}
)  # fmt: skip
LEGACY = json.dumps({"plugins": [["@babel/plugin-proposal-decorators", {"legacy": True}]]})
IMPORT_V2 = [["import", {"libraryName": "antd-mobile-v2", "libraryDirectory": "es", "style": "css"}]]

KINDS = (
    Kind("webpack-babel", icons="sprite", extras=("moment", "classnames"),
         files={"webpack.config.js": _webpack(AT, SPRITE)}),
    Kind("rspack", styles="modules", charts=FULL_CHARTS, extras=("lodash-es", "dayjs")),
    Kind("typescript", script="tsx", extras=("dayjs", "axios", "immer"), files={"tsconfig.json": TSCONFIG}),
    Kind("vue-cli", script="vue", interface="vant", extras=("axios", "lodash-es"),
         files={"vue.config.js": "module.exports = { productionSourceMap: false };\n"}),
    Kind("cra", style="scss", styles="modules", icons="svgr", react="bundle", extras=("router", "classnames"),
         home="../", bundler={"svgr": True}),
    Kind("umi", script="tsx", styles="named", extras=("moment", "ahooks"),
         files={".umirc.ts": "export default { theme: { '@brand': '#1677ff' } };\n", "tsconfig.json": TSCONFIG,
                "devkit.toml": 'entry = "src/index.tsx"\n'}),
    Kind("old-antd", interface="antd-mobile-v2", icons="sprite", extras=("moment", "lodash"),
         files={".babelrc": json.dumps({"plugins": [*json.loads(LEGACY)["plugins"], *IMPORT_V2]}),
                "webpack.config.js": _webpack(AT, SPRITE)}, bundler={"decorators": True, "import": IMPORT_V2}),
    Kind("vite", script="tsx", styles="modules", icons="new-url", react="bundle", extras=("mobx", "dayjs"),
         files={"vite.config.ts": "import path from 'path';\nexport default { resolve: { alias: { '@': "
                "path.resolve(__dirname, 'src') } } };\n", "tsconfig.json": TSCONFIG}),
    Kind("styled", charts=FULL_CHARTS, extras=("styled-components", "ahooks", "crypto-js"),
         files={"webpack.config.js": _webpack(AT, "")}),
    Kind("css-modules", styles="named", extras=("lodash", "axios", "classnames"),
         files={"webpack.config.js": _webpack(AT, CSS_MODULES)}, bundler={"modules": "all"}),
)  # fmt: skip


def write_project(kind: Kind, folder: Path) -> Path:
    """Write a project into a folder."""
    for name, text in files_of(kind):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def files_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield each file of a project with its text."""
    chance = random.Random(kind.name)
    code = "ts" if kind.script == "tsx" else "js"
    packages = ["echarts", kind.interface, *(["vue"] if kind.script == "vue" else ["react", "react-dom"])]
    packages += [name for name in kind.extras if name != "router"]
    yield "package.json", json.dumps({"name": kind.name, "dependencies": dict.fromkeys(packages, "*")})
    if "devkit.toml" not in kind.files:
        alias = '[alias]\n"@" = "src"\n' if kind.name == "rspack" else ""
        yield "devkit.toml", (f'react = "{kind.react}"\n' if kind.react != "host" else "") + alias
    yield from kind.files.items()
    yield f"src/styles/vars.{kind.style}", variables(kind)
    for n in range(UTILS):
        yield f"src/utils/{WORDS[n % 16]}{n}.{code}", utility(n, chance)
    yield f"src/utils/index.{code}", "".join(f"export * from './{WORDS[n % 16]}{n}';\n" for n in range(UTILS))
    for n, name in enumerate(kind.extras):
        imports, use = EXTRAS[name]
        yield (
            f"src/libs/{name}.{code}",
            f"{imports}export const use{n} = (value{': any' * (code == 'ts')}) => {use};\n",
        )
    for n in range(SERVICES):
        yield f"src/services/service{n}.{code}", service(n, chance)
    for n in range(ICONS):
        yield f"src/icons/{WORDS[n % 16]}{n}.svg", icon(chance)
    yield from (_vue_files(kind, chance) if kind.script == "vue" else react_files(kind, chance, code))


def _vue_files(kind: Kind, chance: random.Random) -> Iterator[tuple[str, str]]:
    for n in range(COMPONENTS):
        yield f"src/components/Card{n}.vue", _vue_component(kind, n, chance)
    names = "".join(f"export {{ default as Card{n} }} from './Card{n}.vue';\n" for n in range(COMPONENTS))
    yield "src/components/index.js", names
    for n in range(PAGES):
        cards = chance.sample(range(COMPONENTS), 5)
        shown = "\n".join(
            f'    <Card{card} title="{chance.choice(WORDS)}" :level="{card}" />' for card in cards
        )
        imported = ", ".join(f"Card{card}" for card in cards)
        yield (
            f"src/pages/Page{n}.vue",
            f"""<script setup>
import {{ onMounted, ref }} from 'vue';
import {{ {imported} }} from '@/components';
import {{ load{n} }} from '@/services/service{n}';
const rows = ref([]);
onMounted(async () => {{ rows.value = [(await load{n}('d', {{ force: true }})).value]; }});
</script>
<template>
  <main class="page{n}">
    <h2 v-if="rows.length">{n}</h2>
{shown}
  </main>
</template>
""",
        )
    imports = "".join(f"import Page{n} from './pages/Page{n}.vue';\n" for n in range(PAGES))
    libs = "".join(f"import {{ use{n} }} from './libs/{name}';\n" for n, name in enumerate(kind.extras))
    uses = ", ".join(f"use{n}(1)" for n in range(len(kind.extras)))
    yield (
        "src/App.vue",
        f"""<script setup>
import {{ onMounted, ref }} from 'vue';
{kind.charts}{imports}{libs}const all = require.context('./icons', false, /\\.svg$/);
const icons = all.keys().map((key) => all(key).default || all(key));
const place = ref(null);
const words = [{uses}].join(' ');
onMounted(() => echarts.init(place.value).setOption({{ series: [{{ type: 'pie', data: [1, 2] }}] }}));
</script>
<template>
  {"".join(f"<Page{n} />" for n in range(PAGES))}<img v-for="icon in icons" :key="icon" :src="icon" />
  <div ref="place" style="width: 300px; height: 200px"></div><p>{{{{ words }}}}</p>
</template>
""",
    )
    yield (
        "src/main.js",
        "import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n",
    )


def _vue_component(kind: Kind, n: int, chance: random.Random) -> str:
    part = chance.choice(("Button", "Switch", "Cell", "Slider"))
    return f"""<script setup>
import {{ computed, ref, watch }} from 'vue';
import {{ {part} as Part{n} }} from 'vant';
import 'vant/es/{part.lower()}/style/index';
import {{ clamp{n % UTILS}, format{n % UTILS}, KIND{n % UTILS} }} from '@/utils';
const props = defineProps({{ title: String, level: {{ type: Number, default: {n} }} }});
const emit = defineEmits(['change']);
const open = ref(false);
const shown = computed(() => format{n % UTILS}(clamp{n % UTILS}(props.level), {{ digits: {n % 3} }}));
watch(open, (value) => emit('change', {{ value, kind: KIND{n % UTILS} }}));
</script>
<template>
  <div class="card{n}" :class="{{ on: open }}" @click="open = !open">
    <span class="title">{{{{ title }}}} {chance.choice(WORDS)}</span>
    <span v-if="open" class="value" :data-value="level">{{{{ shown }}}}</span>
    <Part{n} v-else-if="level > {chance.randint(10, 60)}" />
    <slot v-else name="more" :value="shown" />
  </div>
</template>
<style lang="less" scoped>
{rules(kind, n, chance).replace("../../styles", "@/styles")}</style>
"""
