"""The browser of `--launch`: proxy and trust in a throw-away profile, nothing left behind."""

import asyncio
from pathlib import Path

import pytest

from devkit.devserver.panel import PanelState
from devkit.errors import ProxyError
from devkit.proxy.launch import find_browser, launched
from devkit.proxy.trust import TrustStore
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.proxy import Builds, PanelApp, running

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("with_certutil", [True, False])
async def test_it_reaches_the_mapped_script_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_certutil: bool
) -> None:
    asked = asyncio.Event()

    class Watched(Builds):
        async def panel(self) -> PanelState:
            asked.set()
            return await super().panel()

    home, scratch = tmp_path / "home", tmp_path / "scratch"
    for folder in (home, scratch):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    if not with_certutil:
        monkeypatch.setattr(TrustStore, "usable", property(lambda self: False))
    async with running(tmp_path / "config", PanelApp(Watched())) as proxy:
        url = "https://developing.script/developing.js"
        extra = ("--headless=new", *LAUNCH_ARGS)
        authorities = proxy.authorities.values()
        async with launched(url, proxy.url, authorities, chromium_path() or "", extra) as process:
            await asyncio.wait_for(asked.wait(), 30)
            assert len(list(scratch.glob("devkit-browser-*"))) == 1
        assert process.returncode is not None
    assert list(scratch.glob("devkit-browser-*")) == []
    assert list(home.iterdir()) == []


def test_a_browser_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProxyError, match="no program /no/such/browser"):
        find_browser("/no/such/browser")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ProxyError, match="No Chromium"):
        find_browser()
