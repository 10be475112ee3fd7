"""Logging: handlers for the command line, and redaction of secrets."""

from __future__ import annotations

import logging
from typing import Any

from devkit.redaction import redact


class RedactingFormatter(logging.Formatter):
    """Keep secrets out of every line: messages, their arguments and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return redact(super().format(record))


def install(*, debug: bool = False, stream: Any = None) -> None:
    """Send log records to stderr: warnings and errors, or everything with debug."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("devkit").setLevel(logging.DEBUG if debug else logging.WARNING)
