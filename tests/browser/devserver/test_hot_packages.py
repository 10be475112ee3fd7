"""State over a save with an own React 17, stores and workspaces, and in pages that were away."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.devserver.harness import MODEL, SERVED, Run, edit, open_live, running
from tests.helpers.packages import node_modules

pytestmark = [pytest.mark.browser, pytest.mark.node]

FILES = {
    "package.json": json.dumps(
        {
            "workspaces": ["packages/*"],
            "dependencies": {
                "react": "17", "react-dom": "17", "redux": "4", "react-redux": "8", "mobx": "6",
                "mobx-react-lite": "4", "zustand": "4", "shared": "*",
            },
        }
    ),
    "devkit.toml": 'react = "bundle"\n',
    "thing-model.json": json.dumps(MODEL),
    "packages/shared/package.json": '{ "name": "shared", "version": "1.0.0", "main": "index.js" }',
    "packages/shared/index.js": "export const word = 'shared'\n",
    "src/index.jsx": """\
import React from 'react'
import ReactDOM from 'react-dom'
import { App } from './App'

ReactDOM.render(<App />, document.getElementById('app'))
""",
    "src/store.js": """\
import { makeAutoObservable } from 'mobx'
import { createStore } from 'redux'
import { create } from 'zustand'

const reducer = (state = { n: 0 }, { type }) => (type === 'add' ? { n: state.n + 1 } : state)
export const redux = createStore(reducer)
export const mobx = makeAutoObservable({ n: 0, add() { mobx.n += 1 } })
export const useZustand = create((set) => ({ n: 0, add: () => set(({ n }) => ({ n: n + 1 })) }))
""",
    "src/App.jsx": """\
import { observer } from 'mobx-react-lite'
import React, { useState } from 'react'
import { Provider, useDispatch, useSelector } from 'react-redux'
import { word } from 'shared'
import { mobx, redux, useZustand } from './store'
import { Title } from './Title'

function Redux() {
  const n = useSelector((state) => state.n)
  const dispatch = useDispatch()
  return <button id="redux" onClick={() => dispatch({ type: 'add' })}>redux {n}</button>
}
const Mobx = observer(() => <button id="mobx" onClick={() => mobx.add()}>mobx {mobx.n}</button>)
function Zustand() {
  const { n, add } = useZustand()
  return <button id="zustand" onClick={add}>zustand {n}</button>
}

