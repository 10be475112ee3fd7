"""A save keeps the state of React components, or says why it does not."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import Run, edit, make_project, open_live, running

pytestmark = [pytest.mark.browser, pytest.mark.node]

INDEX = """\
import React from 'react'
import ReactDOM from 'react-dom'
import { App } from './App'
import './run'
import './style.css'

ReactDOM.render(<App />, document.getElementById('app'))
"""
APP = """\
import React, { createContext, memo, useContext, useEffect, useState } from 'react'
import { Counter } from './Counter'
import { Field } from './Field'
import { double } from './math'
import { Shade } from './shade'

const Title = memo(({ text }) => <h1>{text}</h1>)

export function App() {
  const [count, setCount] = useState(1)
  return (
    <main className="box">
      <Title text="VERSION" />
      <button id="add" onClick={() => setCount(count + 1)}>add</button>
      <p id="count">{count}</p>
      <p id="double">{double(count)}</p>
      <Shade.Provider value="dark">
        <Counter />
      </Shade.Provider>
      <Field />
    </main>
  )
}
"""
FILES = {
    "index.jsx": INDEX,
    "App.jsx": APP,
    "Counter.jsx": """\
import React, { useContext, useState } from 'react'
import { Shade } from './shade'

export function Counter() {
  const [own, setOwn] = useState(10)
  const shade = useContext(Shade)
  return <button id="own" onClick={() => setOwn(own + 1)}>{`${shade} own ${own}`}</button>
}
""",
    "Field.jsx": """\
import React, { forwardRef, useRef } from 'react'

const Input = forwardRef((props, ref) => <input id="field" ref={ref} {...props} />)

