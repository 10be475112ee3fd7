"""The audit: `devkit audit` in a process beside the server, one at a time; the last is kept in .devkit."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route

from devkit.devserver.control import PREFIX, ControlApi, read_object, same_secret
from devkit.errors import ServeError
from devkit.language import LANGUAGES, VARIABLE, _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.settings import Settings

PROFILES = ("mid", "low", "fast")
COMMAND = (sys.executable, "-c", "from devkit.cli.entry import main; main()", "audit", "--trust", "--json")
TAKEN = ("entry", "target", "react", "model", "engine", "browser_path")
"""Settings of the run that a build has, too."""
SHOWN_KEYS = frozenset(("score", "profile", "at", "findings", "compared", "over_budget", "notes"))
RULE_KEYS = frozenset(("rule", "title", "points", "what", "where", "fix"))
"""What audit.tsx reads of an audit and of each of its findings."""
STOPPING_S = 5.0
MOST_SAID = 2000
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class AuditTab:
    """Audits of a server's panel, and their routes. built: flags that name a panel that is built already."""

    def __init__(self, settings: Settings, control_token: str) -> None:
        self.built: Sequence[str] = ()
        self._settings = settings
        self._token = control_token
        self._folder = settings.project / ".devkit" / "audit"
        self._work: asyncio.Task[None] | None = None
        self._step = ""
        self._problem = ""
        self._last: dict[str, Any] | None = None
        self._changes = 0

    @property
    def version(self) -> int:
        """Return a number that grows with each change; 0 as long as nobody has asked for an audit."""
        return self._changes

    def describe(self) -> dict[str, Any]:
        """Return what the card shows, as devkit/devserver/client/console/audit.tsx has it."""
        if self._last is None:
            self._last = _shown(self._folder / "shown.json")
        running = self._work is not None and not self._work.done()
        return {"running": running, "step": self._step, "problem": self._problem, "last": self._last}

    async def aclose(self) -> None:
        """End an audit that runs."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    def routes(self, control: ControlApi) -> list[Route]:
        """Return the routes, all but the report behind the control token; that has it in its address."""
        return [
            Route(f"{PREFIX}/audit", control.guarded(self._show), methods=["GET"]),
            Route(f"{PREFIX}/audit", control.guarded(self._start), methods=["POST"]),
            Route(f"{PREFIX}/audit/report", self._report),
        ]

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self.describe())

    async def _start(self, request: Request) -> Response:
        asked = await read_object(request)
        profile, lang = asked.get("profile", PROFILES[0]), asked.get("lang", str(self._settings.lang))
        if profile not in PROFILES:
            raise ServeError(_(f"profile must be one of {', '.join(PROFILES)}, not {profile!r:.100}."))
        if lang not in LANGUAGES:
            raise ServeError(_(f"lang must be one of {', '.join(LANGUAGES)}, not {lang!r:.100}."))
        if self._work is not None and not self._work.done():
            raise ServeError(_("An audit runs already."), _("Wait until it is done."))
        self._step, self._problem = "", ""
        self._work = asyncio.create_task(self._run(profile, lang))
        self._changes += 1
        return JSONResponse({})

    async def _report(self, request: Request) -> Response:
        file = self._folder / "report.html"
        if not same_secret(request.query_params.get("token", ""), self._token):
            return PlainTextResponse(_("The token of the console is needed."), 403)
        if not file.is_file():
            return PlainTextResponse(_("There is no report yet."), 404)
        return FileResponse(file, headers={"content-security-policy": POLICY, "cache-control": "no-store"})

    async def _run(self, profile: str, lang: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            code, said = await self._audited(profile, lang)
            text = (self._folder / "found.json").read_text("utf-8").strip()
            if not text:
                self._problem = said or _(f"devkit audit ended with {code}.")
                if str(last := self._folder / "last.json") in said:
                    last.unlink()  # it is another devkit's, or damaged: the next audit goes without it
                return
            found = json.loads(text)
            (audit,) = found.pop("audits")
            self._last = {**audit, **found, "at": time.time() * 1000}
            (self._folder / "shown.json").write_text(json.dumps(self._last), "utf-8")
            (self._folder / "new.json").replace(self._folder / "last.json")
        except (OSError, ValueError, KeyError) as error:
            self._problem = str(error)
        finally:
            self._step = ""
            self._changes += 1

    async def _audited(self, profile: str, lang: str) -> tuple[int, str]:
        """Run the command; return its exit code, and the last lines that it said beside its steps."""
        files = {"--html": "report.html", "--json-file": "new.json"}
        if (self._folder / "last.json").is_file():
            files["--against"] = "last.json"
        places = [part for flag, name in files.items() for part in (flag, str(self._folder / name))]
        panel = [self._settings.panel] if self._settings.panel else []
        with (self._folder / "found.json").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *COMMAND, *panel, "--profile", profile, *places, *self.built,
                cwd=Path.cwd() if panel else self._settings.project, env=self._environment(lang),
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
        said: list[str] = []
        try:
            assert process.stderr is not None
            async for line in process.stderr:
                text = line.decode("utf-8", "replace").strip()
                said.append(text)
                self._step = text
                self._changes += 1
            return await process.wait(), "\n".join(said[-5:])[-MOST_SAID:]
        finally:
            await _ended(process)

    def _environment(self, lang: str) -> dict[str, str]:
        names = [name for name in TAKEN if name in self._settings.given]
        given = {f"DEVKIT_{name.upper()}": str(getattr(self._settings, name)) for name in names}
        return {**os.environ, **given, VARIABLE: lang, "PYTHONUNBUFFERED": "1"}


def _shown(file: Path) -> dict[str, Any] | None:
    """Return the audit that was shown last; None when there is none, or not one of this devkit."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        kept = json.loads(file.read_text("utf-8"))
        if all(finding.keys() >= RULE_KEYS for finding in kept["findings"]) and kept.keys() >= SHOWN_KEYS:
            return dict(kept)
    return None


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOPPING_S)
    except TimeoutError:
        process.kill()
        await process.wait()
