"""A session's traffic as a HAR file, with tokens taken out."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from mitmproxy import http
from mitmproxy.addons.savehar import SaveHar

from devkit.errors import ProxyError
from devkit.log import redact

logger = logging.getLogger(__name__)

SECRET_NAMES = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-token",
        "accesstoken",
        "access_token",
        "token",
        "token3rd",
        "control_token",
        "appkey",
        "appsecret",
        "signature",
    }
)


class HarRecorder:
    """Keep the HTTP flows that end, and write them once.

    Errors: ProxyError at once when file cannot be written, not after the session.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._flows: list[http.HTTPFlow] = []
        try:
            file.touch()
        except OSError as error:
            raise ProxyError(f"The HAR file {file} cannot be written: {error.strerror}.") from error

    def response(self, flow: http.HTTPFlow) -> None:
        """Keep an answered request; a WebSocket counts when it closes."""
        if flow.websocket is None:
            self._flows.append(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep a failed request."""
        self.response(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Keep a closed WebSocket with its messages."""
        self._flows.append(flow)

    def write(self) -> None:
        """Write what was kept."""
        har = without_secrets(SaveHar().make_har(self._flows))
        try:
            self._file.write_text(json.dumps(har, ensure_ascii=False, indent=1), "utf-8")
        except OSError as error:
            logger.error("The HAR file %s was not written: %s.", self._file, error.strerror)


def without_secrets(value: object) -> Any:
    """Return a copy of HAR data with the values of tokens, keys and cookies replaced by ***."""
    if isinstance(value, dict):
        if str(value.get("name", "")).lower() in SECRET_NAMES and "value" in value:
            return {**value, "value": "***"}
        return {key: _without_secret(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return redact(value) if isinstance(value, str) else value


def _without_secret(key: str, value: Any) -> Any:
    if key == "cookies":
        return [{**cookie, "value": "***"} for cookie in value]
    return "***" if key.lower() in SECRET_NAMES and value else without_secrets(value)
