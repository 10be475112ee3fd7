"""Map the two development hosts of an H5 panel to a local dev server.

Run alone, next to any server that has /index.js and /index.css:

    mitmdump --listen-host 127.0.0.1 --listen-port 8899 -s addons/panel_hosts.py

Only the mapped hosts are decrypted, unless allow_hosts or ignore_hosts says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

DEFAULT_HOSTS = (
    "developing.script/developing.js=/index.js",
    "developing.style/developing.css=/index.css",
)
_MAPPING = re.compile(r"(?P<host>[a-z0-9][a-z0-9.-]*)(?P<path>/[^\s=]*)=(?P<target>/\S*)", re.IGNORECASE)
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[^\r\n\0]*)")


class PanelHosts:
    """Send requests for the mapped URLs to the dev server on loopback."""

    def __init__(self) -> None:
        self._paths: dict[str, dict[str, str]] = {}
        self._headers: list[tuple[str, str]] = []

    def load(self, loader: Loader) -> None:
        """Register the options, and keep mitmproxy away from hosts that do not resolve."""
        loader.add_option("panel_port", int, 9000, "Loopback port of the dev server.")
        loader.add_option(
            "panel_hosts",
            Sequence[str],
            DEFAULT_HOSTS,
            "Mapped URLs, each as host/path=/path-on-the-dev-server.",
        )
        loader.add_option(
            "panel_headers", Sequence[str], (), "Headers to add to the answers, each as Name: value."
        )
        ctx.options.update(connection_strategy="lazy", upstream_cert=False)

    def configure(self, updated: set[str]) -> None:
        """Check the options.

        Errors: OptionsError naming the bad value.
        """
        if "panel_port" in updated and not 0 < ctx.options.panel_port < 65536:
            raise exceptions.OptionsError(f"panel_port must be 1-65535, not {ctx.options.panel_port}.")
        if "panel_headers" in updated:
            self._headers = [_header(text) for text in ctx.options.panel_headers]
        if "panel_hosts" in updated:
            self._paths = {}
            for text in ctx.options.panel_hosts:
                host, path, target = _mapping(text)
                self._paths.setdefault(host, {})[path] = target

    def running(self) -> None:
        """Decrypt the mapped hosts alone, unless the user chose the hosts."""
        if not ctx.options.allow_hosts and not ctx.options.ignore_hosts:
            ctx.options.update(allow_hosts=[rf"^{re.escape(host)}:\d+$" for host in self._paths])

    def request(self, flow: http.HTTPFlow) -> None:
        """Point a mapped URL at the dev server; answer 404 for the rest of a mapped host.

        The address changes here and not in server_connect, where a reused connection would hang.
        """
        if flow.response or flow.error or not flow.live:
            return
        paths = self._paths.get(flow.request.pretty_host.lower())
        if paths is None:
            return
        path, _, query = flow.request.path.partition("?")
        target = paths.get(path)
        if target is None:
            known = ", ".join(paths)
            flow.response = http.Response.make(
                404, f"{path} is not mapped; known: {known}\n", {"Content-Type": "text/plain; charset=utf-8"}
            )
            return
        flow.metadata["panel_hosts"] = True
        flow.request.scheme = "http"
        flow.request.host = "127.0.0.1"
        flow.request.port = ctx.options.panel_port
        flow.request.path = f"{target}?{query}" if query else target

    def response(self, flow: http.HTTPFlow) -> None:
        """Add the configured headers to the answers of the dev server."""
        if flow.response and flow.metadata.get("panel_hosts"):
            for name, value in self._headers:
                flow.response.headers[name] = value


def _mapping(text: str) -> tuple[str, str, str]:
    match = _MAPPING.fullmatch(text)
    if match is None:
        raise exceptions.OptionsError(f"panel_hosts needs host/path=/target, not {text!r}.")
    return match["host"].lower(), match["path"], match["target"]


def _header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise exceptions.OptionsError(f"panel_headers needs Name: value, not {text!r}.")
    return match["name"], match["value"].strip()


addons = [PanelHosts()]
