"""The panel in a browser without a screen, on a virtual device. Run it with pytest."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def panel_url() -> Iterator[str]:
    """Serve the panel while a test runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["devkit", "dev", "--json", "--no-proxy", "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as server:
        events = (json.loads(line) for line in server.stdout or ())
        ready = next((event for event in events if event["event"] == "ready"), None)
        assert ready, "devkit dev did not start: see its message above."
        yield ready["panel_url"]
        server.terminate()


def test_switches_the_device_on(page: Page, panel_url: str) -> None:
    page.goto(panel_url)
    power = page.get_by_role("switch").first
    expect(power).to_have_attribute("aria-checked", "false")
    power.click()
    expect(power).to_have_attribute("aria-checked", "true")
    page.reload()  # the device keeps its state, so it was the device that was switched
    expect(power).to_have_attribute("aria-checked", "true")
