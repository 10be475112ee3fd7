"""DevTools as a Chromium of this machine brings them, for pages on phones."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devkit.errors import ProxyError
from devkit.language import _

STARTING_S, LOOKING_S = 15.0, 0.05


@asynccontextmanager
async def chromium_front_end(browser: str) -> AsyncIterator[str]:
    """Run a browser without a window that serves its DevTools on loopback; yield their URL.

    Errors: ProxyError when there is none, or it does not serve them.
    """
    from devkit.proxy.launch import launched

    with tempfile.TemporaryDirectory(prefix="devkit-devtools-", ignore_cleanup_errors=True) as profile:
        # Of a flag that is given twice Chromium takes the last.
        flags = ("--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}")
        async with launched("about:blank", "direct://", (), browser, flags) as process:
            yield await _served(process, Path(profile) / "DevToolsActivePort")


def _port(file: Path) -> str:
    return file.read_text("ascii").partition("\n")[0] if file.exists() else ""


async def _served(process: asyncio.subprocess.Process, file: Path) -> str:
    """Return the URL once the browser has written its port into file."""
    import httpx

    try:
        async with asyncio.timeout(STARTING_S), httpx.AsyncClient(trust_env=False) as http:
            while not (port := _port(file)):
                if process.returncode is not None:
                    raise ProxyError(_(f"The browser ended with {process.returncode}."))
                await asyncio.sleep(LOOKING_S)
            url = f"http://127.0.0.1:{port}/devtools"
            answer = await http.get(f"{url}/devtools_app.html")
    except (TimeoutError, httpx.HTTPError) as error:
        raise ProxyError(_(f"The browser does not serve its DevTools: {error or _('no answer')}.")) from error
    if answer.status_code != 200:
        raise ProxyError(_(f"The browser has no DevTools to serve: {answer.status_code}."))
    return url
