"""What the build's addresses answer, at the dev server's host and at the panel hosts."""

import asyncio
import json
import re
import subprocess

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import BuildError, DevkitError, Diagnostic, ToolchainError
from tests.helpers.proxy import FILES, Builds, PanelApp

SITE = "https://iot.cloud.tencent.com"
JS, CSS = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
OWN = "http://127.0.0.1:9000"
SCRIPT, STYLE = "https://developing.script", "https://developing.style"


async def ask(app: PanelApp, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        return await http.request(method, url, headers=sent)


@pytest.mark.parametrize(
    ("script", "style"),
    [(f"{SCRIPT}/developing.js?t=1", f"{STYLE}/developing.css"), (f"{OWN}/index.js", f"{OWN}/index.css")],
)
async def test_script_and_style_come_from_the_build(script: str, style: str) -> None:
    app = PanelApp()
    first, second = await ask(app, script), await ask(app, style)
    assert (first.status_code, first.content, first.headers["content-type"]) == (200, FILES["index.js"], JS)
    assert (second.status_code, second.content, second.headers["content-type"]) == (
        200, FILES["index.css"], CSS,
    )  # fmt: skip
    assert first.headers["cache-control"] == "no-cache"


async def test_one_build_has_one_tag_at_both_addresses() -> None:
    app = PanelApp()
    tags = {(await ask(app, url)).headers["etag"] for url in (f"{SCRIPT}/developing.js", f"{OWN}/index.js")}
    assert len(tags) == 1
    tag = tags.pop()
    for asked in (tag, f'"x", W/{tag}', "*"):
        answer = await ask(app, f"{SCRIPT}/developing.js", if_none_match=asked)
        assert (answer.status_code, answer.content) == (304, b"")
    assert (await ask(app, f"{SCRIPT}/developing.js", if_none_match='"other"')).status_code == 200


async def test_a_new_build_has_a_new_tag() -> None:
    source = Builds({"index.js": b"1"})
    app = PanelApp(source)
    first = (await ask(app, f"{SCRIPT}/developing.js")).headers["etag"]
    source.set({"index.js": b"2"})
    assert (await ask(app, f"{SCRIPT}/developing.js")).headers["etag"] != first


@pytest.mark.parametrize("url", [f"{SCRIPT}/developing.js", f"{OWN}/index.js"])
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (SITE, True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost:5173", True),
        ("https://iot.cloud.tencent.com.evil.example", False),
        ("https://evil.example", False),
        ("http://iot.cloud.tencent.com", False),
        ("null", False),
    ],
)
async def test_cors_names_the_panel_site_and_loopback_alone(url: str, origin: str, allowed: bool) -> None:
    headers = (await ask(PanelApp(), url, origin=origin)).headers
    assert headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize("url", [f"{SCRIPT}/developing.js", f"{OWN}/index.js"])
