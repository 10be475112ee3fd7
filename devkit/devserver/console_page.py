"""The page at /: the device console, or a phone frame while the console is not built.

The console has an origin of its own, a second port on loopback: a panel, which may be a stranger's, can then
neither read the console's page with its control token nor reach into it. `/` of the dev server leads there.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from devkit.devserver.assets import ASSETS, asset_url
from devkit.devserver.host_page import script_json
from devkit.errors import DevkitError
from devkit.web.hosts import host_of, is_loopback

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from devkit.devserver.app import DevServer

CONSOLE_SCRIPTS = ("console.js",)

_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>devkit</title>
<link rel="icon" href="data:,">
<style>
body{{margin:0;font:14px/1.5 system-ui,sans-serif;background:#f2f4f7;color:#1d2129}}
iframe.phone{{display:block;width:375px;height:812px;margin:24px auto;border:10px solid #1d2129;\
border-radius:36px;background:#fff}}
p{{text-align:center}}
</style>
</head>
<body>
<div id="console">{body}</div>
<script type="application/json" id="devkit-boot">{boot}</script>
{script}
</body>
</html>
"""


def console_origin(server: DevServer, request: Request) -> str:
    """Return the origin of the console for a page that came with this request; "" where it cannot have one.

    The console is at the name that the browser used for the panel, so that both are one site to the browser
    and the panel has the same storage in the phone as in a tab of its own.
    """
    if not server.console_port:
        return ""
    name = "localhost" if host_of(request.headers["host"]) == "localhost" else "127.0.0.1"
    return f"http://{name}:{server.console_port}"


async def answer_console(server: DevServer, request: Request) -> Response:
    """Answer / with the console; on the dev server's own port with the way to it.

    A reader on another machine, who cannot reach that origin, gets a console without the control token.
    """
    from starlette.responses import HTMLResponse, RedirectResponse

    local = request.client is not None and is_loopback(request.client.host)
    origin = console_origin(server, request)
    at_console = request.scope["server"][1] == server.console_port
    if local and origin and not at_console:
        return RedirectResponse(f"{origin}/", 307, {"cache-control": "no-store"})
    token = server.control_token if local else ""
    panel_origin = ""
    if at_console:
        panel_origin = f"{origin.rpartition(':')[0]}:{server.settings.port}"
    html_text = await render_console(server, token, panel_origin)
    return HTMLResponse(html_text, headers=_headers(panel_origin))


def _headers(panel_origin: str) -> dict[str, str]:
    # The console evaluates nothing; programs that drive its page in a browser's test do.
    scripts = "script-src 'self' 'unsafe-eval'"
    policy = f"frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; {scripts}"
    frames = panel_origin or "'self'"
    return {
        "cache-control": "no-store",
        "content-security-policy": f"{policy}; frame-src {frames}",
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
    }


async def render_console(server: DevServer, control_token: str, panel_origin: str = "") -> str:
    """Return the HTML; control_token is "" for a reader that may not control devices.

    panel_origin: where the panel's page is; "" for the console's own origin.
    """
    from devkit.devserver.app import default_product

    lang = str(server.settings.lang)
    try:
        simulator = await server.simulation.get()
        product_id, problem = default_product(simulator, server.settings), ""
    except DevkitError as error:
        product_id, problem = str(server.settings.product_id), str(error)
    panel_url = panel_origin + server.panel_path(product_id)
    boot = {
        "panelUrl": panel_url,
        "productId": product_id,
        "deviceName": server.settings.device_name,
        "controlToken": control_token,
        "liveToken": server.page_token,
        "server": server.instance,
        "lang": lang,
        "problem": problem,
        "panels": list(server.panels),
        "panel": server.settings.panel,
        "debug": server.devtools is not None and server.devtools.agent,
    }
    built = ASSETS["console.js"].exists()
    url = html.escape(panel_url)
    body = f'<p><a href="{url}">{url}</a></p><iframe class="phone" title="panel" src="{url}"></iframe>'
    return _PAGE.format(
        lang="zh-CN" if lang == "zh" else "en",
        body="" if built else body,
        boot=script_json(boot),
        script=f'<script src="{asset_url("console.js")}"></script>' if built else "",
    )
