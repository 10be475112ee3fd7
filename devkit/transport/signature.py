"""The signature of calls before login.

Source: docs/reference/app-api.yaml common.signature; the emulator checks it with code of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from devkit.transport.base import JSON


def sign(params: Mapping[str, JSON], secret: str) -> str:
    """Return the Signature: sorted names, no empty texts, underscores as dots, values raw."""
    parts = [
        f"{name.replace('_', '.')}={value}"
        for name, value in sorted(params.items())
        if name != "Signature" and value not in ("", None)
    ]
    digest = hmac.new(secret.encode(), "&".join(parts).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
