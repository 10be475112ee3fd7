"""The product API on loopback: it checks every signature by its own reckoning, and answers by a table.

Source: https://www.tencentcloud.com/document/product/1278/55259
"""

from __future__ import annotations

import hashlib
import hmac
import inspect
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tencentcloud.iotexplorer.v20190423 import models

SECRET_ID, SECRET_KEY = "AKIDdevkit0test", "devkit-test-secret-key"
Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]
_TYPE = re.compile(r":rtype: (.+)")


@dataclass
class ProductApi:
    """What it answers, {action: answer or function of the parameters}, and what it was asked."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    raw: bytes = b""

    def refuse(self, code: str, message: str = "no", times: int = 1) -> None:
        """Refuse the next calls with a code."""
        self.refusals += [(code, message)] * times

    def asked(self, action: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of an action."""
        return [params for name, params in self.calls if name == action]

    def perform(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """Return the Response of a request."""
        self.headers.append(headers)
        if code := fault_of(headers, body):
            return _refused(code, "The signature is not right.")
        if self.refusals:
            return _refused(*self.refusals.pop(0))
        action, params = headers["x-tc-action"], json.loads(body)
        self.calls.append((action, params))
        answer = self.answers.get(action)
        if answer is None:
            return _refused("UnsupportedOperation", f"no {action} here")
        return {"RequestId": "req-1", **(answer(params) if callable(answer) else answer)}


def _refused(code: str, message: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}, "RequestId": "req-9"}


def fault_of(headers: dict[str, str], body: bytes) -> str:
    """Return the code for what is wrong with the signature of a request; "" when it is right."""
    authorization = headers.get("authorization", "")
    found = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=(\S+)/(\d{4}-\d\d-\d\d)/iotexplorer/tc3_request, "
        r"SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})",
        authorization,
    )
    if not found:
        return "AuthFailure.InvalidAuthorization"
    secret_id, date, signed, signature = found.groups()
    stamp = headers["x-tc-timestamp"]
    if abs(time.time() - int(stamp)) > 300 or time.strftime("%Y-%m-%d", time.gmtime(int(stamp))) != date:
        return "AuthFailure.SignatureExpire"
    if secret_id != SECRET_ID:
        return "AuthFailure.SecretIdNotFound"
    lines = "".join(f"{name}:{headers[name].lower()}\n" for name in signed.split(";"))
    request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date}/iotexplorer/tc3_request"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{SECRET_KEY}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return "" if hmac.compare_digest(key.hex(), signature) else "AuthFailure.SignatureFailure"


def filled(model: type[Any], mark: str = "") -> dict[str, Any]:
    """Return an object with a value for every field of a model of the SDK, as the wire has it."""
    fields = inspect.getmembers(model, lambda item: isinstance(item, property))
    return {name: _sample(name, item, f"{mark}{name}") for name, item in fields if name != "headers"}


def _sample(name: str, item: property, mark: str) -> Any:
    kind = _TYPE.search(item.__doc__ or "")
    assert kind, name
    word = kind[1].rpartition(".")[2].strip("`").removeprefix("list of ")
    many = kind[1].startswith("list of ")
    one = filled(getattr(models, word), f"{mark}.") if hasattr(models, word) else _plain(word, mark)
    return [one] if many else one


def _plain(kind: str, mark: str) -> Any:
    return {"str": mark, "int": len(mark), "bool": True, "float": 1.5}[kind]


@contextmanager
def product_api() -> Iterator[ProductApi]:
    """Serve the API on a free port of loopback."""
    api = ProductApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(api.raw or json.dumps({"Response": api.perform(headers, body)}).encode())

        def do_PUT(self) -> None:
            api.uploads[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"", 403 if "denied" in self.path else 200)

        def _answer(self, body: bytes, status: int = 200) -> None:
            self.send_response(502 if body and body == api.raw else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
