"""What the proxy is asked to do."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from devkit.errors import ProxyError
from devkit.language import _
from devkit.web.hosts import leads_here

_HOST = re.compile(r"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]+(%[0-9A-Za-z]+)?")
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Upstream:
    """The proxy behind this one; credentials is the value of Proxy-Authorization or ""."""

    host: str
    port: int
    tls: bool = False
    credentials: str = ""

    @classmethod
    def parse(cls, text: str, source: str = "--upstream") -> Upstream:
        """Read http://[user:password@]host[:port].

        Errors: ProxyError naming source; a PAC file is refused in so many words.
        """
        url = _split(text if "://" in text else f"http://{text}")
        if url.path.endswith((".pac", ".dat")):
            raise ProxyError(
                _(f"{source}: automatic proxy configuration (PAC) is not supported: {text}"),
                _("Give the proxy itself, for example http://proxy.example:8080."),
            )
        port = _port(url)
        if url.scheme not in {"http", "https"} or not _HOST.fullmatch(url.hostname or "") or port == 0:
            raise ProxyError(
                _(f"{source}: not the address of an HTTP proxy: {_without_password(text)!r}."),
                _("Use http://host:port."),
            )
        credentials = ""
        if url.username is not None:
            pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
            credentials = f"Basic {base64.b64encode(pair.encode()).decode()}"
        tls = url.scheme == "https"
        return cls(url.hostname or "", port or (443 if tls else 80), tls, credentials)


@dataclass(frozen=True)
class ProxyOptions:
    """Settings of one proxy.

    lan_host is a second address to listen on, "" for none. dev_url is where the application is served, too:
    what mitmproxy decrypts goes there. mirror maps more hosts to URLs. upstream is an address, or "" for the
    environment's. inspect opens mitmweb's interface; har is the file that the session's traffic goes to.
    """

    host: str = "127.0.0.1"
    port: int = 8899
    lan_host: str = ""
    dev_url: str = "http://127.0.0.1:9000"
    local_cloud: bool = False
    mirror: Mapping[str, str] = field(default_factory=dict)
    upstream: str = ""
    inspect: bool = False
    har: Path | None = None
    directory: Path | None = None


def check_mirror(mirror: Mapping[str, str]) -> None:
    """Refuse a mirror whose URL cannot be used.

    Errors: ProxyError naming the host and its URL.
    """
    for host, text in mirror.items():
        url = _split(text)
        known = url.scheme in {"http", "https"} and _HOST.fullmatch(url.hostname or "") and _port(url) != 0
        if not known or url.path not in {"", "/"}:
            raise ProxyError(
                _(f"mirror: {host} has an address that cannot be used: {text!r}."),
                _("Give scheme, host and port alone, as in http://127.0.0.1:8080."),
            )


def find_upstream(options: ProxyOptions, environ: Mapping[str, str]) -> Upstream | None:
    """Return the upstream proxy of the options, else of the environment; never this proxy itself.

    Errors: ProxyError for an address that cannot be used.
    """
    if options.upstream:
        return Upstream.parse(options.upstream)
    for variable in PROXY_VARIABLES:
        if environ.get(variable):
            found = Upstream.parse(environ[variable], variable)
            itself = found.port == options.port and leads_here(found.host)
            return None if itself else found
    return None


def bypasses(host: str, environ: Mapping[str, str]) -> bool:
    """Tell whether host is reached without the upstream proxy: loopback, and what NO_PROXY lists."""
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

    listed = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    return leads_here(host) or bool(proxy_bypass_environment(host, {"no": listed}))


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _port(url: SplitResult) -> int | None:
    """Return the port, None without one, and 0 for one that is no port."""
    try:
        return url.port
    except ValueError:
        return 0


def _without_password(text: str) -> str:
    return text.rpartition("@")[2]
