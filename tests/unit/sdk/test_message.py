"""What a page gets for one call: its answer and what the call set off, in order and in one message."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT, simulator_on

ID = f"{PRODUCT}/{DEVICE}"
PUSHES = (("Property", "Push"), ("Property", "Report"))


class Page:
    """A link that keeps each message apart."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.messages: list[list[dict[str, Any]]] = []
        self.arrived = asyncio.Condition()

    async def send(self, frame: dict[str, Any]) -> None:
        self.messages.append(frame["f"] if frame["t"] == "many" else [frame])
        async with self.arrived:
            self.arrived.notify_all()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        while (frame := await self.incoming.get()) is not None:
            yield frame

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [frame for message in self.messages for frame in message]

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many frames came after the welcome."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.frames) > count)
        return self.frames[1:]

    def call(self, number: int, member: str, *args: Any) -> None:
        self.incoming.put_nowait({"t": "call", "id": number, "m": member, "a": list(args)})


def words(frame: dict[str, Any]) -> Any:
    """Return what a frame is about."""
    if frame["t"] != "ev":
        return frame["t"], frame["id"]
    _, kind, sub_type, _, payload = frame["d"]
    return kind, sub_type, payload["params"]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with simulator_on() as simulator:
        yield simulator


@pytest.fixture
async def pages(simulator: Simulator) -> AsyncIterator[list[Page]]:
    """Two tabs on one device."""
    pages = [Page(), Page()]
    served = []
    for page in pages:
        boot = await simulator.boot(PRODUCT, DEVICE)
        page.incoming.put_nowait({"t": "hello", "session": boot["session"], "since": 0})
        served.append(asyncio.create_task(simulator.serve_link(page)))
        await page.until(0)
    yield pages
    for page in pages:
        page.incoming.put_nowait(None)
    await asyncio.gather(*served)


async def test_an_answer_takes_the_report_along(pages: list[Page]) -> None:
    page, other = pages
    page.call(1, "controlDeviceData", {"brightness": 7})
    values = {"brightness": 7}
    pushed = [(*kind, values) for kind in PUSHES]
    assert [words(frame) for frame in await page.until(3)] == [("ok", 1), *pushed]
    assert len(page.messages) == 2
    assert [words(frame) for frame in await other.until(2)] == pushed


async def test_calls_of_one_moment_keep_their_order(pages: list[Page]) -> None:
    page, other = pages
    for number in range(50):
        page.call(number, "controlDeviceData", {"brightness": number})
    frames = [words(frame) for frame in await page.until(150)]
    for number in range(50):
        mine = [("ok", number), *((*kind, {"brightness": number}) for kind in PUSHES)]
        assert [frame for frame in frames if frame in mine] == mine
    assert [frame[2]["brightness"] for frame in frames if frame[1] == "Report"] == list(range(50))
    assert [words(frame) for frame in await other.until(100)] == [
        frame for frame in frames if frame[0] != "ok"
    ]


async def test_a_scripts_report_comes_along_as_well(simulator: Simulator, pages: list[Page]) -> None:
    class Dimmer(VirtualDevice):
        async def on_control(self, values: dict[str, Any]) -> None:
            await self.report({"brightness": values["brightness"] // 2})

    bench: Any = simulator.transport.bench
    bench.script(ID, Dimmer)
    page = pages[0]
    page.call(1, "controlDeviceData", {"brightness": 40})
    frames = [words(frame) for frame in await page.until(3)]
    assert frames[0] == ("ok", 1)
    assert frames[2] == ("Property", "Report", {"brightness": 20})
    assert len(page.messages) == 2


async def test_a_slow_device_holds_no_answer_up(simulator: Simulator, pages: list[Page]) -> None:
    done = asyncio.Event()

    class Slow(VirtualDevice):
        async def on_control(self, values: dict[str, Any]) -> None:
            await done.wait()
            await self.report(values)

    bench: Any = simulator.transport.bench
    bench.script(ID, Slow)
    page = pages[0]
    page.call(1, "controlDeviceData", {"brightness": 1})
    page.call(2, "getDeviceStatus")
    frames = [words(frame) for frame in await page.until(3)]
    assert sorted(frames, key=str) == [("Property", "Push", {"brightness": 1}), ("ok", 1), ("ok", 2)]
    done.set()
    assert words((await page.until(4))[-1]) == ("Property", "Report", {"brightness": 1})


async def test_a_lost_call_sets_nothing_off(simulator: Simulator, pages: list[Page]) -> None:
    bench: Any = simulator.transport.bench
    page, other = pages
    bench.set_fault({"errors": {"AppControlDeviceData": {"code": "InternalError"}}})
    page.call(1, "controlDeviceData", {"brightness": 9})
    assert words((await page.until(1))[0]) == ("err", 1)
    bench.set_fault({})
    page.call(2, "controlDeviceData", {"brightness": 10})
    assert [words(frame) for frame in await other.until(2)] == [
        (*kind, {"brightness": 10}) for kind in PUSHES
    ]


async def test_reports_of_one_moment_go_out_together(simulator: Simulator, pages: list[Page]) -> None:
    bench: Any = simulator.transport.bench
    for number in range(100):
        await bench.report(ID, {"brightness": number})
    for page in pages:
        frames = await page.until(100)
        assert [frame["d"][4]["params"]["brightness"] for frame in frames] == list(range(100))
        assert len(page.messages) == 2