export function Field() {
  const ref = useRef(null)
  return <label>first<Input ref={ref} /></label>
}
""",
    "math.js": "export const double = (value) => value * 2\n",
    "shade.js": "import React from 'react'\n\nexport const Shade = React.createContext('none')\n",
}


@pytest.fixture(scope="module")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Run, Path]]:
    """`devkit dev` on that panel; each test finds its files as they are above."""
    folder = make_project(tmp_path_factory.mktemp("hot") / "panel")
    write(folder)
    async with running(folder, "dev", "--no-proxy") as run:
        yield run, folder


def write(folder: Path, **files: str) -> None:
    """Put the files back as they were, and some otherwise."""
    for name, text in {**FILES, "run.js": "", **files}.items():
        file = folder / "src" / name
        if name == "run.js" and file.exists() and name not in files:
            continue
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


class Hot:
    """An open page of that panel, in the middle of its work."""

    def __init__(self, run: Run, folder: Path, page: Page) -> None:
        self.run, self.src, self.page = run, folder / "src", page

    def text(self, name: str) -> str:
        return (self.src / name).read_text("utf-8")

    async def save(self, name: str, old: str, new: str, what: str) -> None:
        """Edit a file and wait until the page says what it did."""
        edit(self.src / name, old, new)
        await self.told(what)

    async def told(self, what: str) -> None:
        await self.run.next("updated", what=what)

    async def shows(self, **texts: str) -> None:
        for name, text in texts.items():
            await expect(self.page.locator(f"#{name}")).to_have_text(text)

    async def kept(self, count: str = "3", own: str = "dark own 12") -> None:
        """The page is the one that was opened, with what was done in it."""
        await self.shows(count=count, own=own)
        await expect(self.page.locator("#field")).to_have_value("typed")
        assert await self.page.evaluate("window.marker === 1")


@pytest.fixture
async def hot(dev: tuple[Run, Path], page: Page) -> Hot:
    run, folder = dev
    for file in (folder / "src").iterdir():
        if file.name not in {*FILES, "run.js", "style.css"}:
            file.unlink()
    turn = secrets.token_hex(4)
    write(folder, **{"run.js": f"window.run = '{turn}'\n"})
    await page.goto(run.ready["panel_url"])
    await page.wait_for_function("(turn) => window.run === turn", arg=turn)
    await open_live(page, run.ready["panel_url"])
    await expect(page.locator("h1")).to_have_text("VERSION")
    await page.evaluate("window.marker = 1")
    for _ in range(2):
        await page.click("#add")
        await page.click("#own")
    await page.fill("#field", "typed")
    found = Hot(run, folder, page)
    await found.kept()
    return found


async def test_function_component_memo_and_context_keep_their_state(hot: Hot) -> None:
    await hot.save("App.jsx", "VERSION", "second", "hot: App.jsx")
    await expect(hot.page.locator("h1")).to_have_text("second")
    await hot.kept()
    await hot.save("Counter.jsx", "own ${own}", "now ${own}", "hot: Counter.jsx")
    await hot.kept(own="dark now 12")
    await hot.save("Field.jsx", "first", "second", "hot: Field.jsx")
    await expect(hot.page.locator("label")).to_have_text("second")
    await hot.kept(own="dark now 12")


async def test_module_that_is_no_component_goes_up_to_its_importers(hot: Hot) -> None:
    await hot.save("math.js", "value * 2", "value * 5", "hot: math.js")
    await hot.shows(double="15")
    await hot.kept()
    # another context: what is below its provider starts anew, as a fresh load would have it
    await hot.save("shade.js", "'none'", "'nothing'", "hot: shade.js")
    await hot.kept(own="dark own 10")
    await hot.page.click("#add")
    await hot.shows(count="4", double="20")


async def test_entry_restarts_in_place_and_says_so(hot: Hot) -> None:
    await hot.page.evaluate("document.querySelector('#field').focus()")
    await hot.save("index.jsx", "<App />", "<App again />", "restarted: index.jsx runs at load")
    await hot.shows(count="1")
    await expect(hot.page.locator("#field")).to_be_focused()
    assert await hot.page.evaluate("window.marker === 1")
    await hot.page.click("#add")
    await hot.save("App.jsx", "VERSION", "after", "hot: App.jsx")
    await expect(hot.page.locator("h1")).to_have_text("after")
    await hot.shows(count="2")


async def test_changed_hooks_start_that_component_anew_and_no_other(hot: Hot) -> None:
    old, new = "  const shade", "  const [more] = useState('more')\n  const shade"
    await hot.save("Counter.jsx", old, new, "hot: Counter.jsx")
    await hot.kept(own="dark own 10")


async def test_new_module_and_a_removed_one(hot: Hot) -> None:
    (hot.src / "Extra.jsx").write_text(
        "import React, { useState } from 'react'\n"
        "export const Extra = () => { const [is] = useState('extra'); return <em>{is}</em> }\n",
        "utf-8",
    )
    text = hot.text("App.jsx").replace("import { double", "import { Extra } from './Extra'\nimport { double")
    (hot.src / "App.jsx").write_text(text.replace("<Field />", "<Field /><Extra />"), "utf-8")
    await hot.told("hot: App.jsx, Extra.jsx")
    await expect(hot.page.locator("em")).to_have_text("extra")
    await hot.kept()
    await hot.save("Extra.jsx", "'extra'", "'more'", "hot: Extra.jsx")
    await hot.save("Extra.jsx", "<em>{is}", "<em>new {is}", "hot: Extra.jsx")
    await expect(hot.page.locator("em")).to_have_text("new more")
    write(hot.src.parent)
    await hot.told("hot: App.jsx")
    (hot.src / "Extra.jsx").unlink()
    await expect(hot.page.locator("em")).to_have_count(0)
    await hot.kept()


async def test_error_while_drawing_is_shown_and_the_fix_draws_again(hot: Hot) -> None:
    edit(hot.src / "Counter.jsx", "  const shade", "  throw new Error('broken')\n  const shade")
    await expect(hot.page.locator("[data-devkit=note]")).to_contain_text("broken")
    write(hot.src.parent)
    await hot.told("hot: Counter.jsx")
    await hot.shows(own="dark own 10")
    assert await hot.page.evaluate("window.marker === 1")
    await expect(hot.page.locator("[data-devkit=note]")).to_have_count(0)


async def test_error_while_a_module_runs_leaves_the_panel_as_it_was(hot: Hot) -> None:
    edit(hot.src / "Counter.jsx", "export function", "missing()\nexport function")
    await expect(hot.page.locator("[data-devkit=note]")).to_contain_text("missing is not defined")
    await hot.page.click("#own")
    await hot.kept(own="dark own 13")
    write(hot.src.parent, **{"Counter.jsx": FILES["Counter.jsx"].replace("own ${own}", "now ${own}")})
    await hot.told("hot: Counter.jsx")
    await hot.kept(own="dark now 13")
    await expect(hot.page.locator("[data-devkit=note]")).to_have_count(0)


KINDS = """\
import React, { lazy, memo, forwardRef, Suspense, useState } from 'react'
import { Boundary } from './Boundary'
import { useStore } from './store'

