"""The command in a terminal: keys, colours, and the offer of another port."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.browser.devserver.harness import ROOT, SCRIPT, free_port, make_project

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
]


class Terminal:
    """A pseudo-terminal with the command in it."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, number: int
    ) -> None:
        self.process = process
        self._reader = reader
        self._number = number
        self.text = ""

    async def until(self, words: str) -> str:
        """Read until words show; return what was shown before them since the last call."""
        async with asyncio.timeout(20):
            while words not in self.text:
                data = await self._reader.read(4096)
                assert data, f"ended without {words!r}: {self.text}"
                self.text += data.decode()
        before, _, self.text = self.text.partition(words)
        return before

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._number, keys.encode())

    async def code(self) -> int:
        """Return the exit code; reads on, so that the command can write its last words."""
        async with asyncio.timeout(10):
            while self.process.returncode is None:
                reading = asyncio.ensure_future(self._reader.read(4096))
                waiting = asyncio.ensure_future(self.process.wait())
                await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
                reading.cancel()
            return self.process.returncode


@asynccontextmanager
async def terminal(folder: Path, *arguments: str) -> AsyncIterator[Terminal]:
    import pty

    outer, inner = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR"}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, *arguments,
        cwd=folder, stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
        env={**environment, "PYTHONPATH": str(ROOT), "TERM": "xterm", "BROWSER": "true"},
    )  # fmt: skip
    os.close(inner)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(outer), "rb", 0)
    )
    try:
        yield Terminal(process, reader, outer)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        transport.close()
        os.close(outer)


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    return make_project(tmp_path / "panel")


async def test_keys_and_colours(panel: Path) -> None:
    async with terminal(panel, "dev", "--no-proxy", "--port", str(free_port())) as shown:
        start = await shown.until("Console")
        assert "\x1b[" in start
        assert "Built in" in start
        await shown.until("http://127.0.0.1:")
        shown.type("h")
        await shown.until("rebuild")
        await shown.until("quit")
        shown.type("r")
        await shown.until("Rebuilt in")
        (panel / "src" / "index.jsx").write_text("const = 1", "utf-8")
        await shown.until("src/index.jsx:1:7")
        await shown.until("const = 1")
        shown.type("xyz€q")
        assert await shown.code() == 0


async def test_interrupt_from_the_keyboard(panel: Path) -> None:
    async with terminal(panel, "dev", "--no-proxy", "--port", str(free_port())) as shown:
        await shown.until("Console")
        shown.process.send_signal(2)
        assert await shown.code() == 130


async def test_taken_port_offers_the_next(panel: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        port = taken.getsockname()[1]
        async with terminal(panel, "dev", "--no-proxy", "--port", str(port)) as shown:
            assert f"Port {port} is taken" in await shown.until("Use port ")
            shown.type("\n")
            await shown.until("Console")
            url = re.search(r":(\d+)/", await shown.until("\r\n") + shown.text)
            assert url is not None
            assert int(url[1]) > port
            shown.type("q")
            assert await shown.code() == 0
        async with terminal(panel, "dev", "--no-proxy", "--port", str(port)) as shown:
            await shown.until("Use port ")
            shown.type("n\n")
            await shown.until("Use --port ")
            assert await shown.code() == 1
