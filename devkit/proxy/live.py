"""Live reload on the platform's own page: events from the proxy, and the script that listens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from devkit.proxy.authority import SCRIPT_HOST, STYLE_HOST

LIVE_PATH = "/__devkit/live"
PING_S = 15.0


class LiveReload:
    """Tell every listening page which file changed."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()

    @property
    def listeners(self) -> int:
        """Return how many pages listen."""
        return len(self._listeners)

    def notify(self, *, changed_js: bool, changed_css: bool) -> None:
        """Make the pages reload for a new script, or swap the style sheet for a new style alone."""
        kind = "reload" if changed_js else "css"
        if changed_js or changed_css:
            for queue in self._listeners:
                queue.put_nowait(kind)

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events until the reader goes away."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield b"retry: 500\n\n"
            while True:
                try:
                    kind = await asyncio.wait_for(queue.get(), PING_S)
                    yield f"event: {kind}\ndata: {{}}\n\n".encode()
                except TimeoutError:
                    yield b": ping\n\n"
        finally:
            self._listeners.discard(queue)


def live_script() -> bytes:
    """Return what is appended to developing.js."""
    return _SCRIPT.encode()


_SCRIPT = f"""
;(function () {{
  if (window.__devkitLive || !window.EventSource) {{ return; }}
  var events = window.__devkitLive = new EventSource('https://{SCRIPT_HOST}{LIVE_PATH}');
  events.addEventListener('reload', function () {{ location.reload(); }});
  events.addEventListener('css', function () {{
    var links = document.querySelectorAll('link[rel~="stylesheet"]');
    for (var i = 0; i < links.length; i++) {{
      var url = links[i].href.split('?')[0];
      if (!/\\/\\/{STYLE_HOST.replace(".", "[.]")}\\/developing[.]css$/.test(url)) {{ continue; }}
      var fresh = links[i].cloneNode();
      fresh.href = url + '?v=' + Date.now();
      fresh.onload = fresh.onerror = (function (old) {{
        return function () {{ if (old.parentNode) {{ old.parentNode.removeChild(old); }} }};
      }})(links[i]);
      links[i].parentNode.insertBefore(fresh, links[i].nextSibling);
    }}
  }});
}})();
"""
