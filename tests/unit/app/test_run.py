"""A run as a library: what `ready()` and `events()` give, and how a run ends."""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from devkit.app import PanelFiles, PanelRun, open_cloud, open_simulator
from devkit.app.events import ModelChanged, Notice, Ready, RunEvent, RunFailed
from devkit.errors import ModelError, PortTakenError, ProxyError
from devkit.settings import Settings, load_settings
from tests.browser.devserver.harness import MODEL


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    (tmp_path / "index.js").write_text("window.ran = true;\n", "utf-8")
    return load_settings(tmp_path, {}, {}).replace(port=0)


def files(settings: Settings) -> PanelFiles:
    return PanelFiles(settings.project / "index.js")


async def first(run: PanelRun, kind: type[RunEvent]) -> RunEvent:
    """Return the next event of a kind."""
    async for event in run.events():
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the run ended without {kind.__name__}")


async def test_a_run_serves_on_the_free_port_it_took_until_it_is_left(settings: Settings) -> None:
    async with PanelRun(settings, files=files(settings)) as run:
        ready = await run.ready()
        assert await first(run, Ready) == ready
        assert f":{run.settings.port}/" in ready.panel_url
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(run.console_url + "index.js")
    assert answer.text == "window.ran = true;\n"
    with pytest.raises(httpx.ConnectError):
        httpx.get(run.console_url, trust_env=False)


def refused(*_: object) -> str:
    raise ProxyError("no address")


@pytest.mark.parametrize(
    ("host", "address", "phone"),
    [
        ("127.0.0.1", lambda: "192.168.1.20", ""),
        ("0.0.0.0", lambda: "192.168.1.20", "http://192.168.1.20:"),
        ("0.0.0.0", refused, ""),
    ],
)
async def test_phones_are_told_the_address_that_they_reach(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, host: str, address: Callable[[], str], phone: str
) -> None:
    monkeypatch.setattr("devkit.proxy.phone.lan_address", address)
    async with PanelRun(settings.replace(host=host), files=files(settings)) as run:
        ready = await run.ready()
        assert ready.phone_url.startswith(phone)
        assert bool(ready.phone_url) == bool(phone)
        url = httpx.URL(ready.phone_url or ready.panel_url)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(url.copy_with(host="127.0.0.1"), headers={"Host": url.netloc.decode()})
    assert answer.status_code == 200


async def test_a_changed_and_a_broken_model_are_told(settings: Settings) -> None:
    model = settings.path("model")
    async with PanelRun(settings, files=files(settings)) as run:
        await run.ready()
        model.write_text(json.dumps({**MODEL, "events": None}), "utf-8")
        model.write_text("{", "utf-8")
        failed = await first(run, RunFailed)
        assert isinstance(failed, RunFailed)
        assert isinstance(failed.error, ModelError)
        model.write_text(json.dumps(MODEL) + "\n", "utf-8")
        assert await first(run, ModelChanged) == ModelChanged(Path("thing-model.json"))


async def test_what_ends_a_run_reaches_ready_and_events(settings: Settings) -> None:
    settings.path("model").write_text("{", "utf-8")
    async with PanelRun(settings, files=files(settings)) as run:
        with pytest.raises(ModelError):
            await run.ready()
        with pytest.raises(ModelError):
            await first(run, Ready)


async def test_what_a_thread_tells_of_an_installation_is_not_kept_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()

    def installs(progress: Callable[[str], None]) -> bool:
        progress("2 MB after 3 s")
        return seen.wait(30)  # npm, at work until the line is seen

    async def prepared(settings: Settings, progress: Callable[[str], None]) -> Settings:
        assert await asyncio.to_thread(installs, progress)
        return settings

    monkeypatch.setattr("devkit.app.run.prepare", prepared)
    async with PanelRun(settings, files=files(settings)) as run:
        assert await first(run, Notice) == Notice("2 MB after 3 s")
        seen.set()
        await run.ready()


async def test_a_taken_port_is_said_on_entering(settings: Settings) -> None:
    async with PanelRun(settings, files=files(settings)) as run:
        with pytest.raises(PortTakenError):
            async with PanelRun(settings.replace(port=run.settings.port), files=files(settings)):
                pass


async def test_the_simulator_alone(settings: Settings) -> None:
    async with open_simulator(settings) as simulator:
        assert simulator.own_device_id() == "LAMPPROD01/dev01"


async def test_the_cloud_alone(settings: Settings) -> None:
    call = {"Action": "AppGetUser", "RequestId": "1"}
    async with open_cloud(settings) as cloud, httpx.AsyncClient(trust_env=False) as client:
        body = {**call, "AccessToken": cloud.token}
        answer = await client.post(f"{cloud.url}/api/exploreropen/tokenapi", json=body)
    assert answer.json()["code"] == 0
