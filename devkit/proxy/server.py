"""The running proxy of `devkit dev`."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakSet

from devkit.errors import ProxyError
from devkit.extras import install_command
from devkit.language import _
from devkit.proxy.authority import HOSTS, Authority, ensure_authority, server_context
from devkit.proxy.front import Front, Routes
from devkit.proxy.options import ProxyOptions, check_mirror, find_upstream
from devkit.proxy.pages import SetupPages

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from devkit.proxy.mitm import MitmEngine

logger = logging.getLogger(__name__)

BACKLOG = 2048


class Proxy:
    """A proxy that accepts connections; close it with aclose().

    app answers the panel hosts, here and at options.dev_url. listen() takes the port at once; prepare() reads
    the keys, which takes longer, and a connection that comes before waits for it. options holds the port that
    was bound; authorities holds the CAs that a client must trust, by name, once they are read.
    """

    def __init__(self, app: ASGIApp, options: ProxyOptions) -> None:
        self.options = options
        self.authorities: dict[str, Authority] = {}
        self.pages = SetupPages(self.authorities)
        self._app = app
        self._open: WeakSet[asyncio.BaseTransport] = WeakSet()
        self.routes: Routes
        self._server: asyncio.Server | None = None
        self._told = self._told_missing = False
        self._context: ssl.SSLContext | None = None
        self._engine: MitmEngine | None = None
        self._lock = asyncio.Lock()

    @property
    def url(self) -> str:
        """Return the address to give to clients on this machine."""
        return f"http://{self.options.host}:{self.options.port}"

    @property
    def lan_url(self) -> str:
        """Return the address to give to phones, or ""."""
        return f"http://{self.options.lan_host}:{self.options.port}" if self.options.lan_host else ""

    @property
    def inspector_url(self) -> str:
        """Return the address of mitmweb's interface, or ""."""
        return self._engine.web_url if self._engine else ""

    async def aclose(self) -> None:
        """Stop listening, drop every connection, and write the HAR file when one was asked for."""
        if self._server:
            self._server.close()
        for transport in list(self._open):
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        if self._engine:
            await self._engine.aclose()

    async def listen(self) -> None:
        """Accept connections.

        Errors: ProxyError when the port is taken, or for a mirror or an upstream proxy that cannot be used.
        """
        check_mirror(self.options.mirror)
        if self._all_through_engine or self.options.mirror:
            check_engine(_("--inspect, --har and [mirror]"))
        panel_hosts = HOSTS["panel"]
        others = [
            host for name, hosts in wanted_hosts(self.options).items() if name != "panel" for host in hosts
        ]
        self.routes = Routes(
            panel_hosts=() if self._all_through_engine else panel_hosts,
            decrypted_hosts=(*panel_hosts, *others) if self._all_through_engine else tuple(others),
            context=self._tls_context,
            panel=lambda: self._protocols[0](),
            page=lambda: self._protocols[1](),
            engine=self._open_engine,
            distrusted=self._tell_distrust,
            upstream=find_upstream(self.options, os.environ),
        )
        self._server = await self._listen(self.routes)
        port = self._server.sockets[0].getsockname()[1]
        self.options = replace(self.options, port=port)
        self.pages.port = port

    async def prepare(self) -> None:
        """Read or make the authorities; start mitmproxy when every request shall pass it.

        Errors: ProxyError when an authority cannot be used or the HAR file not be written.
        """
        async with self._lock:
            if self._context is None:
                self.authorities.update(await asyncio.to_thread(open_authorities, self.options))
                self._context = server_context(self.authorities["panel"])
        if self._all_through_engine:
            await self._open_engine()

    @property
    def _all_through_engine(self) -> bool:
        return self.options.inspect or self.options.har is not None

    async def _tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            await self.prepare()
        if self._context is None:
            raise ProxyError(_("The proxy has no certificate."))
        return self._context

    @cached_property
    def _protocols(self) -> tuple[Callable[[], asyncio.Protocol], Callable[[], asyncio.Protocol]]:
        """Return what serves a connection to a panel host, and one to the proxy itself."""
        from devkit.web.serving import speaking

        return speaking(self._app), speaking(self.pages.app())

    def _check_engine(self) -> None:
        """Refuse a request that only mitmproxy can answer; the terminal tells of the first one."""
        try:
            check_engine(_("The platform's own page and plain HTTP through the proxy"))
        except ProxyError as error:
            if not self._told_missing:
                self._told_missing = True
                logger.warning("%s", error)
            raise

    def _tell_distrust(self, host: str) -> None:
        if not self._told:
            self._told = True
            logger.warning(
                "A client does not trust the proxy's certificate for %s. "
                "Run `devkit ca install` and restart that client, or use `devkit dev --launch`.",
                host,
            )

    async def _listen(self, routes: Routes) -> asyncio.Server:
        port = self.options.port
        host = [address for address in (self.options.host, self.options.lan_host) if address]
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_server(lambda: Front(routes, self._open), host, port, backlog=BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ProxyError(
                    _(f"Port {port} is taken; another devkit may run there."),
                    _(f"Stop that one, choose another port with --proxy-port {port + 1}, or use --no-proxy."),
                ) from error
            raise ProxyError(
                _(f"The proxy cannot listen on port {port} of {' and '.join(host)}: {error.strerror}."),
                _("Choose another --proxy-port."),
            ) from error

    async def _open_engine(self) -> MitmEngine:
        """Start mitmproxy at its first use; importing it takes a while, so that happens in a thread."""
        if not self.authorities:
            await self.prepare()
        async with self._lock:
            if self._engine is None:
                self._check_engine()
                module = await asyncio.to_thread(importlib.import_module, "devkit.proxy.mitm")
                self._engine = await module.MitmEngine.start(
                    self.options, self.authorities, find_upstream(self.options, os.environ)
                )
            return self._engine


def check_engine(what: str) -> None:
    """Make sure that mitmproxy is here, which an installation without the extra does not have.

    Errors: ProxyError that says what needs it.
    """
    if importlib.util.find_spec("mitmproxy") is None:
        raise ProxyError(_(f"{what} need mitmproxy."), _(f"Install it with: {install_command('proxy')}"))


def open_authorities(options: ProxyOptions) -> dict[str, Authority]:
    """Return the authorities that the options need, made when missing.

    Errors: ProxyError.
    """
    return {
        name: ensure_authority(name, hosts, options.directory)
        for name, hosts in wanted_hosts(options).items()
    }


def wanted_hosts(options: ProxyOptions) -> dict[str, tuple[str, ...]]:
    """Return the hosts to decrypt, by the name of the authority that signs for them."""
    wanted: dict[str, tuple[str, ...]] = {"panel": HOSTS["panel"]}
    if options.local_cloud:
        wanted["local-cloud"] = HOSTS["local-cloud"]
    if options.mirror:
        wanted["mirror"] = tuple(sorted(options.mirror))
    return wanted


async def start_proxy(app: ASGIApp, options: ProxyOptions) -> Proxy:
    """Return a proxy that accepts connections; port 0 takes a free one.

    Errors: ProxyError when the port is taken, or an authority or the upstream proxy cannot be used.
    """
    proxy = Proxy(app, options)
    try:
        await proxy.listen()
        await proxy.prepare()
    except BaseException:
        await proxy.aclose()
        raise
    return proxy
