"""Logging: handlers for the command line, and redaction of secrets."""

from __future__ import annotations

import logging
import re
from typing import Any

_SECRET = re.compile(
    r"""(?ix)
    (["']?\b(?:access_?token|app_?secret|app_?key|signature|token3rd|authorization|control_token|token)\b["']?
     \s*[:=]\s*["']?(?:bearer\s+)?)
    ([^\s"',;&}]+)
    """
)


def redact(text: str) -> str:
    """Return text with the values of tokens, keys and signatures replaced by ***."""
    return _SECRET.sub(r"\1***", text)


class RedactingFilter(logging.Filter):
    """Keep secrets out of every record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; never drops a record."""
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True


def install(*, debug: bool = False, stream: Any = None) -> None:
    """Send log records to stderr: warnings and errors, or everything with debug."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("devkit").setLevel(logging.DEBUG if debug else logging.WARNING)
