"""Start WebKitGTK on a screen of its own; its engine is that of Safari."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.page_driver import WAIT_S

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

PROGRAMS = ("WebKitWebDriver", "Xvfb")
LARGEST = "2000x1400x24"


def elsewhere() -> str:
    """Return why this system has no WebKit for tests, "" on Linux."""
    return "" if sys.platform == "linux" else "WebKitGTK and its driver are made for Linux"


def missing() -> str:
    """Return what is missing for WebKit on this machine and the way out, "" when nothing is."""
    gone = [name for name in PROGRAMS if shutil.which(name) is None]
    if not gone:
        return ""
    return f"{' and '.join(gone)} not found; tests/setup.sh installs webkit2gtk-driver and xvfb with apt-get"


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """Run an X server without a monitor on a free display, and return its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", LARGEST, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            if not number:
                raise RuntimeError(f"Xvfb ended with {server.wait()} before it had a display.")
            yield f":{number}"
        finally:
            server.terminate()


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[WebDriver]:
    """Run WebKitGTK's small browser with folder as its home."""
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    options = Options()
    options.add_argument("--automation")
    with screen() as display:
        own = {"DISPLAY": display, "HOME": str(folder), "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1"}
        service = Service(env={**os.environ, **own}, log_output=subprocess.DEVNULL)
        driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            driver.set_script_timeout(WAIT_S)
            yield driver
        finally:
            driver.quit()
