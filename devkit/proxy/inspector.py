"""The lock in front of mitmweb: a token for who may look, and nothing that reaches files or code for anybody.

mitmweb's interface can run Python and write files through its options and commands, and that of mitmproxy 11
asks nobody for a password. The lock stands before all of its handlers, so that both versions behave alike.
This module imports mitmproxy's web tools; only devkit.proxy.mitm imports it.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from mitmproxy.tools.web.app import IndexHandler
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from devkit.errors import ProxyError
from devkit.language import _

CLOSED = re.compile(r"/processes|/executable-icon")
WRITES = re.compile(
    r"/clear|/flows/(resume|kill)"
    r"|/flows/[0-9a-f-]+(/(resume|kill|duplicate|replay|revert|(request|response|messages)/content\.data))?"
)
"""What may be changed: the flows that are shown. Options, commands and uploads of flow files are locked."""


class InspectorLock:
    """Guard the web application of a mitmweb master at a port of loopback."""

    def __init__(self, application: Any, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self.url = f"http://127.0.0.1:{port}/?token={self.token}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"devkit-inspector-{port}"
        self._application = application
        self._find = application.find_handler
        application.find_handler = self.find_handler
        application.settings["is_valid_password"] = lambda password: (
            True
        )  # asked for here, as on mitmproxy 11

    def find_handler(self, request: HTTPServerRequest, **options: Any) -> Any:
        """Return who answers a request: mitmweb, or a refusal."""
        reason = self._refusal(request)
        if reason:
            return self._application.get_handler_delegate(request, Refusal, {"reason": reason})
        if request.path == "/":
            cookie = {"name": self._cookie, "value": self.token}
            return self._application.get_handler_delegate(request, Entrance, {"cookie": cookie})
        return self._find(request, **options)

    def _refusal(self, request: HTTPServerRequest) -> str:
        headers, host = request.headers, request.headers.get("Host", "")
        if host not in self._hosts:
            return _("This Host is not served.")
        foreign = headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
        if headers.get("Origin", f"http://{host}") != f"http://{host}" or foreign:
            return _("Pages of other origins may not use the inspector.")
        if not self._knows_token(request):
            return _("Open the address that the terminal shows: it has a token.")
        reads = request.method in {"GET", "HEAD"} and not CLOSED.fullmatch(request.path)
        if not reads and not WRITES.fullmatch(request.path):
            return _("devkit locks the options, commands and files of mitmweb.")
        return ""

    def _knows_token(self, request: HTTPServerRequest) -> bool:
        given = [value.decode("latin-1") for value in request.query_arguments.get("token", ())]
        if self._cookie in request.cookies:
            given.append(request.cookies[self._cookie].value)
        return any(secrets.compare_digest(value.encode(), self.token.encode()) for value in given)


class Refusal(RequestHandler):
    """Answer 403 with a reason."""

    def initialize(self, reason: str) -> None:
        """Keep the reason."""
        self._reason_text = reason

    def check_xsrf_cookie(self) -> None:
        """Leave that to the reason."""

    def prepare(self) -> None:
        """Answer before any method."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self._reason_text}\n")


class Entrance(IndexHandler):  # type: ignore[misc]
    """mitmweb's page; the browser keeps the token for what the page asks for."""

    def initialize(self, cookie: dict[str, str]) -> None:
        """Keep the cookie."""
        self._token_cookie = cookie

    def prepare(self) -> None:
        """Set the cookie."""
        super().prepare()
        self.set_cookie(**self._token_cookie, httponly=True, samesite="Strict")
        bytes(self.xsrf_token)  # reading it sets mitmweb's cookie against forged requests


def locked(master: Any, port: int) -> InspectorLock:
    """Lock the interface of a mitmweb master.

    Errors: ProxyError when this mitmproxy has no application to lock: then it is not served at all.
    """
    application = getattr(master, "app", None)
    if not hasattr(application, "find_handler"):
        raise ProxyError(
            _("--inspect: this version of mitmproxy cannot be locked."), _("Install mitmproxy 11 or 12.")
        )
    return InspectorLock(application, port)
