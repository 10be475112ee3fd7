"""mitmweb behind its lock: without the token nothing, with it no files and no code."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import InvalidStatus

from devkit.proxy import Proxy
from devkit.proxy.phone import lan_address
from tests.browser.devserver.harness import free_port
from tests.helpers.proxy import client, curl, running


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with running(tmp_path, inspect=True) as proxy:
        yield proxy


@pytest.fixture
async def http(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base(proxy), trust_env=False) as found:
        yield found


def base(proxy: Proxy) -> str:
    parts = urlsplit(proxy.inspector_url)
    return f"{parts.scheme}://{parts.netloc}"


def token(proxy: Proxy) -> str:
    return parse_qs(urlsplit(proxy.inspector_url).query)["token"][0]


def xsrf(http: httpx.AsyncClient) -> str:
    """Return mitmweb's own token against forged requests; the name of its cookie differs between versions."""
    return next((value for name, value in http.cookies.items() if name.endswith("_xsrf")), "")


READS = ["/", "/flows", "/flows/dump", "/options", "/events", "/state", "/commands", "/static/vendor.css"]


@pytest.mark.parametrize("path", READS)
async def test_nothing_is_read_without_the_token(http: httpx.AsyncClient, path: str) -> None:
    for more in ("", "?token=", "?token=wrong", "?token=%ff"):
        answer = await http.get(path + more)
        assert (answer.status_code, "it has a token" in answer.text) == (403, True)


async def test_the_address_opens_the_page_and_the_cookie_the_rest(
    proxy: Proxy, http: httpx.AsyncClient
) -> None:
    page = await http.get(proxy.inspector_url)
    assert page.status_code == 200
    assert "mitmproxy" in page.text
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert page.headers["x-frame-options"] == "DENY"
    async with client(proxy) as through:
        await through.get("https://developing.script/developing.js")
    flows = (await http.get("/flows")).json()
    assert [flow["request"]["path"] for flow in flows] == ["/developing.js"]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1:1"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_other_hosts_and_origins_are_refused_with_the_token_too(
    proxy: Proxy, http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for path in ("/", "/flows"):
        answer = await http.get(path, params={"token": token(proxy)}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/options", {"scripts": ["{file}.py"]}),
        ("PUT", "/options.json", {"save_stream_file": "{file}"}),
        ("PUT", "/options", {"modify_body": ["/~q/x/@{file}"]}),
        ("POST", "/options/save", {}),
        ("POST", "/commands/script.run", {"arguments": ["@all", "{file}.py"]}),
        ("POST", "/commands/save.file", {"arguments": ["@all", "{file}"]}),
        ("POST", "/flows/dump", {}),
        ("GET", "/executable-icon?path={file}", None),
        ("GET", "/processes", None),
    ],
)
async def test_files_and_code_are_locked_even_with_the_token(
    proxy: Proxy, http: httpx.AsyncClient, tmp_path: Path, method: str, path: str, body: object
) -> None:
    ran = tmp_path / "ran"
    file = tmp_path / "victim"
    file.write_text("kept", "utf-8")
    (tmp_path / "victim.py").write_text(f"open({str(ran)!r}, 'w').close()\n", "utf-8")
    await http.get(proxy.inspector_url)
    headers = {"x-xsrftoken": xsrf(http)}
    filled = str(body).replace("{file}", str(file)).replace("'", '"')
    answer = await http.request(
        method, path.replace("{file}", str(file)), content=filled if body is not None else None,
        headers={**headers, "content-type": "application/json"},
    )  # fmt: skip
    assert (answer.status_code, "devkit locks" in answer.text) == (403, True)
    assert file.read_text("utf-8") == "kept"
    assert not ran.exists()


async def test_flows_may_be_cleared(proxy: Proxy, http: httpx.AsyncClient) -> None:
    await http.get(proxy.inspector_url)
    answer = await http.post("/clear", headers={"x-xsrftoken": xsrf(http)})
    assert answer.status_code == 200


async def test_the_socket_wants_the_token(proxy: Proxy) -> None:
    address = base(proxy).replace("http", "ws") + "/updates"
    with pytest.raises(InvalidStatus) as refused:
        await connect_websocket(address, proxy=None)
    assert refused.value.response.status_code == 403
    async with connect_websocket(f"{address}?token={token(proxy)}", proxy=None):
        pass


async def test_the_network_does_not_reach_it(tmp_path: Path) -> None:
    try:
        address = lan_address()
    except Exception as error:
        pytest.skip(str(error))
    async with running(tmp_path, inspect=True, lan_host=address, port=free_port()) as proxy:
        port = urlsplit(proxy.inspector_url).port
        code, _ = await curl(f"http://{address}:{port}/?token={token(proxy)}", "--max-time", "5")
        assert code == 7, "something listens at the network's address"
        for flag in ("--proxytunnel", "--no-progress-meter"):
            for host in ("127.0.0.1", "localhost", address):
                url = f"http://{host}:{port}/?token={token(proxy)}"
                _, output = await curl("-x", proxy.lan_url, flag, url, "--max-time", "10")
                assert b"mitmproxy" not in output
