"""Pages of other sites that hide their address, in a browser behind the proxy, and want the panel."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from devkit.devserver.build_files import BuildFiles
from devkit.errors import BuildError, Diagnostic
from devkit.web.binding import bind
from devkit.web.fetch_site import OwnSite
from devkit.web.guard import Guard
from devkit.web.hosts import PANEL_HOSTS, SCRIPT_URL, STYLE_URL
from devkit.web.serving import serving
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.proxy import Builds, PanelApp, running

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

pytestmark = pytest.mark.browser

SCRIPT = b"""function secretOfTheMaker() { return 'known' }
var alsoSeen = 1
window.panelRan = true
"""
BUILDS = Builds({"index.js": SCRIPT, "index.css": b"#app { color: rgb(1, 2, 3) }"})
EVIL = """<meta name="referrer" content="no-referrer"><div id="app"></div><script>
var seen = []
Object.defineProperty(String.prototype, 'includes', { value: () => true })
Object.defineProperty(RegExp.prototype, 'test', { value: () => true })
window.Error = function () { seen.push('Error') }
const location_ = { value: { origin: 'https://iot.cloud.tencent.com' } }
try { Object.defineProperty(window, 'location', location_) } catch (e) {}
</script>"""
WORKER = """var location = { origin: 'https://iot.cloud.tencent.com', hostname: '127.0.0.1' }
var turn = 0, document = { get all() { return turn++ ? {} : undefined } }, window = self
try { importScripts('https://developing.script/developing.js') } catch (e) {}
postMessage([typeof secretOfTheMaker, typeof panelRan])"""
LOAD = """([kind, fields]) => new Promise((resolve) => {
  const element = Object.assign(document.createElement(kind), fields)
  element.onload = () => resolve('loaded')
  element.onerror = () => resolve('refused')
  document.body.append(element)
})"""
SEEN = "() => [typeof secretOfTheMaker, typeof alsoSeen, typeof panelRan]"
NOTHING = ["undefined"] * 3
NO_REFERER = {"referrerPolicy": "no-referrer"}


async def evil(scope: Scope, receive: Receive, send: Send) -> None:
    worker = scope["path"] == "/worker.js"
    answer = Response(WORKER, media_type="text/javascript") if worker else HTMLResponse(EVIL)
    answer.headers["referrer-policy"] = "no-referrer"
    await answer(scope, receive, send)


@pytest.fixture(scope="module")
async def behind_proxy(
    tmp_path_factory: pytest.TempPathFactory,
) -> "AsyncIterator[tuple[BrowserContext, str]]":
    from playwright.async_api import async_playwright

    app = Guard(OwnSite(BuildFiles(BUILDS, HTMLResponse("")), (), ()), hosts=PANEL_HOSTS)
    listener = bind("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        await stack.enter_async_context(serving(evil, listener))
        folder = tmp_path_factory.mktemp("ca")
        proxy = await stack.enter_async_context(running(folder, cast(PanelApp, app)))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(),
            proxy={"server": proxy.url, "bypass": "*.example"},
            args=[*LAUNCH_ARGS, "--host-resolver-rules=MAP *.example 127.0.0.1"],
        )
        stack.push_async_callback(browser.close)
        context = await browser.new_context(ignore_https_errors=True)
        yield context, f"http://evil.example:{listener.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("kind", "fields", "result"),
    [
        ("script", {"src": SCRIPT_URL, **NO_REFERER}, "loaded"),  # it throws before its first line
        ("script", {"src": SCRIPT_URL, "crossOrigin": "anonymous", **NO_REFERER}, "refused"),
        ("script", {"src": SCRIPT_URL, "type": "module", **NO_REFERER}, "refused"),
        ("link", {"href": SCRIPT_URL, "rel": "preload", "as": "fetch", **NO_REFERER}, "loaded"),  # the 403
        ("link", {"href": SCRIPT_URL, "rel": "modulepreload", **NO_REFERER}, "refused"),
        ("link", {"href": STYLE_URL, "rel": "stylesheet", "crossOrigin": "anonymous"}, "refused"),
        ("img", {"src": STYLE_URL, **NO_REFERER}, "refused"),
        ("object", {"data": SCRIPT_URL}, "refused"),
    ],
)
async def test_no_element_of_a_hidden_page_gets_the_panel(
    behind_proxy: "tuple[BrowserContext, str]", kind: str, fields: dict[str, Any], result: str
) -> None:
    context, url = behind_proxy
    page = await context.new_page()
    await page.goto(url)
    assert await page.evaluate(LOAD, [kind, fields]) == result
    assert await page.evaluate(SEEN) == NOTHING
    assert await page.evaluate("seen") == []
    await page.close()


async def test_no_other_way_of_a_hidden_page_gets_the_panel(
    behind_proxy: "tuple[BrowserContext, str]",
) -> None:
    context, url = behind_proxy
    page = await context.new_page()
    await page.goto(url)
    ways = {
        "fetch": f"fetch('{SCRIPT_URL}', {{ mode: 'no-cors' }}).then((a) => a.status, () => 'refused')",
        "cors": f"fetch('{SCRIPT_URL}').then((a) => a.text(), () => 'refused')",
        "import": f"import('{SCRIPT_URL}').then(() => 'loaded', () => 'refused')",
    }
    for name, code in ways.items():
        expected = 0 if name == "fetch" else "refused"  # an opaque answer, which is the refusal
        assert await page.evaluate(code) == expected, name
    worker = "new Promise((done) => { new Worker('/worker.js').onmessage = (told) => done(told.data) })"
    assert await page.evaluate(worker) == ["undefined", "undefined"]
    framed = """(html) => new Promise((done) => {
      window.onmessage = (told) => done(told.data)
      const frame = Object.assign(document.createElement('iframe'), { srcdoc: html })
      frame.sandbox = 'allow-scripts'
      document.body.append(frame)
    })"""
    inner = f'<script src="{SCRIPT_URL}"></script><script>parent.postMessage(({SEEN})(), "*")</script>'
    assert await page.evaluate(framed, inner) == NOTHING
    await page.close()


@pytest.mark.parametrize("failing", [False, True])
async def test_the_platforms_page_has_its_panel_though_it_hides_itself(
    behind_proxy: "tuple[BrowserContext, str]", failing: bool
) -> None:
    context, url = behind_proxy
    if failing:
        BUILDS.set({}, BuildError([Diagnostic("secret source line")]))
    page = await context.new_page()
    await page.route(
        "https://iot.cloud.tencent.com/**", lambda route: route.fulfill(body=EVIL, content_type="text/html")
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))
    await page.goto("https://iot.cloud.tencent.com/h5panel/developing")
    assert await page.evaluate(LOAD, ["script", {"src": SCRIPT_URL}]) == "loaded"
    assert await page.evaluate(LOAD, ["link", {"href": STYLE_URL, "rel": "stylesheet"}]) == "loaded"
    assert not any(asked)
    if failing:
        await page.get_by_text("secret source line").wait_for()
        await page.goto(url)
        await page.evaluate(LOAD, ["script", {"src": SCRIPT_URL}])
        assert await page.evaluate("document.body.children.length") == 3
        BUILDS.set({"index.js": SCRIPT})
    else:
        assert await page.evaluate("panelRan && secretOfTheMaker()") == "known"
        assert await page.evaluate("getComputedStyle(app).color") == "rgb(1, 2, 3)"
    await page.close()