const withName = (Inner) => function WithName(props) { return <Inner {...props} name="hoc" /> }
const Plain = ({ name }) => {
  const [n, set] = useState(0)
  return <i id="hoc" onClick={() => set(n + 1)}>{name} {n} v1</i>
}
export const Wrapped = withName(Plain)
export const Both = memo(forwardRef((props, ref) => {
  const [n, set] = useState(0)
  return <i id="both" ref={ref} onClick={() => set(n + 1)}>{n} v1</i>
}))
const Page = lazy(() => import('./Page'))
function Stored() { const n = useStore(); return <i id="stored">{n}</i> }
export const Kinds = () => (
  <Boundary><Wrapped /><Both /><Stored /><Suspense fallback=""><Page /></Suspense></Boundary>
)
"""
BOUNDARY = """\
import React, { Component } from 'react'
export class Boundary extends Component {
  state = { failed: false }
  static getDerivedStateFromError() { return { failed: true } }
  render() { return this.state.failed ? <i id="caught">caught</i> : this.props.children }
}
"""
STORE = """\
import { useEffect, useState } from 'react'
let value = 5
const followers = new Set()
export const add = () => { value += 1; followers.forEach((follow) => follow(value)) }
window.add = add
export function useStore() {
  const [now, set] = useState(value)
  useEffect(() => { followers.add(set); return () => followers.delete(set) }, [])
  return now
}
"""
PAGE = """\
import React, { useState } from 'react'
export default function Page() {
  const [n, set] = useState(0)
  return <i id="page" onClick={() => set(n + 1)}>{n} v1</i>
}
"""


async def test_every_kind_of_component_keeps_what_vite_keeps(hot: Hot) -> None:
    text = APP.replace("import { Field", "import { Kinds } from './Kinds'\nimport { Field")
    text = text.replace("<Field />", "<Field /><Kinds />")
    files = {"Boundary.jsx": BOUNDARY, "store.js": STORE, "App.jsx": text}
    write(hot.src.parent, **{**files, "Kinds.jsx": KINDS, "Page.jsx": PAGE})
    await expect(hot.page.locator("#page")).to_have_text("0 v1")
    await hot.page.evaluate("window.marker = 2")
    for name in ("add", "hoc", "both", "page"):
        await hot.page.click(f"#{name}")
    await hot.page.evaluate("add()")
    await hot.shows(count="2", hoc="hoc 1 v1", both="1 v1", page="1 v1", stored="6")
    await hot.save("Kinds.jsx", "v1", "v2", "hot: Kinds.jsx")
    await hot.shows(count="2", hoc="hoc 1 v2", both="1 v2", page="1 v1", stored="6")
    await hot.save("Page.jsx", "v1", "v2", "hot: Page.jsx")
    await hot.shows(hoc="hoc 1 v2", both="1 v2", page="1 v2", stored="6")
    edit(hot.src / "Page.jsx", "  const", "  throw new Error('in it')\n  const")
    await expect(hot.page.locator("#caught")).to_have_text("caught")
    write(hot.src.parent, **{**files, "Kinds.jsx": KINDS.replace("v1", "v2"), "Page.jsx": PAGE})
    await hot.told("hot: Page.jsx")
    await hot.shows(count="2", page="0 v1", stored="6")
    assert await hot.page.evaluate("window.marker === 2")


async def test_import_meta_hot_is_as_vite_documents_it(hot: Hot) -> None:
    parts = {
        "part.js": "export const part = 'p1'\nwindow.log('run part')\n"
        "import.meta.hot?.dispose(() => window.log('leave part'))\n"
        "import.meta.hot?.prune(() => window.log('prune part'))\n",
        "deps.js": "import { part } from './part'\nexport const read = () => part\nwindow.log('run deps')\n"
        "import.meta.hot?.accept('./part', (now) => window.log('part is ' + now.part))\n"
        "import.meta.hot?.accept(['./other'], ([now]) => window.log('other is ' + now.other))\n"
        "import { other } from './other'\nexport const more = () => other\n",
        "other.js": "export const other = 'o1'\n",
        "self.js": "export const self = 's1'\nif (import.meta.hot) {\n"
        "  import.meta.hot.on('vite:beforeUpdate', ({ updates }) => window.log('before ' + updates.length))\n"
        "  import.meta.hot.accept((now) => now.self === 's3' && import.meta.hot.invalidate('no'))\n}\n",
    }
    text = APP.replace(
        "import { Field", "import { read, more } from './deps'\nimport { self } from './self'\nimport { Field"
    ).replace("<Field />", "<Field /><em onClick={() => setCount(9)}>{read()} {more()} {self}</em>")
    await hot.page.evaluate("window.logged = []; window.log = (text) => window.logged.push(text)")
    write(hot.src.parent, **parts, **{"App.jsx": text})
    await expect(hot.page.locator("em")).to_have_text("p1 o1 s1")

    async def logged() -> list[str]:
        found: list[str] = await hot.page.evaluate("window.logged.splice(0)")
        return found

    await logged()
    await hot.save("part.js", "p1", "p2", "hot: part.js")
    assert await logged() == ["before 1", "leave part", "run part", "part is p2"]
    await hot.save("other.js", "o1", "o2", "hot: other.js")
    assert await logged() == ["before 1", "other is o2"]
    await hot.save("self.js", "s1", "s2", "hot: self.js")
    assert (await logged())[0] == "before 1"
    await hot.page.click("em")
    await expect(hot.page.locator("em")).to_have_text("p2 o2 s2")
    await hot.save("self.js", "= 's2'", "= 's3'", "hot: self.js")
    await expect(hot.page.locator("em")).to_have_text("p2 o2 s3")
    await hot.kept(count="9")
    await logged()
    write(hot.src.parent)
    await hot.told("hot: App.jsx")
    assert {"leave part", "prune part"} <= set(await logged())
    await hot.kept(count="9")


async def test_two_pages_take_the_same_and_one_that_was_behind_starts_again(hot: Hot) -> None:
    other = await hot.page.context.new_page()
    await open_live(other, hot.run.ready["panel_url"])
    await other.click("#add")
    await hot.save("App.jsx", "VERSION", "second", "hot: App.jsx")
    for page, count in ((hot.page, "3"), (other, "2")):
        await expect(page.locator("h1")).to_have_text("second")
        await expect(page.locator("#count")).to_have_text(count)
    await other.close()


async def test_style_that_is_taken_back_before_the_bundle_is_built(hot: Hot) -> None:
    colour = "getComputedStyle(document.querySelector('.box')).color === 'rgb({}, 2, 3)'"
    edit(hot.src / "style.css", "rgb(1,", "rgb(9,")
    await hot.page.wait_for_function(colour.format(9))
    edit(hot.src / "style.css", "rgb(9,", "rgb(1,")
    (hot.src / "new.js").write_text("", "utf-8")
    await hot.page.wait_for_function(colour.format(1))
    await hot.kept()


async def test_build_that_fails_keeps_the_page_and_the_fix_its_state(hot: Hot) -> None:
    edit(hot.src / "App.jsx", "</main>", "")
    await expect(hot.page.locator("[data-devkit=overlay]")).to_contain_text("App.jsx")
    write(hot.src.parent, **{"App.jsx": APP.replace("VERSION", "fixed")})
    await hot.told("hot: App.jsx")
    await expect(hot.page.locator("h1")).to_have_text("fixed")
    await expect(hot.page.locator("[data-devkit=overlay]")).to_have_count(0)
    await hot.kept()


async def test_name_that_is_not_there_is_an_error_as_ever(hot: Hot) -> None:
    edit(hot.src / "App.jsx", "import { double }", "import { triple, double }")
    edit(hot.src / "App.jsx", "{double(count)}", "{triple(count)}")
    await expect(hot.page.locator("[data-devkit=overlay]")).to_contain_text(
        'No matching export in "src/math.js" for import "triple"'
    )
    await hot.kept()
    write(hot.src.parent)
    await expect(hot.page.locator("[data-devkit=overlay]")).to_have_count(0)
    await hot.kept()


async def test_what_is_new_of_a_package_is_there(hot: Hot) -> None:
    text = APP.replace("memo, useContext", "Fragment, memo, useContext")
    text = text.replace("<Field />", "<Field /><Fragment><em>in it</em></Fragment>")
    write(hot.src.parent, **{"App.jsx": text})
    await hot.told("hot: App.jsx")
    await expect(hot.page.locator("em")).to_have_text("in it")
    await hot.kept()


async def test_listeners_that_a_module_gave_the_sdk_go_with_it(hot: Hot) -> None:
    listening = "sdk.on('told', () => { window.heard.push('first') })\n"
    text = f"import sdk from 'qcloud-iotexplorer-h5-panel-sdk'\n{listening}{FILES['math.js']}"
    write(hot.src.parent, **{"math.js": text})
    await hot.told("restarted: qcloud-iotexplorer-h5-panel-sdk is new in it")
    await hot.page.evaluate("window.heard = []; h5PanelSdk.emit('told')")
    write(hot.src.parent, **{"math.js": text.replace("first", "second")})
    await hot.told("hot: math.js")
    assert await hot.page.evaluate("window.heard = []; h5PanelSdk.emit('told'); window.heard") == ["second"]


async def test_lazy_component_and_class_component(hot: Hot) -> None:
    (hot.src / "Page.jsx").write_text(
        "import React from 'react'\n"
        "export default class Page extends React.Component {\n"
        "  state = { at: 0 }\n"
        "  add = () => this.setState({ at: this.state.at + 1 })\n"
        "  render() { return <i onClick={this.add}>page {this.state.at}</i> }\n"
        "}\n",
        "utf-8",
    )
    text = APP.replace("const Title", "const Page = React.lazy(() => import('./Page'))\nconst Title")
    text = text.replace("<Field />", '<Field /><React.Suspense fallback=""><Page /></React.Suspense>')
    write(hot.src.parent, **{"App.jsx": text})
    await hot.told("restarted: the bundle is put together in another way")
    await hot.page.click("i")
    await expect(hot.page.locator("i")).to_have_text("page 1")
    await hot.page.click("#add")
    await hot.save("Page.jsx", ">page ", ">leaf ", "hot: Page.jsx")
    await expect(hot.page.locator("i")).to_have_text("leaf 0")
    await hot.save("App.jsx", "VERSION", "around it", "hot: App.jsx")
    await hot.shows(count="2")


async def test_vanilla_module_takes_over_with_import_meta_hot(hot: Hot) -> None:
    store = """\
