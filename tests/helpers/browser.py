"""Find and start the Chromium that the browser tests use."""

import os
import shutil
from pathlib import Path

LAUNCH_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WAIT_MS = 20_000
"""How long a page may take on a busy machine, until its test fails."""


def chromium_path() -> str | None:
    """Return the system's Chromium, or None for Playwright's own."""
    given = os.environ.get("DEVKIT_BROWSER_PATH")
    if given:
        return given
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((str(Path(path)) for path in found if path), None)
