"""The panels of bench/dev.py, the same sources for both tools, and the edits that are made in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Change = str | None | list[tuple[str, str]]
"""What is done to a file: written, deleted, or texts replaced in it."""


@dataclass(frozen=True)
class Edit:
    """One save of one or more files; shows is an expression that is true when it is on the screen."""

    name: str
    shows: str
    changes: Mapping[str, Change]


@dataclass(frozen=True)
class Panel:
    """Sources, and the edits in order; mark is the file with the text that is edited to measure time."""

    name: str
    entry: str
    files: Mapping[str, str]
    edits: Sequence[Edit]
    mark: str
    packages: Sequence[str] = ()


def has(selector: str, wanted: str) -> str:
    """Return the expression that an element has a text."""
    return f"document.querySelector({selector!r})?.textContent === {wanted!r}"


INDEX = """\
import React from 'react'
import ReactDOM from 'react-dom'
import App from './App'
import './style.css'

ReactDOM.render(<App />, document.getElementById('app'))
"""
APP = """\
import React, { useState } from 'react'
import { Badge, Old } from './Badge'
import { Card } from './Card'
import { limit } from './limit'
import styles from './look.module.css'
import { Theme } from './theme'
import { words } from './words'

const Title = React.memo(({ text }) => <h2 id="title">{text}</h2>)

export default function App() {
  const [count, setCount] = useState(0)
  return (
    <div className="box">
      <h1 id="mark">mark 0</h1>
      <button id="count" onClick={() => setCount(count + 1)}>{count}</button>
      <Title text="memo" />
      <p id="words" className={styles.words}>{words.hello}</p>
      <p id="limit">{limit(100)}</p>
      <Theme.Provider value="dark"><Badge /></Theme.Provider>
      <Old />
      {Array.from({ length: 12 }, (_, index) => <Card key={index} index={index} on={count > 1} />)}
    </div>
  )
}
"""
CARD = """\
import React from 'react'

export function Card({ index, on }) {
  return (
    <section className="card">
      <h3 className="name">Property {index}</h3>
      <p>{on ? 'on' : 'off'}</p>
    </section>
  )
}
"""
BADGE = """\
import React, { useContext } from 'react'
import { Theme } from './theme'

export const Badge = React.forwardRef((props, ref) => {
  const theme = useContext(Theme)
  return <b id="badge" ref={ref}>badge {theme}</b>
})

