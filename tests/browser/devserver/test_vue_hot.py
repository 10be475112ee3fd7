"""A save keeps the state of Vue components: all of it with a template, that of the others with a script."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import MODEL, SERVED, Run, edit, open_live, running
from tests.helpers.packages import node_modules

pytestmark = [pytest.mark.browser, pytest.mark.node]

PANEL = Path(__file__).parents[2] / "data" / "vue-panel"
CLICK = """async (names) => {
  for (const name of names) {
    for (const _ of [1, 2]) {
      document.getElementById(name).click()
      await new Promise((done) => setTimeout(done))
    }
  }
}"""
CLICKED = {
    "count": "3", "double": "6", "own": "dark own 12", "options": "options 7", "typed": "typed 2 3 in it",
    "elsewhere": "elsewhere 2", "derived": "base 2", "badge": "badge 2", "later": "later 2",
    "store": "store 102", "other": "other 202", "route": "page 7 2",
}  # fmt: skip
"""What the page shows when each of its buttons has been clicked twice."""


@pytest.fixture(scope="module")
async def panel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Run, Path]]:
    """`devkit dev` on the panel; each test finds its files as they are in tests/data."""
    folder = tmp_path_factory.mktemp("vue") / "panel"
    shutil.copytree(PANEL, folder)
    (folder / "node_modules").symlink_to(node_modules())
    (folder / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    async with running(folder, "dev", "--no-proxy", "--hot", "components") as run:
        yield run, folder


class Hot:
    """An open page of that panel, in the middle of its work."""

    def __init__(self, run: Run, folder: Path, page: Page) -> None:
        self.run, self.src, self.page = run, folder / "src", page
        self.shown = dict(CLICKED)

    async def save(self, name: str, old: str, new: str, what: str) -> None:
        """Edit a file and wait until the page says what it did."""
        edit(self.src / name, old, new)
        await self.told(what)

    async def told(self, what: str) -> None:
        said = (await self.run.next("updated"))["what"]
        while "Home.vue" in said:
            said = (await self.run.next("updated"))["what"]
        assert said == what, self.run.events

    async def kept(self, **changes: str) -> None:
        """The page is the one that was opened, with what was done in it but for changes."""
        self.shown.update(changes)
        for name, text in self.shown.items():
            await expect(self.page.locator(f"#{name}")).to_have_text(text)
        await expect(self.page.locator("#field")).to_have_value("typed")
        assert await self.page.evaluate("window.marker === 1")

    async def colour(self, name: str) -> str:
        return str(await self.page.locator(name).evaluate("(element) => getComputedStyle(element).color"))

    async def restore(self) -> None:
        """Leave the files as they were, but for Home.vue, which tells when all is built."""
        for file in (PANEL / "src").iterdir():
            if file.name != "Home.vue" and (self.src / file.name).read_bytes() != file.read_bytes():
                shutil.copyfile(file, self.src / file.name)
        edit(self.src / "Home.vue", "home", "home!")
        said = ""
        while "Home.vue" not in said and not said.startswith("restarted"):
            said = (await self.run.next("updated"))["what"]
        text = (self.src / "Home.vue").read_text("utf-8")
        await self.page.evaluate(SERVED, [text.removeprefix('<template><p id="route">')[:-16]])


@pytest.fixture
async def hot(panel: tuple[Run, Path], page: Page) -> AsyncIterator[Hot]:
    run, folder = panel
    found = Hot(run, folder, page)
    await open_live(page, f"{run.ready['panel_url']}#/page/7")
    await expect(page.locator("#later")).to_be_visible()
    await page.evaluate("window.marker = 1")
    await page.evaluate(CLICK, ["add", *list(CLICKED)[2:]])
    await page.fill("#field", "typed")
    await found.kept()
    yield found
    await found.restore()


async def test_template_keeps_all_state(hot: Hot) -> None:
    await hot.save("App.vue", "VERSION", "second", "hot: App.vue (template)")
    await expect(hot.page.locator("h1")).to_have_text("second")
    await hot.kept()
    await hot.save("Typed.vue", ">typed {{", ">now {{", "hot: Typed.vue (template)")
    await hot.kept(typed="now 2 3 in it")
    await hot.save("Options.vue", ">options {{", ">chosen {{", "hot: Options.vue (template)")
    await hot.kept(options="chosen 7")
    await hot.save("elsewhere.html", "elsewhere {{", "there {{", "hot: Elsewhere.vue (template)")
    await hot.kept(elsewhere="there 2")


async def test_script_starts_its_component_anew(hot: Hot) -> None:
    await hot.save("Child.vue", "ref(10)", "ref(30)", "hot: Child.vue")
    await hot.kept(own="dark own 30")
    await hot.save("Typed.vue", "ref<number>(0)", "ref<number>(5)", "hot: Typed.vue")
    await hot.kept(typed="typed 5 3 in it")
    await hot.save("Options.vue", "this.start }", "this.start + 1 }", "hot: Options.vue")
    await hot.kept(options="options 6")
    await hot.save("elsewhere.js", "at: 0", "at: 3", "hot: elsewhere.js")
    await hot.kept(elsewhere="elsewhere 3")
    await hot.save("Badge.tsx", "`badge ${", "`sign ${", "hot: Badge.tsx")
    await hot.kept(badge="sign 0")
    await hot.save("Page.vue", "ref(0)", "ref(9)", "hot: Page.vue")
    await hot.kept(route="page 7 9")
    await hot.save("Later.vue", "ref(0)", "ref(4)", "hot: Later.vue")
    await hot.kept(later="later 4")
    await hot.page.click("#add")
    await hot.kept(count="4", double="8", typed="typed 5 4 in it")


async def test_style_is_no_update_of_javascript(hot: Hot) -> None:
    edit(hot.src / "App.vue", "rgb(1, 2, 3)", "rgb(3, 2, 1)")
    await hot.page.wait_for_function(
        "getComputedStyle(document.querySelector('h1')).color === 'rgb(3, 2, 1)'"
    )
    edit(hot.src / "Typed.vue", "@width: 3px", "@width: 6px")
    border = "getComputedStyle(document.querySelector('#typed')).borderLeftWidth === '6px'"
    await hot.page.wait_for_function(border)
    edit(hot.src / "Options.vue", "about it", "about all")
    await hot.save("App.vue", "VERSION", "second", "hot: App.vue (template)")
    await hot.kept()
    # a variable of the script is the component's
    await hot.save("Typed.vue", "v-bind(colour)", "v-bind(label)", "hot: Typed.vue")
    await hot.kept(typed="typed 0 3 in it")


async def test_module_that_is_no_component_goes_up_to_its_importers(hot: Hot) -> None:
    await hot.save("types.ts", "label: string", "label?: string", "hot: Typed.vue")
    await hot.kept(typed="typed 0 3 in it")
    await hot.save("Base.vue", "'base'", "'bottom'", "hot: Base.vue")
    await hot.kept(derived="bottom 0")


async def test_store_keeps_its_state_and_takes_new_actions(hot: Hot) -> None:
    await hot.save("store.js", "this.total += 1", "this.total += 50", "hot: store.js")
    await hot.kept()
    await hot.page.click("#store")
    await hot.kept(store="store 152")
    await hot.save("store.js", "this.total += 50", "this.total += 5", "hot: store.js")
    await hot.page.click("#store")
    await hot.kept(store="store 157")
    for step in (7, 9):
        was = {7: 1, 9: 7}[step]
        await hot.save("other.js", f"sum.value += {was}", f"sum.value += {step}", "hot: other.js")
    await hot.page.click("#other")
    await hot.kept(other="other 211")


async def test_what_keep_alive_has_put_away_is_new_when_it_comes_back(hot: Hot) -> None:
    await hot.save("Two.vue", ">two {{", ">pair {{", "hot: Two.vue (template)")
    await hot.page.click("#tab")
    await expect(hot.page.locator("#two")).to_have_text("pair 20")
    await hot.page.click("#two")
    await hot.save("Child.vue", "own {{", "mine {{", "hot: Child.vue (template)")
    await hot.page.click("#tab")
    await hot.kept(own="dark mine 12")
    await hot.save("Two.vue", "ref(20)", "ref(40)", "hot: Two.vue")
    await hot.page.click("#tab")
    await expect(hot.page.locator("#two")).to_have_text("pair 40")


async def test_errors_of_a_template_are_shown_and_the_fix_brings_the_state_back(hot: Hot) -> None:
    edit(hot.src / "App.vue", "{{ double(count) }}", "{{ double(count }}")
    overlay = hot.page.locator("[data-devkit=overlay]")
    await expect(overlay).to_contain_text("src/App.vue:24")
    await hot.save("App.vue", "{{ double(count }}", "{{ double(count) }}!", "hot: App.vue (template)")
    await expect(overlay).to_have_count(0)
    await hot.kept(double="6!")
    note = hot.page.locator("[data-devkit=note]")
    await hot.save("Child.vue", "own {{ own }}", "own {{ own.none.at }}", "hot: Child.vue (template)")
    await expect(note).to_contain_text("src/Child.vue:9")
    await hot.save("Child.vue", "own {{ own.none.at }}", "now {{ own }}", "hot: Child.vue (template)")
    await expect(note).to_have_count(0)
    await hot.kept(own="dark now 12")


async def test_component_that_cannot_start_restarts_the_panel_with_its_fix(hot: Hot) -> None:
    await hot.save("Child.vue", "ref(10)", "ref(none)", "hot: Child.vue")
    await expect(hot.page.locator("[data-devkit=note]")).to_contain_text("none is not defined")
    await hot.save("Child.vue", "ref(none)", "ref(11)", "restarted: the panel had failed")
    await expect(hot.page.locator("#own")).to_have_text("dark own 11")
    await expect(hot.page.locator("[data-devkit=note]")).to_have_count(0)
    await expect(hot.page.locator("#route")).to_have_text("page 7 0")


async def test_entry_and_routes_restart_in_place_on_the_same_route(hot: Hot) -> None:
    await hot.page.evaluate("document.querySelector('#list').scrollTop = 30")
    await hot.page.evaluate(
        "scrollTo(0, 500), document.querySelector('#options').focus({ preventScroll: true })"
    )
    await hot.save("router.js", "'routes'", "'ways'", "restarted: index.js runs at load")
    await expect(hot.page.locator("#route")).to_have_text("page 7 0")
    await expect(hot.page.locator("#options")).to_be_focused()
    places = "[scrollY, document.querySelector('#list').scrollTop]"
    assert await hot.page.evaluate(places) == [500, 30]
    assert await hot.page.evaluate("window.marker === 1")
    await hot.page.click("#add")
    await hot.save("App.vue", "VERSION", "after", "hot: App.vue (template)")
    await expect(hot.page.locator("#count")).to_have_text("2")


async def test_class_of_a_css_module_with_another_name(hot: Hot) -> None:
    assert await hot.colour("#options") == "rgb(4, 5, 6)"
    text = (hot.src / "Options.vue").read_text("utf-8").replace("box", "frame")
    (hot.src / "Options.vue").write_text(text, "utf-8")
    await hot.told("hot: Options.vue (style), Options.vue (template)")
    await hot.kept()
    assert await hot.colour("#options") == "rgb(4, 5, 6)"


async def test_hundred_saves_lose_nothing(hot: Hot) -> None:
    text = (hot.src / "App.vue").read_text("utf-8")
    for number in range(100):
        (hot.src / "App.vue").write_text(text.replace("VERSION", f"save {number}"), "utf-8")
    await expect(hot.page.locator("h1")).to_have_text("save 99")
    await hot.kept()
