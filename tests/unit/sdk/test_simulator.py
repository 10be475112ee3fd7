"""The simulator without a page: booting, sessions that nobody opens, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.errors import DeviceNotFoundError
from devkit.sdk import Simulator
from devkit.sdk import simulator as simulator_module
from tests.helpers.sdk_host import DEVICE, PRODUCT, simulator_on

ID = f"{PRODUCT}/{DEVICE}"


class FakePage:
    """A link whose page is this test."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.frames: list[dict[str, Any]] = []
        self.messages: list[list[str]] = []
        self.arrived = asyncio.Event()

    async def send(self, frame: dict[str, Any]) -> None:
        parts = frame["f"] if frame["t"] == "many" else [frame]
        self.messages.append([part["t"] for part in parts])
        self.frames += parts
        self.arrived.set()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        while (frame := await self.incoming.get()) is not None:
            yield frame

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            found = [frame for frame in self.frames if frame["t"] == kind]
            if found:
                return found[-1]
            await self.next()

    async def next(self) -> None:
        self.arrived.clear()
        await asyncio.wait_for(self.arrived.wait(), 5)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with simulator_on() as simulator:
        yield simulator


async def test_an_unknown_device_is_named_with_the_way_out(simulator: Simulator) -> None:
    with pytest.raises(DeviceNotFoundError, match="NOBODY/none") as caught:
        await simulator.boot("NOBODY", "none")
    assert "devkit.toml" in caught.value.hint
    assert not simulator.sessions


async def test_a_report_while_the_data_is_read_is_not_lost(simulator: Simulator) -> None:
    bench: Any = simulator.transport.bench
    bench.set_fault({"latency_ms": 30})
    booting = asyncio.create_task(simulator.boot(PRODUCT, DEVICE))
    await asyncio.sleep(0)
    await bench.report(ID, {"brightness": 71})
    boot = await booting
    page = FakePage()
    served = asyncio.create_task(simulator.serve_link(page))
    page.incoming.put_nowait({"t": "hello", "session": boot["session"], "since": 0})
    event = await page.until("ev")
    assert event["d"][4]["params"] == {"brightness": 71}
    page.incoming.put_nowait(None)
    await served


async def test_a_page_that_never_comes_is_forgotten(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator_module, "RESUME_SECONDS", 0)
    await simulator.boot(PRODUCT, DEVICE)
    assert simulator.sessions
    await asyncio.sleep(0.01)
    assert not simulator.sessions


async def test_a_page_without_any_device_is_refused_in_words(simulator: Simulator) -> None:
    page = FakePage()
    served = asyncio.create_task(simulator.serve_link(page))
    page.incoming.put_nowait({"t": "call", "id": 1, "m": "getUserInfo", "a": []})
    page.incoming.put_nowait({"t": "hello", "context": {}})
    refusal = await page.until("refused")
    assert "__DEVKIT__" in refusal["msg"]
    page.incoming.put_nowait(None)
    await served


async def test_an_answer_its_control_and_its_report_are_one_message(simulator: Simulator) -> None:
    boot = await simulator.boot(PRODUCT, DEVICE)
    page = FakePage()
    serving = asyncio.create_task(simulator.serve_link(page))
    page.incoming.put_nowait({"t": "hello", "session": boot["session"], "since": 0})
    await page.until("welcome")
    for value in range(3):
        call = {"t": "call", "id": value + 1, "m": "controlDeviceData", "a": [{"brightness": value}]}
        page.incoming.put_nowait(call)
        while sum(frame["t"] == "ev" for frame in page.frames) < 2 * value + 2:
            await page.next()
    assert page.messages == [["welcome"], *[["ok", "ev", "ev"]] * 3]
    events = [frame["d"] for frame in page.frames if frame["t"] == "ev"]
    assert [(kind, payload["params"]["brightness"]) for _, _, kind, _, payload in events] == [
        (kind, value) for value in range(3) for kind in ("Push", "Report")
    ]
    page.incoming.put_nowait(None)
    await serving


async def test_wild_frames_do_no_harm(simulator: Simulator) -> None:
    boot = await simulator.boot(PRODUCT, DEVICE)
    page = FakePage()
    served = asyncio.create_task(simulator.serve_link(page))
    page.incoming.put_nowait({"t": "hello", "session": boot["session"], "since": "x"})
    for frame in (
        {}, {"t": None}, {"t": "answer", "id": 99, "v": 1}, {"t": "ack", "n": "x"}, {"t": "note"},
        {"t": "call"}, {"t": "call", "id": 1, "m": None, "a": 7},
        {"t": "call", "id": 2, "m": "devkit.echo", "a": {}},
        {"t": "call", "id": 3, "m": "devkit.echo", "a": [{"$bytes": "!"}]},
        {"t": "call", "id": 4, "m": "devkit.echo", "a": [5]},
    ):  # fmt: skip
        page.incoming.put_nowait(frame)
    while not {1, 2, 3, 4} <= {frame.get("id") for frame in page.frames}:
        page.arrived.clear()
        await asyncio.wait_for(page.arrived.wait(), 5)
    answers = {frame["id"]: frame for frame in page.frames if frame.get("id")}
    assert answers[1]["e"]["code"] == "devkit.NotImplemented"
    assert answers[3]["t"] == "err"
    assert answers[4]["v"] == 5
    page.incoming.put_nowait({"t": "bye"})
    page.incoming.put_nowait(None)
    await served
    assert not simulator.sessions
