"""The npm registry that packages come from: which one it is, and whether it answers."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

MIRROR = "https://registry.npmmirror.com"
CONNECT_SECONDS = 4.0
ASK_SECONDS = 5.0
UNKNOWN = "https://registry.npmjs.org/"
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
HINT = (
    "Check the network, or use a mirror and run the command again: "
    f"npm config set registry {MIRROR} (behind a proxy: npm config set https-proxy http://HOST:PORT)."
)


class Probe:
    """Find out in a thread whether the registry can be reached; problem is "" until it is known not to be."""

    def __init__(self, npm: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self.registry = UNKNOWN
        self.problem = ""
        self._npm = list(npm)
        self._folder = folder
        self._environ = environ
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        answers = [self._setting(name) for name in ("registry", "https-proxy", "proxy")]
        self.registry = answers[0] or UNKNOWN
        if any(answers[1:]) or any(self._environ.get(name) for name in PROXIES):
            return  # npm goes another way, whose answer is its own
        address = urlsplit(self.registry)
        port = address.port or (80 if address.scheme == "http" else 443)
        try:
            socket.create_connection((address.hostname or "", port), CONNECT_SECONDS).close()
        except OSError as error:
            self.problem = str(error.strerror or error)

    def _setting(self, name: str) -> str:
        command = [*self._npm, "config", "get", name]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=dict(self._environ), capture_output=True, text=True,
                timeout=ASK_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
        answer = done.stdout.strip()
        return "" if answer in ("null", "undefined") else answer