export function App() {
  const [n, set] = useState(0)
  return (
    <main>
      <Title text={word} />
      <p id="react">{React.version}</p>
      <button id="own" onClick={() => set(n + 1)}>own {n}</button>
      <Provider store={redux}><Redux /></Provider>
      <Mobx />
      <Zustand />
    </main>
  )
}
""",
    "src/Title.jsx": "import React from 'react'\nexport const Title = ({ text }) => <h1>title {text}</h1>\n",
}  # fmt: skip


@pytest.fixture(scope="module")
async def panel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Run, Path]]:
    """`devkit dev` on the panel; what a test edits no other looks at, but for the title."""
    folder = tmp_path_factory.mktemp("packages") / "panel"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "node_modules").mkdir()
    for package in node_modules().iterdir():
        (folder / "node_modules" / package.name).symlink_to(package)
    (folder / "node_modules" / "shared").symlink_to(folder / "packages" / "shared")
    async with running(folder, "dev", "--no-proxy") as run:
        yield run, folder


async def start(run: Run, page: Page) -> None:
    """Open the page and click each button once."""
    await open_live(page, run.ready["panel_url"])
    await page.evaluate("window.marker = 1")
    for name in ("own", "redux", "mobx", "zustand"):
        await page.click(f"#{name}")


async def kept(page: Page, title: str, **counts: int) -> None:
    """The page is the one that was opened, with what was done in it."""
    await expect(page.locator("h1")).to_have_text(title)
    for name, count in {"own": 1, "redux": 1, "mobx": 1, "zustand": 1, **counts}.items():
        await expect(page.locator(f"#{name}")).to_have_text(f"{name} {count}")
    assert await page.evaluate("window.marker === 1")


async def test_stores_and_a_react_of_the_project_keep_their_state(
    panel: tuple[Run, Path], page: Page
) -> None:
    run, folder = panel
    await start(run, page)
    edit(folder / "src/App.jsx", "redux {n}", "redux {n + 10}")
    await run.next("updated", what="hot: App.jsx")
    await kept(page, "title shared", redux=11)
    await expect(page.locator("#react")).to_have_text("17.0.2")
    await page.click("#mobx")
    await page.click("#redux")
    await page.click("#zustand")
    edit(folder / "src/App.jsx", "redux {n + 10}", "redux {n}")
    await run.next("updated", what="hot: App.jsx")
    await kept(page, "title shared", redux=2, mobx=2, zustand=2)


async def test_package_of_a_workspace_is_updated_as_the_project_itself(
    panel: tuple[Run, Path], page: Page
) -> None:
    run, folder = panel
    await start(run, page)
    edit(folder / "packages/shared/index.js", "'shared'", "'changed'")
    await run.next("updated", what="hot: index.js")
    await kept(page, "title changed")
    edit(folder / "packages/shared/index.js", "'changed'", "'shared'")
    await run.next("updated", what="hot: index.js")
    await kept(page, "title shared")


async def test_renamed_file_keeps_the_rest(panel: tuple[Run, Path], page: Page) -> None:
    run, folder = panel
    await start(run, page)
    for old, new in (("Title", "Name"), ("Name", "Title")):
        (folder / f"src/{old}.jsx").rename(folder / f"src/{new}.jsx")
        edit(folder / "src/App.jsx", f"'./{old}'", f"'./{new}'")
        await run.next("updated", what=f"hot: App.jsx, {new}.jsx")
        await kept(page, "title shared")
    await expect(page.locator("[data-devkit=overlay]")).to_have_count(0)


async def test_page_that_slept_takes_all_that_it_missed(panel: tuple[Run, Path], page: Page) -> None:
    run, folder = panel
    await start(run, page)
    session = await page.context.new_cdp_session(page)
    await session.send("Debugger.enable")
    paused = asyncio.Event()
    session.once("Debugger.paused", lambda _: paused.set())
    await session.send("Debugger.pause")
    other = await page.context.new_page()
    await start(run, other)
    for old, new in (("title", "first"), ("first", "second"), ("second", "third")):
        edit(folder / "src/Title.jsx", f">{old} ", f">{new} ")
        await kept(other, f"{new} shared")
    await paused.wait()
    await session.send("Debugger.resume")
    await kept(page, "third shared")
    await other.close()
    edit(folder / "src/Title.jsx", ">third ", ">title ")
    await kept(page, "title shared")


async def test_page_whose_socket_was_cut_comes_back_to_the_newest_version(
    panel: tuple[Run, Path], page: Page
) -> None:
    run, folder = panel
    sockets: list[WebSocketRoute] = []

    def follow(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    await page.route_web_socket(lambda url: "/__devkit/live" in url, follow)
    await start(run, page)
    await page.route("**/__devkit/alive", lambda route: route.abort())
    await sockets[0].close()
    edit(folder / "src/Title.jsx", ">title ", ">missed title ")
    edit(folder / "src/App.jsx", "own {n}", "my own {n}")
    await page.evaluate(SERVED, ["missed title", "my own"])
    await page.unroute("**/__devkit/alive")
    await expect(page.locator("h1")).to_have_text("missed title shared")
    await expect(page.locator("#own")).to_have_text("my own 0")
    assert await page.evaluate("window.marker === 1")
    edit(folder / "src/Title.jsx", ">missed title ", ">title ")
    edit(folder / "src/App.jsx", "my own {n}", "own {n}")
    await expect(page.locator("h1")).to_have_text("title shared")
