"""mitmproxy inside devkit, for what must be decrypted or seen: local-cloud mode, mirrors, inspector and HAR.

Nothing here listens on a port of its own except mitmweb's interface: the front hands connections over. This
module imports mitmproxy, so only devkit.proxy.server imports it, and late.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from mitmproxy import certs, http, tls
from mitmproxy.addons import disable_h2c, next_layer, proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_servers import ServerInstance
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from devkit.errors import ProxyError
from devkit.language import _
from devkit.proxy.authority import Authority, mint_leaf
from devkit.proxy.har import LARGEST_BODY, HarRecorder, KeptFlows
from devkit.proxy.options import ProxyOptions, Upstream, bypasses
from devkit.proxy.reach import is_closed, open_addresses
from devkit.web.hosts import ASKED_HOST, CLOUD_HOST, PANEL_HOSTS, leads_here

logger = logging.getLogger(__name__)

ASKED = "devkit asked"
LOCAL_CLOUD_PATHS = re.compile(
    r"/(scf/)?h5panel([/?]|$)|/api/exploreropen/|/insight/"
    r"|/(ws/explorer|iotstudio_v2_weapp_1|studioh5)([/?]|$)"
    r"|/__devkit/|/index\.(js|css)(\.map)?(\?|$)"
)


class PanelTls(TlsConfig):  # type: ignore[misc]
    """Use devkit's authorities in place of a CA of mitmproxy's own, which could sign for any host."""

    name = "tlsconfig"

    def __init__(self, authorities: Mapping[str, Authority]) -> None:
        self.certstore = SimpleNamespace(dhparams=None)
        self._authorities = {host: ca for ca in authorities.values() for host in ca.hosts}
        self._leaves: dict[str, certs.CertStoreEntry] = {}

    def configure(self, updated: set[str]) -> None:
        """Create no certificate store."""

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """Leave a connection alone whose server name is not one of ours."""
        server = data.context.server.address
        wanted = data.client_hello.sni or (server[0] if server else "")
        if wanted.lower() not in self._authorities:
            data.ignore_connection = True

    def get_cert(self, conn_context: Context) -> certs.CertStoreEntry:
        """Return the leaf of the host, minted at its first use."""
        address = conn_context.server.address
        host = (conn_context.client.sni or (address[0] if address else "")).lower()
        if host not in self._leaves:
            authority = self._authorities[host]
            leaf, key = mint_leaf(authority, [host])
            self._leaves[host] = certs.CertStoreEntry(certs.Cert(leaf), key, None, [])
        return self._leaves[host]


class LocalAnswers:
    """Send the panel hosts, the local-cloud paths and the mirrors to their servers on this machine."""

    def __init__(self, options: ProxyOptions, upstream: Upstream | None) -> None:
        self._upstream = upstream
        self._dev = urlsplit(options.dev_url)
        self._targets = {host: urlsplit(url) for host, url in options.mirror.items()}
        self._paths: dict[str, re.Pattern[str]] = {}
        if options.local_cloud:
            self._targets[CLOUD_HOST] = self._dev
            self._paths[CLOUD_HOST] = LOCAL_CLOUD_PATHS
        self._chosen = {_place(target) for target in (self._dev, *self._targets.values())}
        if upstream:
            self._chosen.add((upstream.host, upstream.port))

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Send it to loopback, or let it go on to its server; a large body follows before it has ended."""
        if flow.response or flow.error or not flow.live:
            return
        host = flow.request.pretty_host.lower()
        target = self._targets.get(host)
        if host in PANEL_HOSTS:
            _redirect(flow, self._dev)
            flow.request.host_header = host  # the application tells the panel hosts by it
        elif target and (host not in self._paths or self._paths[host].match(flow.request.path)):
            _redirect(flow, target)
            if host == CLOUD_HOST:
                flow.request.headers[ASKED_HOST] = host
        elif is_from_lan(flow.client_conn.peername) and is_closed(flow.request.host):
            _refuse(flow, _(f"{host} is not open to other machines."))
        elif self._upstream and not bypasses(host, os.environ):
            await self._send_via_upstream(flow, self._upstream)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Let mitmproxy connect for a client on the network to the very address that was found to be open."""
        address = data.server.address
        if address is None or address in self._chosen or not is_from_lan(data.client.peername):
            return
        try:
            data.server.address = ((await open_addresses(*address[:2]))[0], address[1])
        except ProxyError as error:
            data.server.error = error.message

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Stream events on, which never end."""
        if flow.response and "text/event-stream" in flow.response.headers.get("content-type", ""):
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        """Show in inspector and HAR what was asked for, not where the answer came from."""
        if ASKED in flow.metadata:
            flow.request.scheme, flow.request.host, flow.request.port = flow.metadata[ASKED]

    async def _send_via_upstream(self, flow: http.HTTPFlow, upstream: Upstream) -> None:
        if flow.server_conn.timestamp_start is not None:
            return
        if is_from_lan(flow.client_conn.peername) and leads_here(upstream.host):
            await self._name_address(flow)
        scheme = "https" if upstream.tls else "http"
        flow.server_conn.via = ServerSpec((scheme, (upstream.host, upstream.port)))

    async def _name_address(self, flow: http.HTTPFlow) -> None:
        """Give a proxy on this machine the address that was checked: it would ask for the name again."""
        asked = flow.request.host_header or flow.request.host
        try:
            address = (await open_addresses(flow.request.host, flow.request.port))[0]
        except ProxyError as error:
            _refuse(flow, error.message)
            return
        flow.metadata[ASKED] = (flow.request.scheme, flow.request.host, flow.request.port)
        flow.request.host = address
        flow.request.host_header = asked

    def http_connect_upstream(self, flow: http.HTTPFlow) -> None:
        """Name ourselves to the upstream proxy."""
        if self._upstream and self._upstream.credentials:
            flow.request.headers["proxy-authorization"] = self._upstream.credentials