export let value = 'one'
export const times = (import.meta.hot && import.meta.hot.data.times || 0) + 1
window.disposed = window.disposed || []
if (import.meta.hot) {
  import.meta.hot.accept((now) => { window.accepted = now.value })
  import.meta.hot.dispose((data) => { data.times = times; window.disposed.push(value) })
}
"""
    (hot.src / "store.js").write_text(store, "utf-8")
    text = APP.replace("import { double", "import { value, times } from './store'\nimport { double")
    write(hot.src.parent, **{"App.jsx": text.replace("<Field />", "<Field /><em>{value} {times}</em>")})
    await hot.told("hot: App.jsx, store.js")
    await expect(hot.page.locator("em")).to_have_text("one 1")
    await hot.save("store.js", "'one'", "'two'", "hot: store.js")
    assert await hot.page.evaluate("[window.accepted, window.disposed]") == ["two", ["one"]]
    await hot.page.click("#add")
    await expect(hot.page.locator("em")).to_have_text("two 2")
    await hot.shows(count="4")


async def test_hundred_saves_lose_nothing(hot: Hot) -> None:
    for number in range(100):
        (hot.src / "App.jsx").write_text(APP.replace("VERSION", f"save {number}"), "utf-8")
    await expect(hot.page.locator("h1")).to_have_text("save 99")
    await hot.kept()


async def test_stack_of_new_code_points_to_the_source(hot: Hot) -> None:
    new = "{double(count)}</p><p id=\"place\">{new Error().stack.split('\\n')[1]}"
    await hot.save("App.jsx", "{double(count)}", new, "hot: App.jsx")
    await expect(hot.page.locator("#place")).to_contain_text("/hot/src/App.jsx?v=")


async def test_own_react_keeps_its_state_and_the_old_one_is_unmounted(tmp_path: Path, page: Page) -> None:
    warnings: list[str] = []
    page.on("pageerror", lambda error: warnings.append(str(error)))
    folder = make_project(tmp_path / "panel")
    write(folder)
    (folder / "devkit.toml").write_text('react = "bundle"\n', "utf-8")
    async with running(folder, "dev", "--no-proxy") as run:
        await open_live(page, run.ready["panel_url"])
        hot = Hot(run, folder, page)
        await page.click("#add")
        await hot.save("App.jsx", "VERSION", "second", "hot: App.jsx")
        await hot.shows(count="2")
        await hot.save("index.jsx", "<App />", "<App again />", "restarted: index.jsx runs at load")
        await page.click("#own")
        await hot.save("Counter.jsx", "own ${own}", "now ${own}", "hot: Counter.jsx")
        await hot.shows(own="dark now 11")
    assert not warnings
