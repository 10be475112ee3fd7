"""`devkit dev` behind its proxy, at the real development URL, in a browser that trusts the proxy."""

import asyncio
import contextlib
import json
import re
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect as connect_websocket

from devkit.cli.main import main
from devkit.proxy.authority import Authority, load_authority
from tests.browser.devserver.harness import Run, edit, free_port, make_project, running
from tests.browser.proxy.conftest import Trusting
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.proxy import curl

pytestmark = [pytest.mark.browser, pytest.mark.node]

SITE = "https://iot.cloud.tencent.com"


@dataclass
class Dev:
    """A run of devkit dev, its project, its proxy's address and its authorities."""

    run: Run
    project: Path
    url: str
    config: Path

    @property
    def authorities(self) -> dict[str, Authority]:
        found = {name: load_authority(name, self.config) for name in ("panel", "local-cloud")}
        return {name: authority for name, authority in found.items() if authority}


@pytest.fixture
async def dev(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Dev]:
    """Run `devkit dev`; a `flags` marker of the test's parameters gives more flags."""
    config = tmp_path / "config"
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(config))
    project = make_project(tmp_path / "panel")
    port = free_port()
    flags = [flag.format(folder=tmp_path) for flag in getattr(request, "param", ())]
    async with running(project, "dev", "--proxy-port", str(port), *flags) as run:
        assert run.ready["proxy"] == f"http://127.0.0.1:{port}"
        yield Dev(run, project, run.ready["proxy"], config)


@pytest.mark.parametrize(
    ("path", "device_name"), [("/h5panel/developing", "dev01"), ("/h5panel/developing/live", "~virtualDev")]
)
async def test_a_panel_is_controlled_at_the_real_url(
    dev: Dev, trusting_browser: Trusting, path: str, device_name: str
) -> None:
    page = await (await trusting_browser(dev)).new_page()
    response = await page.goto(f"{SITE}{path}?productId=LAMPPROD01&deviceName={device_name}")
    assert response
    assert response.status == 200
    await page.get_by_role("button", name="control").click()
    await page.locator("#brightness", has_text="77").wait_for()
    assert await page.evaluate("location.origin") == SITE
    edit(dev.project / "src/index.jsx", "VERSION", "edited there")
    await page.get_by_role("heading", name="edited there").wait_for()


async def test_the_emulator_answers_at_the_platforms_paths(dev: Dev, trusting_browser: Trusting) -> None:
    page = await (await trusting_browser(dev)).new_page()
    await page.goto(f"{SITE}/h5panel/developing?productId=LAMPPROD01")
    answer = await page.evaluate(
        """async () => (await fetch('/api/exploreropen/tokenapi?cmd=AppGetUser', {
            method: 'POST', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({Action: 'AppGetUser', AccessToken: 'nobody'})})).json()"""
    )
    assert "InvalidAccessToken" in json.dumps(answer)
    opened = await page.evaluate(
        """() => new Promise(resolve => {
            const socket = new WebSocket('wss://iot.cloud.tencent.com/ws/explorer')
            socket.onopen = () => { resolve('open'); socket.close() }
            socket.onerror = () => resolve('error')
        })"""
    )
    assert opened == "open"


@pytest.mark.parametrize("dev", [("--live-reload", "--transport", "local")], indirect=True)
async def test_a_foreign_page_reloads_and_swaps_styles(dev: Dev, trusting_browser: Trusting) -> None:
    """The platform's page is not ours to change: any page that loads the two URLs stands for it."""
    context = await trusting_browser(dev)
    page = await context.new_page()
    html = (
        '<div id="app"><div class="box">x</div></div>'
        '<link rel="stylesheet" href="https://developing.style/developing.css">'
        "<script>window.React = {}; window.ReactDOM = {}"
        "; window.h5PanelSdk = {sdkReady: () => new Promise(() => {}), deviceData: {}}</script>"
        '<script src="https://developing.script/developing.js"></script>'
    )
    await page.route(f"{SITE}/h5panel/real", lambda route: route.fulfill(body=html, content_type="text/html"))
    await page.goto(f"{SITE}/h5panel/real")
    color = "getComputedStyle(document.querySelector('.box')).color"
    assert await page.evaluate(color) == "rgb(1, 2, 3)"
    await page.wait_for_function("window.__devkitLive && window.__devkitLive.readyState === 1")
    loaded = await page.evaluate("performance.timeOrigin")
    edit(dev.project / "src/style.css", "1, 2, 3", "4, 5, 6")
    await page.wait_for_function(f"{color} === 'rgb(4, 5, 6)'")
    assert await page.evaluate("performance.timeOrigin") == loaded
    edit(dev.project / "src/index.jsx", "VERSION", "NEXT")
    await page.wait_for_function(f"performance.timeOrigin !== {loaded}")
    layer = page.locator('[data-devkit="overlay"]')
    edit(dev.project / "src/index.jsx", "NEXT", "NEXT</")
    await layer.get_by_text("src/index.jsx").wait_for()
    await page.reload()
    await layer.get_by_text("src/index.jsx").wait_for()
    edit(dev.project / "src/index.jsx", "NEXT</", "NEXT")
    await layer.wait_for(state="detached")


