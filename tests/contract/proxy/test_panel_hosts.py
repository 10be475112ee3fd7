"""The addon, as mitmproxy runs it."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mitmproxy import exceptions, hooks, http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.test import taddons, tflow

from tests.helpers.proxy import curl

FILE = Path(__file__).parents[3] / "addons/panel_hosts.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("panel_hosts", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def addon() -> Any:
    return load().PanelHosts()


@pytest.fixture
async def context(addon: Any) -> AsyncIterator[Any]:
    with taddons.context(Proxyserver(), addon) as context:
        context.master.addons.invoke_addon_sync(addon, hooks.ConfigureHook(set(context.options.keys())))
        yield context


def flow_to(url: str) -> http.HTTPFlow:
    flow = tflow.tflow()
    flow.live = True
    flow.request = http.Request.make("GET", url, headers={"Host": "as-the-client-wrote-it"})
    return flow


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://developing.script/developing.js", "/index.js"),
        ("https://developing.script/developing.js?t=1&x=", "/index.js?t=1&x="),
        ("https://developing.style/developing.css", "/index.css"),
        ("http://DEVELOPING.style/developing.css", "/index.css"),
    ],
)
async def test_the_two_urls_go_to_the_dev_server(addon: Any, context: Any, url: str, path: str) -> None:
    context.configure(addon, panel_port=9321)
    flow = flow_to(url)
    addon.request(flow)
    assert flow.request.url == f"http://127.0.0.1:9321{path}"
    assert flow.request.headers["host"] == "127.0.0.1:9321"
    assert flow.response is None


async def test_other_hosts_are_left_alone(addon: Any, context: Any) -> None:
    for url in ("https://example.com/developing.js", "https://a.developing.script/developing.js"):
        flow = flow_to(url)
        addon.request(flow)
        assert flow.request.url == url
        assert flow.response is None


async def test_other_paths_of_a_mapped_host_are_404(addon: Any, context: Any) -> None:
    flow = flow_to("https://developing.script/../etc/passwd")
    addon.request(flow)
    assert flow.response
    assert flow.response.status_code == 404


async def test_answered_and_dead_flows_are_left_alone(addon: Any, context: Any) -> None:
    answered, dead = (flow_to("https://developing.script/developing.js") for _ in range(2))
    answered.response = tflow.tresp()
    dead.live = False
    for flow in (answered, dead):
        addon.request(flow)
        assert flow.request.host == "developing.script"


async def test_headers_are_added_to_mapped_answers_alone(addon: Any, context: Any) -> None:
    context.configure(addon, panel_headers=["Access-Control-Allow-Origin: https://iot.cloud.tencent.com"])
    mapped, other = flow_to("https://developing.script/developing.js"), flow_to("https://example.com/")
    for flow in (mapped, other):
        addon.request(flow)
        flow.response = tflow.tresp()
        addon.response(flow)
    assert mapped.response.headers["access-control-allow-origin"] == "https://iot.cloud.tencent.com"
    assert "access-control-allow-origin" not in other.response.headers


async def test_hosts_can_be_chosen(addon: Any, context: Any) -> None:
    context.configure(addon, panel_hosts=["cdn.example/a.js=/index.js"])
    flow = flow_to("https://cdn.example/a.js")
    addon.request(flow)
    assert flow.request.path == "/index.js"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("panel_port", 0),
        ("panel_port", 65536),
        ("panel_hosts", ["developing.script"]),
        ("panel_hosts", ["https://developing.script/a=/b"]),
        ("panel_hosts", ["developing.script/a=b"]),
        ("panel_headers", ["no colon"]),
        ("panel_headers", ["A: b\r\nC: d"]),
    ],
)
async def test_bad_options_are_quoted(addon: Any, context: Any, option: str, value: Any) -> None:
    with pytest.raises(exceptions.OptionsError, match="not"):
        context.configure(addon, **{option: value})


async def test_it_makes_mitmproxy_lazy_and_selective(addon: Any, context: Any) -> None:
    addon.running()
    options = context.options
    assert options.connection_strategy == "lazy"
    assert options.upstream_cert is False
    assert options.allow_hosts == [r"^developing\.script:\d+$", r"^developing\.style:\d+$"]


async def test_chosen_hosts_of_the_user_stay(addon: Any, context: Any) -> None:
    context.options.update(ignore_hosts=["example"])
    addon.running()
    assert list(context.options.allow_hosts) == []


async def test_mitmdump_runs_it_alone(tmp_path: Path) -> None:
    """The real mitmproxy, a dev server of any kind, and curl that trusts mitmproxy's own authority."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(path) + path)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()",
        "--listen-host", "127.0.0.1", "--listen-port", "0", "--set", f"confdir={tmp_path}", "-s", str(FILE),
        "--set", f"panel_port={server.sockets[0].getsockname()[1]}", "--set", "panel_headers=X-From: addon",
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout
        line = b""
        while b"listening at" not in line:
            line = await asyncio.wait_for(process.stdout.readline(), 20)
            assert line, "mitmdump ended"
        proxy = "http://" + line.decode().rpartition(" at ")[2].strip().rstrip(".")
        trusted = ("-x", proxy, "--cacert", str(tmp_path / "mitmproxy-ca-cert.pem"))
        for version in ("--http1.1", "--http2"):
            code, output = await curl(*trusted, version, "-i", "https://developing.script/developing.js?a=1")
            assert (code, output.endswith(b"/index.js?a=1")) == (0, True)
            assert b"x-from: addon" in output.lower()
    finally:
        process.kill()
        await process.wait()
        server.close()
