"""Texts that every page of a context is given before it asks: the host page's scripts, and the panel.

A browser context gets them once, as an init script; a page that opens a panel then fetches its HTML alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devkit.devserver.assets import asset
from devkit.devserver.host_page import script_json
from devkit.web.hosts import PANEL_SITE, SCRIPT_URL, STYLE_URL

if TYPE_CHECKING:
    from devkit.testing.run.bundle import Bundle

HOST_ASSETS = ("react.js", "react-dom.js", "regenerator.js", "runtime.js")
HOST_URL = f"{PANEL_SITE}/__devkit/"

_KEEP = """\
if (window === window.top && location.pathname.indexOf('/h5panel') === 0)
  Object.defineProperty(window, '__devkit_texts', { value: %s, configurable: true })
"""

_RUN = """\
<script>(function (wanted) {
  var texts = window.__devkit_texts
  delete window.__devkit_texts
  document.currentScript.remove()
  for (var url of wanted) {
    var css = url.slice(-4) === '.css'
    var element = document.createElement(css ? 'style' : 'script')
    element.textContent = texts[url] + (css ? '' : '\\n//# sourceURL=' + url)
    ;(css ? document.head : document.body).appendChild(element)
  }
})(%s)</script>
"""


class Preload:
    """The texts of one panel, by the URL that each has on the platform."""

    def __init__(self, bundle: Bundle) -> None:
        self._texts = {f"{HOST_URL}{name}": _text(asset(name).body) for name in HOST_ASSETS}
        if bundle.css:
            self._texts[STYLE_URL] = _text(bundle.css)
        self._texts[SCRIPT_URL] = _text(bundle.js)

    def init_script(self) -> str:
        """Return what a context's pages run first."""
        return _KEEP % json.dumps(self._texts)

    def insert(self, page: str, *, panel: bool) -> str:
        """Return the HTML of a host page that puts the texts to use at the end of its body.

        panel: the project's own panel too; without it, the page names another's files itself.
        """
        wanted = [url for url in self._texts if panel or url.startswith(HOST_URL)]
        head, body, rest = page.partition('<script src="' if not panel else "</body>")
        return f"{head}{_RUN % script_json(wanted)}{body}{rest}"


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
