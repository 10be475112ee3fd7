"""An installation without the extra `proxy`: the panel hosts are answered, the rest says what it needs."""

import importlib.util
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from devkit.app.proxy import PanelProxy
from devkit.app.run import ProxyUse
from devkit.errors import ProxyError
from tests.helpers.proxy import FILES, client, connect, curl, running

SCRIPT = "https://developing.script/developing.js"


@pytest.fixture(autouse=True)
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "mitmproxy" else find(name, *more)
    )


async def test_the_panel_hosts_are_answered_and_the_rest_says_why_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, local_cloud=True) as proxy:
        async with client(proxy) as http:
            assert (await http.get(SCRIPT)).content == FILES["index.js"]
        with caplog.at_level(logging.WARNING):
            _, writer, line = await connect(proxy, "iot.cloud.tencent.com:443")
            writer.close()
            _, output = await curl("-x", proxy.url, "http://example.com/")
    assert b"502" in line
    assert b"plain HTTP through the proxy need mitmproxy." in output
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert 'devkit[proxy]"' in told[0] or '[proxy]"' in told[0]


@pytest.mark.parametrize(
    "options", [{"inspect": True}, {"har": Path("x.har")}, {"mirror": {"a.example": "http://127.0.0.1:1"}}]
)
async def test_what_needs_it_is_refused_at_the_start(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ProxyError, match="need mitmproxy"):
        async with running(tmp_path, **options):
            pass


@pytest.mark.parametrize("use", [ProxyUse(launch=True), ProxyUse(lan_host="192.168.1.20")])
async def test_a_browser_and_phones_need_it(use: ProxyUse) -> None:
    settings = SimpleNamespace(proxy=True, transport="local")
    proxy = PanelProxy(SimpleNamespace(settings=settings), use, lambda event: None)  # type: ignore[arg-type]
    with pytest.raises(ProxyError, match="--launch with the simulated device, need mitmproxy"):
        await proxy._start()