@pytest.mark.parametrize("dev", [("--transport", "local", "--har", "{folder}/session.har")], indirect=True)
async def test_a_har_file_holds_the_session_without_tokens(dev: Dev, tmp_path: Path) -> None:
    bundle = tmp_path / "both.pem"
    bundle.write_bytes(b"".join(authority.pem for authority in dev.authorities.values()))
    ask = ("-x", dev.url, "--cacert", str(bundle))
    code, script = await curl(*ask, "https://developing.script/developing.js")
    assert code == 0
    secret = {"Action": "AppGetUser", "AccessToken": "TOPSECRET1"}
    code, _ = await curl(
        *ask, "-H", "Authorization: Bearer TOPSECRET2", "-H", "Cookie: skey=TOPSECRET3",
        "-d", json.dumps(secret),
        f"{SITE}/api/exploreropen/tokenapi?cmd=AppGetUser&token=TOPSECRET4",
    )  # fmt: skip
    assert code == 0
    await dev.run.stop()
    text = (tmp_path / "session.har").read_text("utf-8")
    entries = json.loads(text)["log"]["entries"]
    assert entries[0]["response"]["content"]["size"] == len(script)
    assert "AppGetUser" in text
    assert "TOPSECRET" not in text


@pytest.mark.parametrize("dev", [("--inspect",)], indirect=True)
async def test_the_inspector_shows_the_flows(dev: Dev, tmp_path: Path, trusting_browser: Trusting) -> None:
    notice = await dev.run.next("notice")
    assert notice["message"].startswith("Inspector: http://127.0.0.1:")
    context = await trusting_browser(dev)
    inspector = await context.new_page()
    await inspector.goto(notice["message"].removeprefix("Inspector: "))
    page = await context.new_page()
    await page.goto("https://developing.script/developing.js")
    await inspector.get_by_text("https://developing.script/developing.js").first.wait_for()


async def test_the_proxy_port_being_taken_does_not_stop_the_panel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    project = make_project(tmp_path / "panel")
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(project, "dev", "--proxy-port", str(port)) as run:
        assert run.ready["proxy"] is None
        assert any(event["event"] == "error" and str(port) in event["message"] for event in run.events)
    server.close()


async def test_launch_opens_the_panel_at_the_real_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser is the user's own, only without a window; that it loads the panel shows in the timeline."""
    browser = tmp_path / "browser"
    flags = " ".join(["--headless=new", *LAUNCH_ARGS])
    browser.write_text(f'#!/bin/sh\nexec {chromium_path()} {flags} "$@"\n')
    browser.chmod(0o755)
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    project = make_project(tmp_path / "panel")
    flags_of_dev = ("--proxy-port", str(free_port()), "--launch", "--browser-path", str(browser))
    async with running(project, "dev", *flags_of_dev) as run:
        notice = await run.next("notice")
        opened = f"Opened {SITE}/h5panel/developing?productId=LAMPPROD01"
        assert notice["message"].startswith(opened)
        headers = {"Authorization": f"Bearer {run.ready['control_token']}"}
        timeline = f"{run.ready['console_url']}__devkit/api/timeline?since=0"
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http, asyncio.timeout(30):
            while "session" not in (await http.get(timeline)).text:
                await asyncio.sleep(0.05)
        assert await run.stop() == 130


def test_phone_needs_a_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path / "panel"))
    monkeypatch.setattr("devkit.proxy.phone.lan_address", lambda: "192.168.1.20")
    result = CliRunner().invoke(main, ["dev", "--phone"])
    assert result.exit_code == 2
    assert "192.168.1.20:8899" in result.output
    assert "--yes" in result.output


@pytest.mark.parametrize("flag", ["--launch", "--inspect", "--har=a.har"])
def test_flags_of_the_proxy_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    monkeypatch.chdir(make_project(tmp_path / "panel"))
    result = CliRunner().invoke(main, ["dev", "--no-proxy", flag])
    assert result.exit_code == 2
    assert "--no-proxy" in result.output


@pytest.mark.parametrize("dev", [("--inspect",), ("--live-reload",)], indirect=True)
async def test_ctrl_c_ends_open_connections_at_once_and_quietly(dev: Dev) -> None:
    async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

    server = await asyncio.start_server(never_ends, "127.0.0.1", 0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for authority in dev.authorities.values():
        context.load_verify_locations(cadata=authority.pem.decode())
    async with httpx.AsyncClient(proxy=dev.url, verify=context, trust_env=False, timeout=30) as http:
        page = (await http.get(f"{SITE}/h5panel/developing?productId=LAMPPROD01")).text
    token = re.search(r'"token":"([^"]+)"', page)
    assert token
    address = f"wss://iot.cloud.tencent.com/__devkit/live?token={token[1]}"
    socket = await connect_websocket(address, proxy=dev.url, ssl=context, origin=SITE)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(dev.url.rpartition(":")[2]))
    writer.write(f"CONNECT 127.0.0.1:{server.sockets[0].getsockname()[1]} HTTP/1.1\r\n\r\n".encode())
    await reader.readexactly(1_000_000)
    start = time.monotonic()
    assert await dev.run.stop() == 130
    assert time.monotonic() - start < 3
    assert await dev.run.errors() == ""
    await socket.close()
    writer.close()
    server.close()
