"""Errors of the running panel are told where they were written: terminal lines, overlay, timeline."""

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import PANEL, Run, make_project, running

pytestmark = [pytest.mark.browser, pytest.mark.node]

LATER = """import { fail } from 'broken-lib'
document.getElementById('app').innerHTML = '<button>go</button>'
document.querySelector('button').onclick = () => {
  const answer: number = 6
  fail(answer)
}
"""
LIBRARY = "exports.fail = (value) => {\n  throw new TypeError('not ' + value)\n}\n"
VUE = """<template><button @click="press">go</button></template>

<style>
button { color: red }
</style>

<script setup lang="ts">
const about: { name?: { first: string } } = {}

function press() {
  return about.name!.first
}
</script>
"""


async def entries(run: Run, kind: str) -> list[dict[str, Any]]:
    origin, token = run.ready["console_url"].rstrip("/"), run.ready["control_token"]
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{origin}/__devkit/api/timeline?since=0", headers={"authorization": f"Bearer {token}"}
        )
    return [entry["data"] for entry in answer.json()["entries"] if entry["kind"] == kind]


@pytest.fixture
def project_dir(tmp_path: Path) -> Path:
    return make_project(tmp_path / "panel")


async def test_an_error_at_load_names_the_source(project_dir: Path, page: Page) -> None:
    (project_dir / "src" / "index.jsx").write_text(
        "import './style.css'\n\nfunction start(options) {\n  return options.theme.name\n}\nstart({})\n",
        "utf-8",
    )
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        told = await run.next("panel-error")
        assert (told["file"], told["line"], told["column"]) == (
            str(project_dir / "src" / "index.jsx"), 4, 24,
        )  # fmt: skip
        assert "> 4 |   return options.theme.name" in told["frame"]
        assert "src/index.jsx:4:24" in told["stack"]
        note = page.locator("[data-devkit=note] .note")
        await expect(note.locator(".place")).to_contain_text("src/index.jsx:4:24")
        await expect(note.locator("pre")).to_contain_text("return options.theme.name")
        lines = [line for line in await entries(run, "console") if line["level"] == "exception"]
        assert (lines[0]["file"], lines[0]["line"]) == ("src/index.jsx", 4)
        assert "index.jsx:4:24" in lines[0]["text"]


async def test_a_later_error_in_a_package_names_the_panels_own_line_and_opens_it(
    project_dir: Path, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    editor = tmp_path / "my-editor"
    editor.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(opened)!r}, 'w').write(sys.argv[1])\n", "utf-8"
    )
    editor.chmod(0o755)
    monkeypatch.setitem(os.environ, "LAUNCH_EDITOR", str(editor))
    (project_dir / "src" / "index.jsx").unlink()
    (project_dir / "src" / "index.ts").write_text(LATER, "utf-8")
    package = project_dir / "node_modules" / "broken-lib"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "broken-lib", "main": "main.js"}', "utf-8")
    (package / "main.js").write_text(LIBRARY, "utf-8")
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        await page.click("button")
        told = await run.next("panel-error")
        assert Path(told["file"]).name == "index.ts"
        assert (told["line"], told["message"]) == (5, "TypeError: not 6")
        place = page.locator("[data-devkit=note] .place")
        await expect(place).to_contain_text("src/index.ts:5")
        async with page.expect_response("**/__devkit/open-in-editor*") as answered:
            await place.click()
        assert (await answered.value).status == 204
        await page.wait_for_function("true")
        origin = run.ready["panel_url"].partition("/h5panel")[0]
        async with httpx.AsyncClient() as client:
            for query, status in (("", 403), ("&token=x", 403)):
                url = f"{origin}/__devkit/open-in-editor?file=src/index.ts{query}"
                assert (await client.post(url)).status_code == status
            token = await page.evaluate("__DEVKIT__.token")
            outside = f"{origin}/__devkit/open-in-editor?file=/etc/passwd&token={token}"
            assert (await client.post(outside)).status_code == 422


