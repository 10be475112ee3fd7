"""What the panel hosts answer: the current build from memory, in one place for every way in.

A request is method, host, path and headers (lower-case names); an Answer is status, headers and a body, or a
stream of events for live reload.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from devkit.errors import BuildError, DevkitError
from devkit.proxy.authority import CLOUD_HOST, SCRIPT_HOST, STYLE_HOST
from devkit.proxy.live import LIVE_PATH, LiveReload, live_script

logger = logging.getLogger(__name__)

WAIT_S = 20.0
JS = "text/javascript; charset=utf-8"
CSS = "text/css; charset=utf-8"
MAP = "application/json; charset=utf-8"
METHODS = "GET, HEAD, OPTIONS"
OVERSEAS_HOST = "oversea.iotcloud.tencentiotcloud.com"
_ORIGIN = re.compile(
    rf"https://({re.escape(CLOUD_HOST)}|{re.escape(OVERSEAS_HOST)})"
    r"|https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
)


Source = Callable[[], Awaitable[Mapping[str, bytes]]]
"""Return {"index.js": …, "index.css": …, and their ".map"} of the current build; waits for the first one.

Errors: BuildError when the panel does not build.
"""

FILES: Mapping[tuple[str, str], tuple[str, str]] = {
    (SCRIPT_HOST, "/developing.js"): ("index.js", JS),
    (SCRIPT_HOST, "/developing.js.map"): ("index.js.map", MAP),
    (SCRIPT_HOST, "/index.js.map"): ("index.js.map", MAP),
    (STYLE_HOST, "/developing.css"): ("index.css", CSS),
    (STYLE_HOST, "/developing.css.map"): ("index.css.map", MAP),
    (STYLE_HOST, "/index.css.map"): ("index.css.map", MAP),
}


@dataclass(frozen=True)
class Request:
    """One request to a panel host; path may carry a query, header names are lower-case."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Status, headers without Content-Length, and a body or a stream of chunks."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None


Handler = Callable[[Request], Awaitable[Answer]]


