"""What is kept of a session's traffic, up to a bound; and its HAR file, with tokens taken out."""

from __future__ import annotations

import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

from mitmproxy import http
from mitmproxy.addons.savehar import SaveHar

from devkit.errors import ProxyError
from devkit.language import _
from devkit.private_files import write_private
from devkit.redaction import redacted

logger = logging.getLogger(__name__)


MOST_FLOWS = 10_000
MOST_BYTES = 256 * 1024 * 1024
MOST_MESSAGES = 10_000
LARGEST_BODY = 16 * 1024 * 1024


class KeptFlows:
    """Keep the newest requests that have ended, and the newest messages of each WebSocket.

    name says in the log whose they are; on_drop is told of each request that goes.
    """

    def __init__(self, name: str, on_drop: Callable[[http.HTTPFlow], None] = lambda flow: None) -> None:
        self.dropped = 0
        self._name = name
        self._on_drop = on_drop
        self._flows: deque[tuple[http.HTTPFlow, int]] = deque()
        self._size = 0
        self._of_messages: Counter[str] = Counter()

    def __iter__(self) -> Iterator[http.HTTPFlow]:
        return (flow for flow, _ in self._flows)

    def response(self, flow: http.HTTPFlow) -> None:
        """Keep an answered request; a WebSocket counts when it closes."""
        if flow.websocket is None:
            self._keep(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep a failed request."""
        self.response(flow)

    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Let the oldest messages of a socket go."""
        messages = flow.websocket.messages if flow.websocket else []
        self._of_messages[flow.id] += len(messages[-1].content)
        while len(messages) > MOST_MESSAGES or (
            self._of_messages[flow.id] > MOST_BYTES // 4 and len(messages) > 1
        ):
            self._of_messages[flow.id] -= len(messages.pop(0).content)
            self._tell()

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Keep a closed WebSocket with its messages."""
        self._keep(flow, self._of_messages.pop(flow.id, 0))

    def _keep(self, flow: http.HTTPFlow, size: int = 0) -> None:
        size += sum(len(part.raw_content or b"") for part in (flow.request, flow.response) if part)
        self._flows.append((flow, size))
        self._size += size
        while len(self._flows) > MOST_FLOWS or (self._size > MOST_BYTES and len(self._flows) > 1):
            oldest, its_size = self._flows.popleft()
            self._size -= its_size
            self._on_drop(oldest)
            self._tell()

    def _tell(self) -> None:
        if not self.dropped:
            logger.warning(
                "%s keeps the newest %s requests, %s MiB of bodies and %s messages of a WebSocket: "
                "older ones are dropped from now on.",
                self._name, MOST_FLOWS, MOST_BYTES >> 20, MOST_MESSAGES,
            )  # fmt: skip
        self.dropped += 1


class HarRecorder(KeptFlows):
    """Keep the HTTP flows that end, and write them once.

    Errors: ProxyError at once when file cannot be written, not after the session.
    """

    def __init__(self, file: Path) -> None:
        super().__init__("--har")
        self._file = file
        try:
            write_private(file, b"")
        except OSError as error:
            raise ProxyError(_(f"The HAR file {file} cannot be written: {error.strerror}.")) from error

    def write(self) -> None:
        """Write what was kept; the file's comment says how much was not."""
        har = redacted(SaveHar().make_har(list(self)))
        if self.dropped:
            har["log"]["comment"] = _(f"{self.dropped} older requests or messages were dropped.")
        try:
            write_private(
                self._file, json.dumps(har, ensure_ascii=False, indent=1).encode("utf-8", "replace")
            )
        except OSError as error:
            logger.error("The HAR file %s was not written: %s.", self._file, error.strerror)
