"""The audit of the console: one at a time, kept for the next run, ended with the server."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from devkit.devserver.control import ControlApi
from devkit.devserver.tabs import audit
from devkit.devserver.tabs.audit import AuditTab
from devkit.settings import load_settings

SHOWN = {"score": 91, "profile": "mid", "findings": [], "notes": []}
FOUND = {"audits": [SHOWN], "compared": [], "over_budget": []}
WRITES = f"""
import pathlib, sys
import os
print("loading: it runs in", os.environ["DEVKIT_LANG"], file=sys.stderr)
if "fast" in sys.argv: sys.exit("no browser")
if "--profile" in sys.argv and sys.argv[sys.argv.index("--profile") + 1] == "low": sys.exit("no browser")
pathlib.Path(sys.argv[sys.argv.index("--json-file") + 1]).write_text("{{}}")
print('{json.dumps(FOUND)}')
"""
WAITS = "import signal; signal.pause()"


class Tab:
    """A tab of a project, asked over HTTP."""

    def __init__(self, project: Path) -> None:
        self.tab = AuditTab(load_settings(project, {"lang": "en"}), "secret")
        app = Starlette(routes=self.tab.routes(ControlApi("secret", cast(Any, None))))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1/__devkit/api",
            headers={"Authorization": "Bearer secret"},
        )  # fmt: skip

    async def start(self, **body: str) -> httpx.Response:
        return await self.http.post("/audit", json=body)

    async def done(self) -> dict[str, Any]:
        assert self.tab._work is not None
        await self.tab._work
        told: dict[str, Any] = (await self.http.get("/audit")).json()
        return told


@pytest.fixture
async def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tab]:
    monkeypatch.setattr(audit, "COMMAND", (sys.executable, "-c", WRITES))
    found = Tab(tmp_path)
    yield found
    await found.tab.aclose()
    await found.http.aclose()


async def test_an_audit_is_shown_and_kept(tab: Tab, tmp_path: Path) -> None:
    assert tab.tab.version == 0
    assert (await tab.start()).status_code == 200
    told = await tab.done()
    assert (told["running"], told["problem"], told["last"]["score"]) == (False, "", 91)
    assert tab.tab.version >= 2
    assert AuditTab(load_settings(tmp_path), "x").describe()["last"]["score"] == 91
    assert (tmp_path / ".devkit/audit/last.json").is_file()


async def test_what_went_wrong_is_told_and_the_last_stays(tab: Tab) -> None:
    await tab.start()
    await tab.done()
    await tab.start(profile="low")
    told = await tab.done()
    assert told["problem"].endswith("no browser")
    assert told["last"]["score"] == 91
    assert "mid, low, fast" in (await tab.start(profile="x")).text


async def test_an_audit_is_in_the_language_of_the_console(tab: Tab) -> None:
    await tab.start(profile="fast", lang="zh")
    assert "it runs in zh" in (await tab.done())["problem"]
    await tab.start(profile="fast")
    assert "it runs in en" in (await tab.done())["problem"]
    assert "lang must be one of en, zh" in (await tab.start(lang="fr")).text


async def test_one_at_a_time_and_none_after_the_end(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "COMMAND", (sys.executable, "-c", WAITS))
    await tab.start()
    assert "runs already" in (await tab.start()).text
    await tab.tab.aclose()
    assert not tab.tab.describe()["running"]


async def test_the_report_needs_the_token(tab: Tab, tmp_path: Path) -> None:
    assert (await tab.http.get("/audit/report?token=wrong")).status_code == 403
    assert (await tab.http.get("/audit/report?token=secret")).status_code == 404
    (tmp_path / ".devkit/audit").mkdir(parents=True)
    (tmp_path / ".devkit/audit/report.html").write_text("<h1>Audit</h1>")
    answer = await tab.http.get("/audit/report?token=secret")
    assert answer.text == "<h1>Audit</h1>"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("kept", ["5", "[]", "{}", '{"findings": [1]}', "[" * 9000])
async def test_what_another_devkit_has_kept_is_left_alone(
    tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    folder = tmp_path / ".devkit" / "audit"
    folder.mkdir(parents=True)
    for name in ("shown.json", "last.json"):
        (folder / name).write_text(kept)
    assert (await tab.http.get("/audit")).json()["last"] is None
    refuses = "import sys; sys.exit(f'{sys.argv[-1]} is no audit')"
    monkeypatch.setattr(audit, "COMMAND", (sys.executable, "-c", refuses))
    await tab.start()
    assert (await tab.done())["problem"] == f"{folder / 'last.json'} is no audit"
    monkeypatch.setattr(audit, "COMMAND", (sys.executable, "-c", WRITES))
    await tab.start()
    assert (await tab.done())["last"]["score"] == 91