class PanelAnswers:
    """Answer the panel hosts from source; waits at most wait_s seconds for a build that is not finished."""

    def __init__(self, source: Source, live: LiveReload | None = None, wait_s: float = WAIT_S) -> None:
        self._source = source
        self._live = live
        self._wait_s = wait_s
        self._tags: dict[int, tuple[bytes, str]] = {}
        self._joined: tuple[bytes, bytes] | None = None

    async def __call__(self, request: Request) -> Answer:
        """Return the answer to one request."""
        cors = _cors(request.headers.get("origin", ""))
        if request.method == "OPTIONS":
            return Answer(204, (*cors, *_preflight(request.headers)))
        if request.method not in {"GET", "HEAD"}:
            return _text(405, f"Use {METHODS}.", (*cors, ("allow", METHODS)))
        path = request.path.partition("?")[0]
        if self._live and (request.host, path) == (SCRIPT_HOST, LIVE_PATH):
            headers = (*cors, ("content-type", "text/event-stream"), ("cache-control", "no-store"))
            return Answer(200, headers, stream=self._live.events() if request.method == "GET" else None)
        known = FILES.get((request.host, path))
        if known is None:
            paths = ", ".join(path for host, path in FILES if host == request.host)
            return _text(404, f"Nothing is mapped to {path}. Mapped: {paths}.", cors)
        return await self._file(request, *known, cors)

    async def _file(
        self, request: Request, name: str, kind: str, cors: tuple[tuple[str, str], ...]
    ) -> Answer:
        try:
            build = await asyncio.wait_for(self._source(), self._wait_s)
        except TimeoutError:
            return self._failure(kind, "The build is not finished", _late(self._wait_s), cors)
        except BuildError as error:
            return self._failure(kind, "The panel does not build", _findings(error), cors)
        except DevkitError as error:
            return self._failure(kind, "devkit cannot build the panel", str(error), cors)
        except Exception:
            logger.exception("The build could not be read")
            return self._failure(kind, "devkit failed", "See the terminal that runs devkit.", cors)
        body = build.get(name, b"")
        if name == "index.js" and self._live:
            body = self._with_live(body)
        elif not body and kind == MAP:
            return _text(404, "This build has no source map.", cors)
        tag = self._tag(body)
        headers = (*cors, ("content-type", kind), ("cache-control", "no-cache"), ("etag", tag))
        if _matches(request.headers.get("if-none-match", ""), tag):
            return Answer(304, headers)
        return Answer(200, headers, body)

    def _with_live(self, body: bytes) -> bytes:
        if self._joined is None or self._joined[0] is not body:
            self._joined = (body, body + live_script())
        return self._joined[1]

    def _tag(self, body: bytes) -> str:
        kept = self._tags.get(id(body))
        if kept is None or kept[0] is not body:
            kept = (body, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
            if len(self._tags) > 8:
                self._tags.clear()
            self._tags[id(body)] = kept
        return kept[1]

    def _failure(self, kind: str, title: str, text: str, cors: tuple[tuple[str, str], ...]) -> Answer:
        """Return a file of the kind asked for that shows the error; status 200, or it would not run."""
        headers = (*cors, ("content-type", kind), ("cache-control", "no-store"), ("x-devkit-build", "failed"))
        if kind == JS:
            live = live_script() if self._live else b""
            return Answer(200, headers, error_script(title, text) + live)
        if kind == CSS:
            return Answer(200, headers, f"/* {title}. */\n".encode())
        return _text(404, f"{title}.", cors)


def _cors(origin: str) -> tuple[tuple[str, str], ...]:
    vary = (("vary", "Origin"), ("cross-origin-resource-policy", "cross-origin"))
    if not _ORIGIN.fullmatch(origin):
        return vary
    return (*vary, ("access-control-allow-origin", origin), ("timing-allow-origin", origin))


def _preflight(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Grant what a page of an allowed origin may ask for, private network access included."""
    if not _ORIGIN.fullmatch(headers.get("origin", "")):
        return (("allow", METHODS),)
    granted = [
        ("allow", METHODS),
        ("access-control-allow-methods", METHODS),
        ("access-control-max-age", "600"),
    ]
    asked = headers.get("access-control-request-headers", "")
    if asked and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z, -]+", asked):
        granted.append(("access-control-allow-headers", asked))
    for name in ("private-network", "local-network"):
        if headers.get(f"access-control-request-{name}") == "true":
            granted.append((f"access-control-allow-{name}", "true"))
    return tuple(granted)


def _matches(asked: str, tag: str) -> bool:
    return asked.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in asked.split(",")}


def _text(status: int, text: str, headers: tuple[tuple[str, str], ...]) -> Answer:
    kind = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))
    return Answer(status, (*headers, *kind), f"{text}\n".encode())


def _late(limit: float) -> str:
    return f"No build was ready after {limit:g} s. Look at the terminal that runs devkit, then reload."


def _findings(error: BuildError) -> str:
    parts = []
    for item in error.diagnostics:
        place = f"{item.place}: " if item.place else ""
        parts.append("\n".join(text for text in (f"{place}{item.message}", item.frame, item.hint) if text))
    return "\n\n".join(parts)


def error_script(title: str, text: str) -> bytes:
    """Return a script that shows title and text over the page, as text and never as markup."""
    data = json.dumps({"title": title, "text": text}).replace("<", "\\u003c")
    return _ERROR_SCRIPT.replace("DATA", data).encode()


_ERROR_SCRIPT = """(function (data) {
  function show() {
    var box = document.createElement('div');
    box.id = 'devkit-build-error';
    box.setAttribute('role', 'alert');
    box.style.cssText = 'position:fixed;inset:0;z-index:2147483647;overflow:auto;'
      + 'padding:24px 20px;background:#1c1f26;color:#f4f5f7;'
      + 'font:14px/1.6 ui-monospace,Menlo,Consolas,monospace;text-align:left';
    var title = document.createElement('h1');
    title.textContent = data.title;
    title.style.cssText = 'margin:0 0 12px;font:600 18px/1.3 system-ui,sans-serif;color:#ff8080';
    var text = document.createElement('pre');
    text.textContent = data.text;
    text.style.cssText = 'margin:0;white-space:pre-wrap;word-break:break-word;font:inherit';
    box.appendChild(title);
    box.appendChild(text);
    document.body.appendChild(box);
  }
  console.error('[devkit] ' + data.title + '\\n' + data.text);
  if (document.body) { show(); } else { document.addEventListener('DOMContentLoaded', show); }
})(DATA);
"""