def _redirect(flow: http.HTTPFlow, target: SplitResult) -> None:
    flow.metadata[ASKED] = (flow.request.scheme, flow.request.host, flow.request.port)
    flow.request.scheme = target.scheme
    flow.request.host, flow.request.port = _place(target)
    flow.server_conn.via = None


def _refuse(flow: http.HTTPFlow, reason: str) -> None:
    if flow.request.stream:
        flow.kill()  # mitmproxy cannot answer before a body that it does not keep
    else:
        flow.response = http.Response.make(403, f"{reason}\n")


def is_from_lan(client: tuple[str, int] | None) -> bool:
    """Tell whether a client's address is another machine's."""
    return client is not None and not leads_here(client[0])


def _place(target: SplitResult) -> tuple[str, int]:
    return target.hostname or "127.0.0.1", target.port or (443 if target.scheme == "https" else 80)


class MitmEngine:
    """A mitmproxy master in the running event loop."""

    def __init__(self, master: Master, web_url: str, har: HarRecorder | None) -> None:
        self.web_url = web_url
        self._master = master
        self._har = har
        self._server = ServerInstance.make("regular", master.addons.get("proxyserver"))

    @classmethod
    async def start(
        cls,
        options: ProxyOptions,
        authorities: Mapping[str, Authority],
        upstream: Upstream | None,
    ) -> MitmEngine:
        """Start the master, with mitmweb's interface when options.inspect says so."""
        web_port = _free_port() if options.inspect else 0
        opts = Options()
        master: Any = _web_master(opts) if options.inspect else Master(opts)
        har = HarRecorder(options.har) if options.har else None
        if not options.inspect:
            master.addons.add(proxyserver.Proxyserver(), next_layer.NextLayer(), disable_h2c.DisableH2C())
        master.addons.add(PanelTls(authorities), LocalAnswers(options, upstream))
        if har:
            master.addons.add(har)
        if options.inspect:
            master.addons.add(KeptFlows("--inspect", lambda flow: master.view.remove([flow])))
        hosts = [host for ca in authorities.values() for host in ca.hosts]
        opts.update(
            server=False,
            connection_strategy="lazy",
            upstream_cert=False,
            rawtcp=False,
            stream_large_bodies=str(LARGEST_BODY),
            allow_hosts=[rf"^{re.escape(host)}:\d+$" for host in hosts],
        )
        url = ""
        if options.inspect:
            from devkit.proxy.inspector import locked

            opts.update(web_host="127.0.0.1", web_port=web_port, web_open_browser=False)
            url = locked(master, web_port).url
        await master.running()
        return cls(master, url, har)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client to the end of its connection."""
        await self._server.handle_stream(reader, writer)

    async def aclose(self) -> None:
        """Stop, and write the HAR file."""
        await self._master.done()
        if self._har:
            self._har.write()


def _web_master(opts: Options) -> Master:
    """Return mitmweb's master without its own TLS set-up and without its right to end the process."""
    from mitmproxy.tools.web.master import WebMaster

    master = WebMaster(opts, with_termlog=False)
    check = master.addons.get("errorcheck")
    check.finish()
    master.addons.remove(check)
    master.addons.remove(master.addons.get("tlsconfig"))
    return master


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
