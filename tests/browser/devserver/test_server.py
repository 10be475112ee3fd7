"""The real server over real sockets: files, tags, tokens, hostile requests, big bundles."""

import asyncio
import json
import re
import socket
from pathlib import Path

import httpx
import pytest
import websockets

from tests.browser.devserver.harness import Run, make_project, running

pytestmark = pytest.mark.node
EVIL = "https://evil.example"
PANEL_SITE = "https://iot.cloud.tencent.com"


def base(run: Run) -> str:
    return str(run.ready["console_url"]).rstrip("/")


async def page_token(run: Run) -> str:
    async with httpx.AsyncClient() as client:
        text = (await client.get(run.ready["panel_url"])).text
    return re.search(r'"token":"([^"]+)"', text)[1]  # type: ignore[index]


async def raw(run: Run, request: bytes) -> bytes:
    """Send bytes as they are and return the answer's first line."""
    port = int(base(run).rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    return line


async def test_files_have_tags_and_are_not_sent_twice(dev: Run) -> None:
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        for name, kind in [
            ("index.js", "text/javascript"),
            ("index.css", "text/css"),
            ("index.js.map", "json"),
        ]:
            first = await client.get(f"/{name}")
            assert first.status_code == 200
            assert kind in first.headers["content-type"]
            assert first.headers["cache-control"] == "no-cache"
            again = await client.get(f"/{name}", headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            other = await client.get(f"/{name}", headers={"if-none-match": '"other"'})
            assert other.status_code == 200
        schema = await client.get("/__devkit/schemas/devkit.json")
        assert schema.json()["properties"]["port"]["maximum"] == 65535


@pytest.mark.parametrize("name", ["index.js", "index.css", "index.js.map"])
async def test_only_trusted_origins_may_read(dev: Run, name: str) -> None:
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        for origin, allowed in [
            (PANEL_SITE, True),
            ("http://localhost:5173", True),
            (EVIL, False),
            ("null", False),
        ]:
            answer = await client.get(f"/{name}", headers={"origin": origin})
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert "origin" in answer.headers["vary"].lower()
            preflight = await client.options(f"/{name}", headers={"origin": origin})
            assert ("access-control-allow-private-network" in preflight.headers) is allowed


async def test_own_pages_cannot_be_read_across_origins(dev: Run) -> None:
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        for path in ("/", "/h5panel/developing", "/__devkit/alive", "/__devkit/api/state"):
            answer = await client.get(path, headers={"origin": PANEL_SITE})
            assert "access-control-allow-origin" not in answer.headers
        frame = (await client.get("/h5panel/")).headers["content-security-policy"]
        assert "frame-ancestors 'self'" in frame


@pytest.mark.parametrize(
    "path",
    [
        "/h5panel",
        "/h5panel/",
        "/h5panel/developing/live",
        "/h5panel/timers/new",
        "/scf/h5panel/a/b?x=1",
    ],
)
async def test_the_panels_router_owns_every_path_below(dev: Run, path: str) -> None:
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert 'id="app"' in answer.text
    assert '"deviceId":"LAMPPROD01/dev01"' in answer.text


async def test_hostile_names_stay_data(dev: Run) -> None:
    hostile = "</script><script>alert(1)</script>{{7*7}}'\"灯"
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        answer = await client.get("/h5panel/developing", params={"productId": hostile, "deviceName": hostile})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        (b"GET /h5panel/../../etc/passwd HTTP/1.1", b"Host: localhost", b"400"),
        (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", b"Host: localhost", b"400"),
        (b"GET /__devkit/..%2f..%2fapp.py HTTP/1.1", b"Host: localhost", b"400"),
        (b"GET /index.js%00.map HTTP/1.1", b"Host: localhost", b"400"),
        (b"GET /..\\..\\x HTTP/1.1", b"Host: localhost", b"400"),
        (b"GET /index.js HTTP/1.1", b"Host: evil.example", b"403"),
        (b"GET /index.js HTTP/1.1", b"Host: 127.0.0.1.evil.example:9000", b"403"),
        (b"GET /index.js HTTP/1.1", b"Host: localhost\r\nHost: evil.example", b"400"),
        (b"GET /index.js HTTP/1.1", b"X-No-Host: 1", b"400"),
        (b"GET http://evil.example/index.js HTTP/1.1", b"Host: evil.example", b"403"),
        (b"GET /__devkit/client/src/live.ts HTTP/1.1", b"Host: localhost", b"404"),
        (b"DELETE /index.js HTTP/1.1", b"Host: localhost", b"405"),
    ],
)
async def test_hostile_requests_are_refused(
    dev: Run, request_line: bytes, headers: bytes, status: bytes
) -> None:
    line = await raw(dev, request_line + b"\r\n" + headers + b"\r\nConnection: close\r\n\r\n")
    assert line.split()[1] in {status, b"403" if status == b"400" else status}
    assert line.split()[1] != b"200"


@pytest.mark.parametrize("name", ["live", "link"])
async def test_sockets_need_an_origin_and_the_token(dev: Run, name: str) -> None:
    url = base(dev).replace("http", "ws") + f"/__devkit/{name}"
    token = await page_token(dev)
    refused: list[tuple[str, str | None]] = [
        (f"{url}?token={token}", EVIL),
        (f"{url}?token={token}", None),
        (f"{url}?token={token}x", base(dev)),
        (f"{url}?token={dev.ready['control_token']}", base(dev)),
        (f"{url}?token=%F0%9F%92%A1", base(dev)),
        (url, base(dev)),
    ]
    for address, origin in refused:
        with pytest.raises(websockets.InvalidStatus) as caught:
            await websockets.connect(address, origin=origin)  # type: ignore[arg-type]
        assert caught.value.response.status_code == 403
    async with websockets.connect(f"{url}?token={token}", origin=PANEL_SITE):  # type: ignore[arg-type]
        pass


async def test_control_api_needs_its_token(dev: Run) -> None:
    token = dev.ready["control_token"]
    good = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=base(dev)) as client:
        for header in ["", "Bearer", f"Bearer {token}x", f"Basic {token}", "Bearer ключ".encode()]:
            answer = await client.get("/__devkit/api/state", headers={"authorization": header})
            assert answer.status_code == 401
        assert (await client.get("/__devkit/api/state", headers={**good, "origin": EVIL})).status_code == 403
        state = (await client.get("/__devkit/api/state", headers=good)).json()
        assert state["devices"]["LAMPPROD01/dev01"]["online"] is True


