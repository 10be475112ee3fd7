"""The page at /: the device console, or a phone frame while the console is not built."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from devkit.devserver.assets import ASSETS, asset_url
from devkit.devserver.host_page import script_json
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from devkit.devserver.app import DevServer

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


async def render_console(server: DevServer, control_token: str) -> str:
    """Return the HTML; control_token is "" for a reader that may not control devices."""
    from devkit.devserver.app import default_product

    lang = str(server.settings.lang)
    try:
        simulator = await server.simulation.get()
        product_id, problem = default_product(simulator, server.settings), ""
    except DevkitError as error:
        product_id, problem = str(server.settings.product_id), str(error)
    panel_url = server.panel_path(product_id)
    boot = {
        "panelUrl": panel_url,
        "productId": product_id,
        "deviceName": server.settings.device_name,
        "controlToken": control_token,
        "liveToken": server.page_token,
        "server": server.instance,
        "lang": lang,
        "problem": problem,
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
