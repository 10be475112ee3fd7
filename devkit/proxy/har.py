"""A session's traffic as a HAR file, with tokens taken out."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from mitmproxy import http
from mitmproxy.addons.savehar import SaveHar

from devkit.errors import ProxyError
from devkit.private_files import write_private
from devkit.redaction import redacted

logger = logging.getLogger(__name__)


class HarRecorder:
    """Keep the HTTP flows that end, and write them once.

    Errors: ProxyError at once when file cannot be written, not after the session.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._flows: list[http.HTTPFlow] = []
        try:
            write_private(file, b"")
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
        har = redacted(SaveHar().make_har(self._flows))
        try:
            write_private(
                self._file, json.dumps(har, ensure_ascii=False, indent=1).encode("utf-8", "replace")
            )
        except OSError as error:
            logger.error("The HAR file %s was not written: %s.", self._file, error.strerror)
