"""Which page makes the browser ask: a panel's files and pages are not for script and img of other sites.

Browsers say it in Sec-Fetch-Site, which no page can change; older ones at least in Referer, and for them the
answers carry Cross-Origin-Resource-Policy.
Source: https://www.w3.org/TR/fetch-metadata/, https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devkit.language import _
from devkit.web.guard import refuse, with_headers
from devkit.web.hosts import PANEL_HOSTS, host_of
from devkit.web.origins import is_allowed_origin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

POLICY = b"cross-origin-resource-policy"


def is_foreign(headers: Mapping[bytes, str], method: str = "GET") -> bool:
    """Tell whether a page of another site makes the browser ask, other than by leading to us.

    A page with an allowed Origin or Referer is not foreign. At the panel hosts a page that hides its address
    may load what the platform's own page loads, which may be such a one: a script and a style sheet. The
    script then looks at its page itself (devkit/devserver/build_files.py).
    """
    host, site = headers.get(b"host", ""), headers.get(b"sec-fetch-site", "")
    source = headers.get(b"origin") or _origin(headers.get(b"referer", ""))
    if source and is_allowed_origin(source, host):
        return False
    if method == "GET" and headers.get(b"sec-fetch-dest") == "document":
        return False
    if site == "cross-site":
        return not (hides_its_page(headers) and host_of(host) in PANEL_HOSTS)
    return bool(source) and not site and b"origin" not in headers


def hides_its_page(headers: Mapping[bytes, str]) -> bool:
    """Tell whether another site's page loads a script or a style sheet, and does not say which page it is."""
    return (
        headers.get(b"sec-fetch-site") == "cross-site"
        and headers.get(b"sec-fetch-mode", "no-cors") == "no-cors"
        and headers.get(b"sec-fetch-dest") in {"script", "style"}
        and not (headers.get(b"origin") or _origin(headers.get(b"referer", "")))
    )


class OwnSite:
    """Refuse foreign requests for some paths, and for all at the panel hosts.

    paths are whole ones, prefixes begin the others.
    """

    def __init__(self, app: ASGIApp, paths: Collection[str], prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request of ours on."""
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        at_panel_host = host_of(headers.get(b"host", "")) in PANEL_HOSTS
        if scope["type"] != "http" or not (at_panel_host or self._is_ours(scope["path"])):
            await self._app(scope, receive, send)
        elif is_foreign(headers, scope["method"]):
            await refuse(
                scope, receive, send, 403, _("This is for the panel's own page, not for other sites.")
            )
        else:
            source = headers.get(b"origin") or _origin(headers.get(b"referer", ""))
            shared = at_panel_host or (source and is_allowed_origin(source))
            policy = b"cross-origin" if shared else b"same-site"
            await self._app(scope, receive, with_headers(send, [(POLICY, policy)]))

    def _is_ours(self, path: str) -> bool:
        return path in self._paths or path.startswith(self._prefixes)


def _origin(referer: str) -> str:
    try:
        parts = urlsplit(referer)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