async def test_a_preflight_grants_private_network_access(url: str) -> None:
    asked = {"origin": SITE, "access_control_request_private_network": "true"}
    answer = await ask(PanelApp(), url, "OPTIONS", **asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-private-network"] == "true"
    asked["origin"] = "https://evil.example"
    refused = await ask(PanelApp(), url, "OPTIONS", **asked)
    assert not [name for name in refused.headers if name.startswith("access-control")]


async def test_other_paths_and_methods_are_refused() -> None:
    app = PanelApp()
    for url in (f"{SCRIPT}/", f"{SCRIPT}/developing.css", f"{SCRIPT}/index.js", f"{SCRIPT}/__devkit/live"):
        assert (await ask(app, url)).status_code == 404
    assert (await ask(app, f"{SCRIPT}/developing.js.map")).status_code == 404
    for method in ("POST", "HE"):
        posted = await ask(app, f"{SCRIPT}/developing.js", method)
        assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_maps_are_served_where_the_comment_points() -> None:
    app = PanelApp(Builds({**FILES, "index.js.map": b"{}"}))
    for url in (f"{SCRIPT}/index.js.map", f"{SCRIPT}/developing.js.map", f"{OWN}/index.js.map"):
        assert (await ask(app, url)).content == b"{}"
    assert (await ask(app, f"{SCRIPT}/developing.js")).headers["sourcemap"] == "/index.js.map"


async def test_a_request_waits_for_the_build_with_a_limit() -> None:
    source = Builds()
    source.ready.clear()
    patient = asyncio.create_task(ask(PanelApp(source), f"{SCRIPT}/developing.js"))
    late = await ask(PanelApp(source, wait_s=0.02), f"{SCRIPT}/developing.js")
    assert (late.status_code, late.headers["cache-control"]) == (200, "no-store")
    assert b"not finished" in late.content
    assert not patient.done()
    source.ready.set()
    assert (await patient).content == FILES["index.js"]


async def test_a_broken_build_answers_files_that_say_so() -> None:
    error = BuildError([Diagnostic("Expected ;", "src/a.js", 3, 4, frame="3 | x y"), Diagnostic("Second")])
    app = PanelApp(Builds(FILES, error))
    script = await ask(app, f"{SCRIPT}/developing.js")
    assert (script.status_code, script.headers["x-devkit-build"]) == (200, "failed")
    for text in ("src/a.js", "Expected ;", "3 | x y", "Second"):
        assert text in script.text
    assert (await ask(app, f"{STYLE}/developing.css")).text.startswith("/*")
    assert (await ask(app, f"{SCRIPT}/developing.js.map")).status_code == 404
    assert (await ask(app, f"{OWN}/index.js")).content == FILES["index.js"]


async def test_a_missing_toolchain_is_shown_too() -> None:
    app = PanelApp(Builds({}, ToolchainError("Node is missing.", "Install it.")))
    assert "Node is missing." in (await ask(app, f"{SCRIPT}/developing.js")).text


def boot(script: str) -> dict[str, object]:
    literal = re.search(r"\}\)\((\{.*\})\)\n\Z", script, re.DOTALL)
    assert literal
    found: dict[str, object] = json.loads(literal[1])
    return found


@given(st.text(), st.text())
async def test_an_error_script_is_one_literal_whatever_it_shows(message: str, hint: str) -> None:
    app = PanelApp(Builds({}, DevkitError(message, hint)))
    script = (await ask(app, f"{SCRIPT}/developing.js")).text
    finding = boot(script)["live"]["error"]["findings"][0]  # type: ignore[index]
    assert (finding["message"], finding["hint"]) == (message, hint)
    assert "</script" not in script


@pytest.mark.node
async def test_the_scripts_parse_where_they_are_put() -> None:
    live = await ask(PanelApp(live_reload=True), f"{SCRIPT}/developing.js")
    failed = await ask(PanelApp(Builds({}, DevkitError("</script>\u2028`${x}`"))), f"{SCRIPT}/developing.js")
    for script in (live.text, failed.text):
        done = subprocess.run(["node", "--check", "-"], input=script.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


async def test_live_reload_is_added_once_and_has_a_tag_of_its_own() -> None:
    app = PanelApp(live_reload=True)
    first, second = [await ask(app, f"{SCRIPT}/developing.js") for _ in range(2)]
    assert first.content == second.content
    assert first.text.startswith(FILES["index.js"].decode())
    live = boot(first.text)["live"]
    assert first.text.count("devkitGuest") > 1, "the script does not read what is put around it"
    assert live["url"].startswith("wss://developing.script/__devkit/live")  # type: ignore[index]
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["etag"] != (await ask(PanelApp(), f"{SCRIPT}/developing.js")).headers["etag"]
    assert (await ask(app, f"{OWN}/index.js")).content == FILES["index.js"]


async def test_what_lets_devtools_attach_stands_before_the_platforms_script_alone() -> None:
    app = PanelApp(debug=lambda: b"/* agent */\n")
    assert (await ask(app, f"{SCRIPT}/developing.js")).content == b"/* agent */\n" + FILES["index.js"]
    assert (await ask(app, f"{OWN}/index.js")).content == FILES["index.js"]
    assert (await ask(PanelApp(), f"{SCRIPT}/developing.js")).content == FILES["index.js"]
