"""The proxy's own pages: how to use it, and its certificates for phones."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

from devkit.language import _, marked
from devkit.proxy.authority import Authority
from devkit.web.guard import Guard

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

CERTIFICATE = "application/x-x509-ca-cert"
_HEADERS = {
    "cache-control": "no-store",
    "connection": "close",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
}


class SetupPages:
    """The setup page and the certificates, at the proxy's own address alone."""

    def __init__(self, authorities: Mapping[str, Authority], port: int = 0) -> None:
        self.port = port
        self.panel_url = ""
        self._authorities = authorities

    def app(self) -> ASGIApp:
        """Return the guarded application."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        routes = [Route("/", self._setup), Route("/{name}.{kind}", self._certificate)]
        return Guard(Starlette(routes=routes), exposed=True, advice=marked("This is the proxy of devkit."))

    async def _setup(self, request: Request) -> Response:
        return _answer("text/html; charset=utf-8", self._page(request.url.hostname or "").encode())

    async def _certificate(self, request: Request) -> Response:
        authority = self._authorities.get(request.path_params["name"])
        kind = request.path_params["kind"]
        if authority is None or kind not in {"crt", "pem"}:
            return _answer("text/plain; charset=utf-8", _("Open / for the setup page.\n").encode(), 404)
        if kind == "crt":
            return _answer(CERTIFICATE, authority.der)
        return _answer("application/x-pem-file", authority.pem)

    def _page(self, host: str) -> str:
        links = "".join(
            f'<li><a href="/{name}.crt">{html.escape(ca.label)}</a>'
            f"<small>{html.escape(', '.join(ca.hosts))} · {ca.expires:%Y-%m-%d}</small>"
            f"<code>{_pairs(ca.fingerprint)}</code></li>"
            for name, ca in self._authorities.items()
        )
        opens = ""
        if self.panel_url:
            url = html.escape(self.panel_url)
            opens = (
                f'<li><h2>Open the panel<span>打开面板</span></h2><a class="go" href="{url}">{url}</a></li>'
            )
        return _PAGE.format(host=html.escape(host), port=self.port, links=links, opens=opens)


def _pairs(fingerprint: str) -> str:
    return html.escape(" ".join(fingerprint.split(":")))


def _answer(kind: str, body: bytes, status: int = 200) -> Response:
    from starlette.responses import Response

    return Response(body, status, {"content-type": kind, **_HEADERS})


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>devkit proxy</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; --line: #dfe3ea; --ink: #1c2430; --soft: #5d6878; --accent: #0a6cff; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --line: #333b47; --ink: #eef1f5; --soft: #9aa6b6; --accent: #6ba6ff; }}
}}
body {{ margin: 0 auto; padding: 32px 20px 48px; max-width: 34rem; color: var(--ink);
  font: 16px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }}
h1 {{ font-size: 1.4rem; margin: 0 0 4px; }}
h2 {{ font-size: 1.05rem; margin: 0 0 6px; }}
h2 span {{ color: var(--soft); font-weight: 400; margin-left: .6em; }}
p {{ margin: 0 0 8px; color: var(--soft); }}
ol {{ list-style: none; padding: 0; margin: 24px 0 0; }}
ol > li {{ padding: 18px 0; border-top: 1px solid var(--line); counter-increment: step; }}
ol h2::before {{ content: counter(step) ". "; }}
ul {{ list-style: none; padding: 0; margin: 8px 0 0; }}
ul li {{ margin: 0 0 14px; }}
a {{ color: var(--accent); font-weight: 600; overflow-wrap: anywhere; }}
small {{ display: block; color: var(--soft); }}
code {{ display: block; color: var(--soft); font: 11px/1.5 ui-monospace, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }}
dl {{ display: grid; grid-template-columns: auto 1fr; gap: 2px 16px; margin: 8px 0 0; }}
dt {{ color: var(--soft); }}
dd {{ margin: 0; font: 600 16px/1.6 ui-monospace, Menlo, Consolas, monospace; }}
</style>
</head>
<body>
<h1>devkit proxy</h1>
<p>Three steps to see your panel on this phone. 在手机上打开面板只需三步。</p>
<ol>
<li>
<h2>Set the Wi-Fi proxy<span>设置 Wi-Fi 代理</span></h2>
<p>Wi-Fi settings, this network, proxy, manual. Wi-Fi 设置 › 当前网络 › 代理 › 手动。</p>
<dl><dt>Server 服务器</dt><dd>{host}</dd><dt>Port 端口</dt><dd>{port}</dd></dl>
</li>
<li>
<h2>Install the certificate<span>安装证书</span></h2>
<p>It can sign for the hosts named below and for nothing else. 它只能为下列主机签发证书。</p>
<ul>{links}</ul>
<p>iOS: then Settings, General, About, Certificate Trust Settings: switch it on.<br>
Android: Settings, Security, Install a certificate, CA certificate.</p>
<p>iOS：然后在“设置 › 通用 › 关于本机 › 证书信任设置”中打开开关。<br>
Android：“设置 › 安全 › 安装证书 › CA 证书”。</p>
</li>
{opens}
</ol>
<p>Done? Set the Wi-Fi proxy back to none. 用完后请把 Wi-Fi 代理改回“关闭”。</p>
</body>
</html>
"""