async def test_places_in_vue_files_are_those_of_the_file(project_dir: Path, page: Page) -> None:
    (project_dir / "src" / "index.jsx").unlink()
    (project_dir / "src" / "index.js").write_text(
        "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n",
        "utf-8",
    )
    (project_dir / "src" / "App.vue").write_text(VUE, "utf-8")
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        await page.click("button")
        told = await run.next("panel-error")
        assert (Path(told["file"]).name, told["line"]) == ("App.vue", 11)
        assert "> 11 |   return about.name!.first" in told["frame"]


async def test_an_error_before_the_socket_is_open_is_told_after_a_rebuild_too(
    project_dir: Path, page: Page
) -> None:
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("h1")).to_have_text("VERSION")
        (project_dir / "src" / "index.jsx").write_text(
            f"{PANEL}\nPromise.reject(new Error('late'))\n", "utf-8"
        )
        told = await run.next("panel-error")
        assert told["message"] == "Error: late"
        assert told["line"] == len(PANEL.splitlines()) + 2


async def test_a_preview_reads_the_map_beside_the_script(tmp_path: Path, page: Page) -> None:
    project = make_project(tmp_path / "panel")
    (project / "index.js").write_text("/*built*/throw new Error('boom')\n", "utf-8")
    (project / "index.js.map").write_text(
        '{"version": 3, "sources": ["src/first.ts"], "sourcesContent": ["a\\nthrow boom\\n"],'
        ' "mappings": "SACA"}', "utf-8",
    )  # fmt: skip
    async with running(project, "preview", "--js", "index.js") as run:
        await page.goto(run.ready["panel_url"])
        told = await run.next("panel-error")
        assert (Path(told["file"]).name, told["line"]) == ("first.ts", 2)
        assert "> 2 | throw boom" in told["frame"]


async def test_a_panel_that_draws_nothing_is_said(project_dir: Path, page: Page) -> None:
    (project_dir / "src" / "index.jsx").write_text(
        "export default function App() { return <h1>hi</h1> }\nwindow.draw = (text) => {\n"
        "  document.getElementById('app').textContent = text\n}\n", "utf-8",
    )  # fmt: skip
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        note = page.locator("[data-devkit=note] .note")
        await expect(note).to_contain_text("#app is still empty")
        await page.evaluate("draw('at last')")
        await expect(note).to_be_hidden()


async def test_devkit_toml_is_followed(project_dir: Path, page: Page) -> None:
    toml = project_dir / "devkit.toml"
    toml.write_text("[define]\nWORD = \"'first'\"\n", "utf-8")
    (project_dir / "src" / "index.jsx").write_text(
        "document.getElementById('app').textContent = WORD\n", "utf-8"
    )
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        app = page.locator("#app")
        await expect(app).to_have_text("first")
        toml.write_text("[define]\nWORD = \"'second'\"\n", "utf-8")
        await run.next("notice", message="devkit.toml: define taken.")
        await expect(app).to_have_text("second")
        toml.write_text("nonsense = \n", "utf-8")
        assert (await run.next("error"))["kind"] == "ProjectFileError"
        card = page.locator("[data-devkit=overlay] .card")
        await expect(card).to_contain_text("devkit.toml")
        toml.write_text('display_name = "Lamp"\n[define]\nWORD = "\'third\'"\n', "utf-8")
        await run.next("notice", message="devkit.toml: define taken.")
        assert "display_name: used when devkit dev is started again" in (await run.next("notice"))["message"]
        await expect(app).to_have_text("third")
        await expect(card).to_be_hidden()


async def test_a_broken_thing_model_is_shown_and_goes_when_it_is_mended(
    project_dir: Path, page: Page
) -> None:
    model = project_dir / "thing-model.json"
    good = model.read_text("utf-8")
    async with running(project_dir, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.locator("h1")).to_have_text("VERSION")
        model.write_text('{"properties": 5}', "utf-8")
        assert (await run.next("error"))["line"] == 1
        card = page.locator("[data-devkit=overlay] .card")
        await expect(card).to_contain_text("properties must be a list")
        model.write_text(good.replace('"step": "1"', '"step": "s"'), "utf-8")
        warned = await run.next("warning")
        assert "step must be a number" in warned["message"]
        assert warned["hint"] == "The step is 1."
        await expect(page.locator("h1")).to_have_text("VERSION")
        await expect(card).to_be_hidden()