async def test_control_api_acts_as_the_device(dev: Run) -> None:
    good = {"authorization": f"Bearer {dev.ready['control_token']}"}
    device = "/__devkit/api/devices/LAMPPROD01/dev01"
    async with httpx.AsyncClient(base_url=base(dev), headers=good) as client:
        before = (await client.get("/__devkit/api/timeline?since=0")).json()["entries"]
        assert (await client.post(f"{device}/report", json={"brightness": 33})).status_code == 200
        state = (await client.get("/__devkit/api/state")).json()
        assert state["devices"]["LAMPPROD01/dev01"]["properties"]["brightness"] == 33
        since = before[-1]["seq"] if before else 0
        after = (await client.get(f"/__devkit/api/timeline?since={since}")).json()["entries"]
        assert [entry["seq"] for entry in after] == list(range(since + 1, since + 1 + len(after)))
        assert after
        for status in (False, True):
            assert (await client.post(f"{device}/status", json={"online": status})).status_code == 200
        assert (await client.post(f"{device}/fault", json={"latency_ms": 1})).status_code == 200
        assert (await client.post(f"{device}/fault", json={})).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("LAMPPROD01/dev01/report", b'{"brightness": 1000}', 400),
        ("LAMPPROD01/dev01/report", b"{", 400),
        ("LAMPPROD01/dev01/report", b"[1]", 400),
        ("LAMPPROD01/dev01/report", b"[" * 100_000, 400),
        ("LAMPPROD01/dev01/report", b'"' + b"x" * 2_000_000 + b'"', 400),
        ("LAMPPROD01/dev01/status", b'{"online": "yes"}', 400),
        ("LAMPPROD01/dev01/event", b'{"eventId": 7}', 400),
        ("LAMPPROD01/dev01/explode", b"{}", 404),
        ("NOBODY/none/report", b'{"brightness": 1}', 404),
    ],
)
async def test_control_api_explains_bad_input(dev: Run, path: str, body: bytes, status: int) -> None:
    headers = {"authorization": f"Bearer {dev.ready['control_token']}"}
    async with httpx.AsyncClient(base_url=base(dev), headers=headers) as client:
        answer = await client.post(f"/__devkit/api/devices/{path}", content=body)
        assert answer.status_code == status
        assert len(answer.json()["error"]["msg"]) > 10
        for since in ("x", "-1", "1.5", "٣"):
            assert (await client.get(f"/__devkit/api/timeline?since={since}")).status_code == 400


async def test_a_big_bundle_is_served_and_pushed(tmp_path: Path) -> None:
    project = make_project(tmp_path / "panel")
    big = f"export const big = {json.dumps('x' * 20_000_000)}\n"
    (project / "src" / "big.js").write_text(big, "utf-8")
    entry = project / "src" / "index.jsx"
    source = "import { big } from './big.js'\nwindow.size = big.length\n"
    entry.write_text(source, "utf-8")
    async with running(project, "dev", "--no-proxy", "--hot", "restart") as run:
        url = base(run).replace("http", "ws") + f"/__devkit/live?token={await page_token(run)}"
        async with (
            httpx.AsyncClient(base_url=base(run)) as client,
            websockets.connect(url, origin=base(run), max_size=None) as live,  # type: ignore[arg-type]
        ):
            assert len((await client.get("/index.js")).content) > 20_000_000
            await live.recv()
            entry.write_text(source + "window.again = 1\n", "utf-8")
            frame = await asyncio.wait_for(live.recv(), 20)
            assert isinstance(frame, bytes)
            assert len(frame) > 20_000_000
            assert json.loads(frame.partition(b"\n")[0])["type"] == "js"


async def test_one_address_alone_is_bound(dev: Run) -> None:
    port = int(base(dev).rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", port)) != 0