export class Old extends React.Component {
  render() {
    return <i id="old">class</i>
  }
}
"""
STYLE = """\
.box { color: rgb(0, 0, 0); font-family: sans-serif; }
.card { margin: 8px; padding: 12px; border-radius: 12px; background: #f4f6f8; }
"""
FILES = {
    "index.jsx": INDEX,
    "App.jsx": APP,
    "Card.jsx": CARD,
    "Badge.jsx": BADGE,
    "style.css": STYLE,
    "look.module.css": ".words { letter-spacing: 1px }\n",
    "limit.js": "export const limit = (value) => Math.min(value, 90)\n",
    "theme.js": "import React from 'react'\n\nexport const Theme = React.createContext('none')\n",
    "words.js": "export const words = { hello: 'hello' }\n",
}
NEW = "import React from 'react'\nexport const New = () => <em id=\"new\">new</em>\n"
EDITS = [
    Edit("text of a component", has("#mark", "mark one"), {"App": [("mark 0", "mark one")]}),
    Edit("memo", has("#title", "memoized"), {"App": [('text="memo"', 'text="memoized"')]}),
    Edit("a child", has(".name", "Value 0"), {"Card": [("Property", "Value")]}),
    Edit("forwardRef", has("#badge", "sign dark"), {"Badge": [(">badge ", ">sign ")]}),
    Edit("class component", has("#old", "klass"), {"Badge": [(">class<", ">klass<")]}),
    Edit("texts", has("#words", "hi"), {"words": [("'hello'", "'hi'")]}),
    Edit("helper", has("#limit", "50"), {"limit": [("90", "50")]}),
    Edit("value of a context", has("#badge", "sign light"), {"App": [('"dark"', '"light"')]}),
    Edit("hook in a child", has(".name", "Value 0!"), {"Card": [
        ("{index}</h3>", "{index}{end}</h3>"),
        ("  return (", "  const [end] = React.useState('!')\n  return ("),
    ]}),
    Edit("name in a CSS module", "document.querySelector('#words').className.includes('other')",
         {"look.module.css": [(".words", ".other")], "App": [("styles.words", "styles.other")]}),
    Edit("style", "getComputedStyle(document.querySelector('.box')).color === 'rgb(9, 0, 0)'",
         {"style.css": [("rgb(0,", "rgb(9,")]}),
    Edit("new file", has("#new", "new"), {"New": NEW, "App": [
        ("<Old />", "<Old /><New />"), ("import { Theme", "import { New } from './New'\nimport { Theme")]}),
    Edit("file gone", "!document.querySelector('#new')",
         {"App": [("<New />", ""), ("import { New } from './New'\n", "")], "New": None}),
    Edit("mistake mended", has("#mark", "mark two"), {"App": [("mark one", "mark two")]}),
]  # fmt: skip
VUE_FILES = {
    "index.js": "import { createApp } from 'vue'\nimport App from './App.vue'\nimport './style.css'\n\n"
    "createApp(App).mount('#app')\n",
    "App.vue": """\
<script setup>
import { ref } from 'vue'
import Card from './Card.vue'
import { Tile } from './Tile'
import Typed from './Typed.vue'
import { words } from './words'

const count = ref(0)
</script>

<template>
  <div class="box">
    <h1 id="mark">mark 0</h1>
    <button id="count" @click="count++">{{ count }}</button>
    <p id="words">{{ words.hello }}</p>
    <Typed label="label" />
    <Tile />
    <Card v-for="index in 12" :key="index" :index="index - 1" :on="count > 1" />
  </div>
</template>

<style scoped>
#words { color: rgb(1, 0, 0) }
</style>
""",
    "Card.vue": """\
<script setup>
defineProps({ index: Number, on: Boolean })
const word = 'Property'
</script>

<template>
  <section class="card">
    <h3 class="name">{{ word }} {{ index }}</h3>
    <p>{{ on ? 'on' : 'off' }}</p>
  </section>
</template>
""",
    "Typed.vue": """\
<template>
  <p id="typed" :class="$style.box" @click="taps += 1">{{ label }} {{ taps }}</p>
</template>

<script lang="ts">
import { defineComponent } from 'vue'

export default defineComponent({
  props: { label: { type: String, required: true } },
  data: () => ({ taps: 0 as number }),
})
</script>

<style module>
.box { letter-spacing: 1px }
</style>
""",
    "Tile.tsx": """\
import { defineComponent, ref } from 'vue'

export const Tile = defineComponent(() => {
  const on = ref<boolean>(false)
  return () => <b id="tile" onClick={() => (on.value = !on.value)}>{on.value ? 'on' : 'off'}</b>
})
""",
    "style.css": STYLE,
    "words.js": FILES["words.js"],
}
VUE_EDITS = [
    Edit("template", has("#mark", "mark one"), {"App.vue": [("mark 0", "mark one")]}),
    Edit("template of a child", has(".name", "Property: 0"), {"Card.vue": [("{{ word }} ", "{{ word }}: ")]}),
    Edit("script of a child", has(".name", "Value: 0"), {"Card.vue": [("'Property'", "'Value'")]}),
    Edit("scoped style", "getComputedStyle(document.querySelector('#words')).color === 'rgb(7, 0, 0)'",
         {"App.vue": [("rgb(1,", "rgb(7,")]}),
    Edit("texts", has("#words", "hi"), {"words.js": [("'hello'", "'hi'")]}),
    Edit("options", has("#typed", "label 5"), {"Typed.vue": [("taps: 0", "taps: 5")]}),
    Edit("name in a CSS module", "document.querySelector('#typed').className.includes('frame')",
         {"Typed.vue": [("$style.box", "$style.frame"), (".box {", ".frame {")]}),
    Edit("TSX", has("#tile", "OFF"), {"Tile.tsx": [("'off'", "'OFF'")]}),
    Edit("mistake mended", has("#mark", "mark three"), {"App.vue": [("mark one", "mark three")]}),
    Edit("template again", has("#mark", "mark two"), {"App.vue": [("mark three", "mark two")]}),
]  # fmt: skip


def typed(text: str) -> str:
    """Return a script of the React panel as TypeScript."""
    return (
        text.replace("(value)", "(value: number): number")
        .replace("({ index, on })", "({ index, on }: { index: number; on: boolean })")
        .replace("({ text })", "({ text }: { text: string })")
        .replace("forwardRef((props, ref)", "forwardRef<HTMLElement>((_: object, ref)")
        .replace("useState(0)", "useState<number>(0)")
    )


def react_panel(name: str, suffixes: tuple[str, str]) -> Panel:
    """Return the small React panel; suffixes are those of components and of other scripts."""
    component, plain = suffixes
    is_typed = plain == "ts"

    def renamed(file: str) -> str:
        stem, _, suffix = file.partition(".")
        if suffix.endswith("css"):
            return file
        kind = component if stem[0].isupper() or stem == "index" else plain
        return f"{stem}.{kind}"

    files = {renamed(file): typed(text) if is_typed else text for file, text in FILES.items()}
    edits = [
        Edit(one.name, one.shows, {renamed(file): change for file, change in one.changes.items()})
        for one in EDITS
    ]
    return Panel(name, f"index.{component}", files, edits, f"App.{component}")


PAGES, PARTS = 10, 18
PART = """\
import React, { useState } from 'react'
import { useSelector } from 'react-redux'
import { Button, Tag } from 'antd-mobile'
import { label } from './label'

export function Part{part}({ name }) {
  const [open, setOpen] = useState(false)
  const power = useSelector((state) => state.power)
  const rows = []
{rows}
  return (
    <section className="card" onClick={() => setOpen(!open)}>
      <h3 id="p{page}-{part}">{label(name)} {part}</h3>
      <Tag>{open ? 'open' : 'closed'}</Tag>
      <Button size="mini">{power ? 'on' : 'off'} {rows.length}</Button>
    </section>
  )
}
"""


def large_panel() -> Panel:
    """Return a panel of 200 modules with antd-mobile, a router and a store."""
    files = {
        "index.jsx": "import React from 'react'\nimport ReactDOM from 'react-dom'\n"
        "import { Provider } from 'react-redux'\nimport App from './App'\nimport { store } from './store'\n"
        "import './style.css'\n\n"
        "ReactDOM.render(<Provider store={store}><App /></Provider>, document.getElementById('app'))\n",
        "store.js": "import { createStore } from 'redux'\nimport { reducer } from './reducer'\n"
        "export const store = createStore(reducer)\n",
        "reducer.js": "export const reducer = (state = { power: true }, action) =>\n"
        "  action.type === 'power' ? { ...state, power: action.value } : state\n",
        "style.css": STYLE,
    }
    rows = "\n".join(f"  rows.push({{ id: {n}, name: 'row {n}', on: {n} > 2 }})" for n in range(12))
    for page in range(PAGES):
        folder = f"pages/p{page}"
        files[f"{folder}/label.js"] = "export const label = (name) => `${name}:`\n"
        for part in range(PARTS):
            text = PART.replace("{part}", str(part)).replace("{page}", str(page)).replace("{rows}", rows)
            files[f"{folder}/Part{part}.jsx"] = text
        imports = "".join(f"import {{ Part{part} }} from './Part{part}'\n" for part in range(PARTS))
        body = "".join(f'<Part{part} name="Part" />' for part in range(PARTS))
        files[f"{folder}/Page.jsx"] = (
            f"import React from 'react'\n{imports}\nexport const Page = () => <div>{body}</div>\n"
        )
    imports = "".join(
        f"import {{ Page as Page{page} }} from './pages/p{page}/Page'\n" for page in range(PAGES)
    )
    routes = "".join(f'<Route path="/p{page}" element={{<Page{page} />}} />' for page in range(PAGES))
    files["App.jsx"] = (
        "import React, { useState } from 'react'\n"
        "import { MemoryRouter, Route, Routes } from 'react-router-dom'\n"
        f"{imports}\nexport default function App() {{\n  const [count, setCount] = useState(0)\n  return (\n"
        '    <div className="box">\n      <h1 id="mark">mark 0</h1>\n'
        '      <button id="count" onClick={() => setCount(count + 1)}>{count}</button>\n'
        f"      <MemoryRouter initialEntries={{['/p3']}}><Routes>{routes}</Routes></MemoryRouter>\n"
        "    </div>\n  )\n}\n"
    )
    edits = [
        Edit("a part", has("#p3-4", "Part: four"), {
            "pages/p3/Part4.jsx": [("{label(name)} 4", "{label(name)} four")]}),
        Edit("helper of a page", has("#p3-0", "Part- 0"), {"pages/p3/label.js": [("${name}:", "${name}-")]}),
        Edit("a page", has("#p3-0", "Piece- 0"), {
            "pages/p3/Page.jsx": [('<Part0 name="Part"', '<Part0 name="Piece"')]}),
        Edit("the routes", has("#mark", "mark one"), {"App.jsx": [("mark 0", "mark one")]}),
        Edit("hook of a part", has("#p3-5", "Part- 5!"), {"pages/p3/Part5.jsx": [
            ("{label(name)} 5", "{label(name)} 5{end}"),
            ("  const rows", "  const [end] = useState('!')\n  const rows"),
        ]}),
        Edit("style", "getComputedStyle(document.querySelector('.box')).color === 'rgb(9, 0, 0)'",
             {"style.css": [("rgb(0,", "rgb(9,")]}),
    ]  # fmt: skip
    packages = ("antd-mobile", "react-router-dom", "redux", "react-redux")
    return Panel("200 modules", "index.jsx", files, edits, "App.jsx", packages)


def panels() -> list[Panel]:
    """Return every panel: 44 edits."""
    return [
        react_panel("React", ("jsx", "js")),
        react_panel("TypeScript", ("tsx", "ts")),
        Panel("Vue", "index.js", VUE_FILES, VUE_EDITS, "App.vue", ("vue",)),
        large_panel(),
    ]
