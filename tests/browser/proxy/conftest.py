"""A Chromium with a profile of its own that trusts the proxy's authorities through NSS."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.proxy import Proxy
from devkit.proxy.launch import trust_in_profile
from tests.helpers.browser import LAUNCH_ARGS, WAIT_MS, chromium_path

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

Trusting = Callable[..., Awaitable["BrowserContext"]]


@pytest.fixture
async def trusting_browser(tmp_path: Path) -> AsyncIterator[Trusting]:
    """Return a function that starts a browser on a proxy; no flag about certificates is given."""
    from playwright.async_api import async_playwright

    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())

        async def start(proxy: Proxy, *flags: str, use_proxy: bool = True) -> "BrowserContext":
            profile = tmp_path / f"profile-{len(list(tmp_path.glob('profile-*')))}"
            profile.mkdir()
            environment, certificate_flags = trust_in_profile(profile, proxy.authorities.values())
            assert certificate_flags == [], "certutil is missing: install libnss3-tools"
            context = await playwright.chromium.launch_persistent_context(
                str(profile / "data"),
                executable_path=chromium_path(),
                args=[*LAUNCH_ARGS, *flags],
                env=environment,
                proxy={"server": proxy.url} if use_proxy else None,
                viewport={"width": 375, "height": 812},
            )
            context.set_default_timeout(WAIT_MS)
            stack.push_async_callback(context.close)
            return context

        yield start
