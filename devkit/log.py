"""Logging: handlers for the command line, and redaction of secrets."""

from __future__ import annotations

import json
import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from devkit.redaction import redact, redacted

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered."""
CALLS = "devkit.cloud.calls"
"""The logger with a line for each call; the line's fields are the attribute `fields` of the record."""


class RedactingFormatter(logging.Formatter):
    """Keep secrets out of every line: messages, their arguments and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON: when, how grave, who, what, for which request, in which process."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "logger": record.name, "message": record.getMessage(),
            "request_id": REQUEST_ID.get(), "worker": os.getpid(), **getattr(record, "fields", {}),
        }  # fmt: skip
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(redacted(line), ensure_ascii=False)


def log_json() -> None:
    """Write log records as JSON from now on, with a line for each call."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonFormatter())
    logging.getLogger(CALLS).setLevel(logging.INFO)


def install(*, debug: bool = False, stream: Any = None) -> None:
    """Send log records to stderr: warnings and errors, or everything with debug."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("devkit").setLevel(logging.DEBUG if debug else logging.WARNING)
