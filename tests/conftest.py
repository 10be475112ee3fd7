"""Fixtures that more than one tier uses. Browser fixtures are async: one event loop serves a session."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from devkit.language import choose
from tests.helpers import webkit
from tests.helpers.browser import LAUNCH_ARGS, WAIT_MS, chromium_path

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

# Commands in the projects of tests do not ask about their code; test_trusting.py takes this away.
os.environ["DEVKIT_TRUST"] = "1"

# Tests read English, whatever the language of the system; those of the Chinese texts choose it.
os.environ["DEVKIT_LANG"] = "en"

# The clock of a busy CI machine says nothing about the code.
hypothesis.settings.register_profile(
    "devkit", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("devkit")

OPT_IN = {"radio": "--radio", "cloud_live": "--cloud-live"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let people run what needs hardware or an account of theirs."""
    for marker, option in OPT_IN.items():
        parser.addoption(option, action="store_true", help=f"run the tests marked {marker}")


def without_webkit() -> str:
    """Return why the tests in WebKit are left out, "" when they run; in CI on Linux they run, or fail."""
    return webkit.elsewhere() or ("" if os.environ.get("CI") else webkit.missing())


def pytest_configure(config: pytest.Config) -> None:
    """Keep the answers and keys of this user's own folder out of the tests, and theirs out of it."""
    folder = tempfile.mkdtemp(prefix="devkit-tests-config-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.setdefault("DEVKIT_CONFIG_DIR", folder)


def pytest_runtest_teardown() -> None:
    """Forget the language that a command has taken from its settings."""
    choose("")


def pytest_report_header() -> list[str]:
    """Say which tests this machine leaves out."""
    reason = without_webkit()
    return [f"left out: the tests in WebKit ({reason})"] if reason else []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs hardware or an account, unless it is asked for, and WebKit where it is not."""
    closed = {marker for marker, option in OPT_IN.items() if not config.getoption(option)}
    if without_webkit():
        closed.add("webkit")
    out = [item for item in items if closed & {mark.name for mark in item.iter_markers()}]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """One Chromium per worker."""
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: "Browser") -> "AsyncIterator[BrowserContext]":
    """A fresh profile of phone size."""
    options: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN"}
    context = await browser.new_context(**options)
    context.set_default_timeout(WAIT_MS)
    yield context
    await context.close()


@pytest.fixture
async def page(context: "BrowserContext") -> "Page":
    """A fresh page of phone size."""
    return await context.new_page()
