"""What the panel hosts answer."""

import asyncio
import json
import re
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import BuildError, Diagnostic, ToolchainError
from devkit.proxy.answers import CSS, JS, Answer, PanelAnswers, Request, error_script
from devkit.proxy.live import LiveReload, live_script
from tests.helpers.proxy import FILES, fixed

SITE = "https://iot.cloud.tencent.com"


async def ask(
    answers: PanelAnswers, path: str, method: str = "GET", host: str = "", **headers: str
) -> Answer:
    host = host or ("developing.style" if "css" in path else "developing.script")
    return await answers(Request(method, host, path, {k.replace("_", "-"): v for k, v in headers.items()}))


async def test_script_and_style_come_from_the_build() -> None:
    answers = PanelAnswers(fixed())
    script, style = await ask(answers, "/developing.js?t=1"), await ask(answers, "/developing.css")
    assert (script.status, script.body, dict(script.headers)["content-type"]) == (200, FILES["index.js"], JS)
    assert (style.status, style.body, dict(style.headers)["content-type"]) == (200, FILES["index.css"], CSS)
    assert dict(script.headers)["cache-control"] == "no-cache"


async def test_a_known_version_is_not_sent_again() -> None:
    answers = PanelAnswers(fixed())
    tag = dict((await ask(answers, "/developing.js")).headers)["etag"]
    for asked in (tag, f'"x", W/{tag}', "*"):
        answer = await ask(answers, "/developing.js", if_none_match=asked)
        assert (answer.status, answer.body) == (304, b"")
    assert (await ask(answers, "/developing.js", if_none_match='"other"')).status == 200


async def test_a_new_build_has_a_new_tag() -> None:
    builds = iter([{"index.js": b"1"}, {"index.js": b"2"}])

    async def source() -> Mapping[str, bytes]:
        return next(builds)

    answers = PanelAnswers(source)
    tags = {dict((await ask(answers, "/developing.js")).headers)["etag"] for _ in range(2)}
    assert len(tags) == 2


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
async def test_cors_names_the_panel_site_and_loopback_alone(origin: str, allowed: bool) -> None:
    headers = dict((await ask(PanelAnswers(fixed()), "/developing.js", origin=origin)).headers)
    assert headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert headers["vary"] == "Origin"


async def test_a_preflight_grants_private_network_access() -> None:
    asked = {"origin": SITE, "access_control_request_private_network": "true"}
    answer = await ask(PanelAnswers(fixed()), "/developing.js", "OPTIONS", **asked)
    assert answer.status == 204
    assert dict(answer.headers)["access-control-allow-private-network"] == "true"
    asked["origin"] = "https://evil.example"
    refused = await ask(PanelAnswers(fixed()), "/developing.js", "OPTIONS", **asked)
    assert not [name for name, _ in refused.headers if name.startswith("access-control")]


async def test_other_paths_and_methods_are_refused() -> None:
    answers = PanelAnswers(fixed())
    assert (await ask(answers, "/")).status == 404
    assert (await ask(answers, "/developing.css", host="developing.script")).status == 404
    assert (await ask(answers, "/developing.js.map")).status == 404
    assert (await ask(answers, "/__devkit/live")).status == 404
    posted = await ask(answers, "/developing.js", "POST")
    assert (posted.status, dict(posted.headers)["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_maps_are_served_where_the_comment_points() -> None:
    answers = PanelAnswers(fixed({**FILES, "index.js.map": b"{}"}))
    assert (await ask(answers, "/index.js.map")).body == b"{}"
    assert (await ask(answers, "/developing.js.map")).body == b"{}"


async def test_a_request_waits_for_the_build_with_a_limit() -> None:
    ready = asyncio.Event()

    async def source() -> Mapping[str, bytes]:
        await ready.wait()
        return FILES

    patient = asyncio.create_task(ask(PanelAnswers(source), "/developing.js"))
    late = await ask(PanelAnswers(source, wait_s=0.02), "/developing.js")
    assert (late.status, dict(late.headers)["cache-control"]) == (200, "no-store")
    assert b"not finished" in late.body
    assert not patient.done()
    ready.set()
    assert (await patient).body == FILES["index.js"]


async def test_a_broken_build_answers_files_that_say_so() -> None:
    async def source() -> Mapping[str, bytes]:
        raise BuildError([Diagnostic("Expected ;", "src/a.js", 3, 4, frame="3 | x y"), Diagnostic("Second")])

    answers = PanelAnswers(source)
    script = await ask(answers, "/developing.js")
    assert script.status == 200
    for text in (b"src/a.js:3:4: Expected ;", b"3 | x y", b"Second"):
        assert text in script.body
    assert (await ask(answers, "/developing.css")).body.startswith(b"/*")
    assert (await ask(answers, "/developing.js.map")).status == 404


async def test_other_failures_never_reach_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def no_node() -> Mapping[str, bytes]:
        raise ToolchainError("Node is missing.", "Install it.")

    async def bug() -> Mapping[str, bytes]:
        raise KeyError("secret")

    assert b"Node is missing." in (await ask(PanelAnswers(no_node), "/developing.js")).body
    broken = await ask(PanelAnswers(bug), "/developing.js")
    assert b"secret" not in broken.body
    assert "could not be read" in caplog.text


@given(st.text(), st.text())
def test_an_error_script_is_one_literal_whatever_it_shows(title: str, text: str) -> None:
    script = error_script(title, text).decode()
    literal = re.search(r"\}\)\((\{.*\})\);\n\Z", script, re.DOTALL)
    assert literal
    assert json.loads(literal[1]) == {"title": title, "text": text}
    assert "</script" not in script
    assert script.isascii() or "\u2028" not in script


@pytest.mark.node
def test_the_scripts_are_es5_that_runs_anywhere() -> None:
    for script in (error_script("a", "</script>\u2028`${x}`"), live_script()):
        done = subprocess.run(["node", "--check", "-"], input=script, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        assert not re.search(rb"=>|\b(let|const|async)\b", script)


async def test_live_reload_is_added_once_and_keeps_the_build() -> None:
    answers = PanelAnswers(fixed(), LiveReload())
    first, second = await ask(answers, "/developing.js"), await ask(answers, "/developing.js")
    assert first.body == FILES["index.js"] + live_script()
    assert first.body is second.body
    assert (
        dict(first.headers)["etag"]
        != dict((await ask(PanelAnswers(fixed()), "/developing.js")).headers)["etag"]
    )


async def test_live_reload_tells_what_changed() -> None:
    live = LiveReload()
    stream = (await ask(PanelAnswers(fixed(), live), "/__devkit/live")).stream
    assert stream is not None
    assert (await anext(stream)).startswith(b"retry")
    live.notify(changed_js=False, changed_css=True)
    assert b"event: css" in await anext(stream)
    live.notify(changed_js=True, changed_css=True)
    live.notify(changed_js=False, changed_css=False)
    assert b"event: reload" in await anext(stream)
    await stream.aclose()
    assert live.listeners == 0
