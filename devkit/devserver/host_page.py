"""The page that hosts a panel, with the globals, nodes and order of the real one.

Source: docs/reference/protocol.md sections 1.1 to 1.3.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def page_headers(console: str = "") -> dict[str, str]:
    """Return the headers of a host page; its own origin and the console may frame it."""
    ancestors = f"'self' {console}".strip()
    return {
        "cache-control": "no-store",
        "content-security-policy": f"frame-ancestors {ancestors}; object-src 'none'; base-uri 'self'",
    }


_BOOT = """\
(function () {
  var boot = JSON.parse(document.getElementById('devkit-boot').textContent)
  boot.url = location.protocol.replace('http', 'ws') + '//' + location.host + boot.url
  window.__DEVKIT__ = boot
  if (boot.debug)
    window.__DEVKIT_DEBUG__ = { url: boot.debug, session: boot.session, WebSocket: window.WebSocket }
  window.PANEL_DATA = boot.panelData
  window.IOT_EXPLORER_ACCESS_TOKEN = boot.accessToken
  window.IS_DEBUG = false
  window.IS_LOCAL = true
  window.SCF_REQ_ID = ''
  window.NAV_START = window.MP_ON_LOAD = performance.timeOrigin || Date.now()
})()
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, maximum-scale=1, user-scalable=no, \
viewport-fit=cover">
<meta name="format-detection" content="telephone=no">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
{css}</head>
<body>
<div id="app"></div>
<div id="explorer-device-detail-container"></div>
<div id="explorer-modal-overlay"></div>
<script type="application/json" id="devkit-boot">{boot}</script>
<script>{start}</script>
{scripts}
</body>
</html>
"""

_STYLE = "html,body{margin:0;padding:0}.hide{display:none!important}"


@dataclass(frozen=True)
class HostPage:
    """What one host page holds.

    boot becomes window.__DEVKIT__ and holds panelData; scripts are URLs in order of execution, the panel's
    last; css is the URL of the panel's style sheet, "" without one.
    """

    boot: Mapping[str, Any]
    scripts: tuple[str, ...]
    css: str = ""
    title: str = ""
    lang: str = "zh-CN"

    def render(self) -> str:
        """Return the HTML."""
        css = (
            f'<link rel="stylesheet" href="{html.escape(self.css)}" data-devkit="css">\n' if self.css else ""
        )
        scripts = "\n".join(f'<script src="{html.escape(url)}"></script>' for url in self.scripts)
        return _PAGE.format(
            lang=html.escape(self.lang),
            title=html.escape(self.title),
            style=_STYLE,
            css=css,
            boot=script_json(self.boot),
            start=_BOOT,
            scripts=scripts,
        )


def script_json(value: object) -> str:
    """Return JSON that is safe inside a script element, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
