"""Fixtures that more than one tier uses. Browser fixtures are async: one event loop serves a session."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.helpers.browser import LAUNCH_ARGS, chromium_path

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

# The clock of a busy CI machine says nothing about the code.
hypothesis.settings.register_profile(
    "devkit", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("devkit")

PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """One Chromium per worker."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: "Browser") -> "AsyncIterator[BrowserContext]":
    """A fresh profile of phone size."""
    options: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN"}
    context = await browser.new_context(**options)
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest.fixture
async def page(context: "BrowserContext") -> "Page":
    """A fresh page of phone size."""
    return await context.new_page()
