"""The proxy of `devkit dev`: its flags, and what runs with it (a browser, a phone, an inspector)."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devkit.errors import ProxyError

if TYPE_CHECKING:
    from devkit.app.server import PanelServer
    from devkit.devserver.panel import PanelSource
    from devkit.proxy import Proxy, ProxyOptions
    from devkit.settings import Settings

PLATFORM = "https://iot.cloud.tencent.com"


@dataclass(frozen=True)
class ProxyFlags:
    """Flags of one run. lan_host is the address that phones may use, "" without --phone."""

    launch: bool = False
    lan_host: str = ""
    inspect: bool = False
    har: Path | None = None

    @property
    def asked(self) -> bool:
        """Tell whether the user asked for something that needs the proxy."""
        return bool(self.launch or self.lan_host or self.inspect or self.har)


def proxy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags of the proxy; the command gets one `flags` argument in place of them."""

    @click.option("--launch", is_flag=True, help="Open a browser that uses the proxy and trusts it.")
    @click.option("--phone", is_flag=True, help="Let phones on the local network use the proxy, after a yes.")
    @click.option("--inspect", is_flag=True, help="Open mitmweb on the traffic of the panel.")
    @click.option(
        "--har", type=click.Path(dir_okay=False, path_type=Path), help="Save the traffic, without tokens."
    )
    @click.option("--yes", is_flag=True, help="Answer yes to the question of --phone.")
    @functools.wraps(function)
    def command(
        *args: Any, launch: bool, phone: bool, inspect: bool, har: Path | None, yes: bool, **arguments: Any
    ) -> Any:
        settings: Settings = arguments["settings"]
        lan_host = _allowed_lan_host(settings, yes=yes) if phone else ""
        flags = ProxyFlags(launch, lan_host, inspect, har)
        if flags.asked and not settings.proxy:
            raise click.UsageError("--launch, --phone, --inspect and --har need the proxy; drop --no-proxy.")
        return function(*args, flags=flags, **arguments)

    return command


def _allowed_lan_host(settings: Settings, *, yes: bool) -> str:
    from devkit.proxy.phone import lan_address

    host = lan_address()
    click.echo(
        f"Every device on your network will reach the proxy at {host}:{settings.proxy_port}, and through it "
        "this panel and the internet. This machine's own ports stay closed to them.",
        err=True,
    )
    if yes or (sys.stdin.isatty() and click.confirm("Go on?", default=False, err=True)):
        return host
    raise click.UsageError("--phone needs your yes; add --yes where nobody can answer.")


class PanelProxy:
    """The proxy of one run and what it brought along."""

    def __init__(self, panels: PanelServer, source: PanelSource, flags: ProxyFlags) -> None:
        self._panels = panels
        self._source = source
        self._flags = flags
        self._stack = AsyncExitStack()
        self._proxy: Proxy | None = None
        self._starting: asyncio.Task[None]

    async def __aenter__(self) -> PanelProxy:
        """Begin to start, while the first build runs."""
        self._starting = asyncio.create_task(self._start())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End the browser and the proxy."""
        self._starting.cancel()
        await asyncio.gather(self._starting, return_exceptions=True)
        await self._stack.aclose()

    async def ready(self) -> str:
        """Wait until the proxy accepts connections, and return its address; "" when it does not run.

        Errors: ProxyError.
        """
        await self._starting
        if self._proxy is None:
            return ""
        try:
            await self._proxy.prepare()
        except ProxyError as error:
            if self._flags.asked:
                raise
            self._give_up(error)
            return ""
        return self._proxy.url

    async def _start(self) -> None:
        """Take the port; without a flag that needs the proxy, the panel runs on when that fails."""
        from devkit.proxy import Proxy

        if not self._panels.settings.proxy:
            return
        proxy = Proxy(self._files, self._options())
        self._stack.push_async_callback(proxy.aclose)
        try:
            await proxy.listen()
        except ProxyError as error:
            if self._flags.asked:
                raise
            self._give_up(error)
            return
        self._proxy = proxy

    def _give_up(self, error: ProxyError) -> None:
        self._panels.reporter.failed(error)
        self._panels.reporter.notice("The panel runs without the proxy.")

    async def open(self) -> None:
        """Do what the flags ask for, once pages can be opened.

        Errors: ProxyError.
        """
        if self._proxy is None:
            return
        notice = self._panels.reporter.notice
        url = await self._panel_url()
        if self._proxy.inspector_url:
            notice(f"Inspector: {self._proxy.inspector_url}")
            if sys.stdout.isatty():
                click.launch(self._proxy.inspector_url)
        if self._proxy.lan_url:
            from devkit.proxy.phone import qr_code

            self._proxy.pages.panel_url = url
            notice(f"{qr_code(self._proxy.lan_url)}\nScan, or open {self._proxy.lan_url} on the phone.")
        if self._flags.launch:
            from devkit.proxy.launch import launched

            authorities = list(self._proxy.authorities.values())
            browser = self._panels.settings.browser_path
            await self._stack.enter_async_context(launched(url, self._proxy.url, authorities, browser))
            notice(f"Opened {url}")

    def notify(self, *, changed_js: bool, changed_css: bool) -> None:
        """Tell listening pages what a build changed."""
        if self._proxy:
            self._proxy.notify(changed_js=changed_js, changed_css=changed_css)

    def _options(self) -> ProxyOptions:
        from devkit.proxy import ProxyOptions

        settings = self._panels.settings
        options = ProxyOptions(
            port=settings.proxy_port,
            lan_host=self._flags.lan_host,
            dev_url=self._panels.url,
            mirror=settings.mirror,
            upstream=settings.upstream,
            live_reload=settings.live_reload,
            inspect=self._flags.inspect,
            har=self._flags.har,
        )
        return replace(options, local_cloud=settings.transport == "local")

    async def _files(self) -> Mapping[str, bytes]:
        panel = await self._source.panel()
        if panel.error:
            raise panel.error
        return {name: file.body for name, file in panel.files.items()}

    async def _panel_url(self) -> str:
        from devkit.devserver.app import default_product

        product = default_product(await self._panels.simulation.get(), self._panels.settings)
        return PLATFORM + self._panels.server.panel_path(product)
