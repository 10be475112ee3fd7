"""From use to test: what was done in the simulator, written as a test that does it again."""

from __future__ import annotations

import asyncio
import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from devkit.errors import ServeError
from devkit.language import _, marked
from devkit.timeline.kinds import (
    DeviceEvent,
    DeviceOffline,
    DeviceOnline,
    DeviceReport,
    FaultChange,
    LinkChange,
    MiniProgramState,
    Navigation,
    Push,
    TipShown,
    Touch,
)

if TYPE_CHECKING:
    from devkit.devserver.simulator import SimulatorSource
    from devkit.sdk import Simulator
    from devkit.timeline.happening import Happening
    from devkit.timeline.timeline import Entry
    from devkit.transport.base import DeviceBench

HEAD = marked("Recorded with `devkit dev --record-test`; name the test, and keep what matters.")
IMPORTS = ("expect_action", "expect_control", "expect_navigation", "expect_tip")


@dataclass
class Story:
    """The lines of a test, as they are told entry by entry.

    device_id: the panel's; what others do is left to a comment. start: properties that differed from their
    defaults when the panel was opened.
    """

    device_id: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)
    online: bool = True
    lines: list[str] = field(default_factory=list)
    _echoes: list[Mapping[str, Any]] = field(default_factory=list)
    _away: bool = False

    def tell(self, entry: Entry) -> None:
        """Take an entry of the timeline."""
        if teller := _TELLERS.get(type(entry.what)):
            teller(self, entry.what)

    def source(self, name: str = "test_recorded") -> str:
        """Return the test as Python source."""
        body = self.lines or ["panel.locator('#app').wait_for()"]
        used = [helper for helper in IMPORTS if any(f"{helper}(" in line for line in body)]
        fixtures = ["panel"]
        for fixture in ("virtual_device", "mini_program", "cloud_emulator"):
            if any(re.search(rf"\b{fixture}\b", line) for line in body):
                fixtures.append(fixture)
        marker: dict[str, Any] = {}
        if self.start:
            marker["data"] = dict(self.start)
        if not self.online:
            marker["online"] = False
        parts = [f'"""{_(HEAD)}"""\n']
        if marker:
            parts.append("import pytest")
        if used:
            parts.append(f"from devkit.testing import {', '.join(used)}")
        parts.append("\n")
        if marker:
            parts.append(
                f"@pytest.mark.panel({', '.join(f'{key}={value!r}' for key, value in marker.items())})"
            )
        parts.append(f"def {name}({', '.join(fixtures)}):")
        return "\n".join([*parts, *(f"    {line}" for line in body)]) + "\n"

    def touched(self, touch: Touch) -> None:
        """Add what a person did in the panel."""
        verbs = {"fill": f".fill({touch.value!r})", "select": f".select_option({touch.value!r})"}
        self.lines.append(f"panel.{_locator(touch)}{verbs.get(touch.act, '.click()')}")

    def pushed(self, push: Push) -> None:
        """Add what reached the device."""
        payload = push.payload
        if push.sub_type != "Push" or not isinstance(payload, dict) or push.device_id != self.device_id:
            return
        values = payload.get("params") or {}
        if push.type == "Property":
            self._echoes.append(values)
            self.lines.append(_call("expect_control", "virtual_device", values))
        elif push.type == "Action":
            first = f"virtual_device, {payload.get('actionId')!r}"
            self.lines.append(_call("expect_action", first, values, loose=True))

    def acted(self, act: DeviceReport | DeviceEvent | DeviceOnline | DeviceOffline) -> None:
        """Add what the device did by itself; its answer to a control is no news."""
        if act.device_id != self.device_id:
            self.lines.append(
                f"# {_(f'{act.device_id}: {act.tag}; another device, which this test does not have')}"
            )
        elif isinstance(act, DeviceEvent):
            self.lines.append(_call("virtual_device.post_event", repr(act.event), act.params, loose=True))
        elif not isinstance(act, DeviceReport):
            self.lines.append(f"virtual_device.go_{act.tag}()")
        elif act.values in self._echoes:
            self._echoes.remove(act.values)
        else:
            self.lines.append(_call("virtual_device.report", "", act.values))

    def faulted(self, change: FaultChange) -> None:
        """Add the faults that the cloud has from now on."""
        fault = change.fault
        self.lines.append("cloud_emulator.recover()")
        if fault.get("latency_ms"):
            self.lines.append(f"cloud_emulator.latency({fault['latency_ms']})")
        if fault.get("drop"):
            self.lines.append(f"cloud_emulator.drop({fault['drop']})")
        for action, error in (fault.get("errors") or {}).items():
            code, message = error.get("code"), error.get("msg")
            self.lines.append(f"cloud_emulator.fail({action!r}, code={code!r}, msg={message!r})")

    def navigated(self, call: Navigation) -> None:
        """Add where the panel led."""
        page = call.url.partition("?")[0].rpartition("/")[2] or call.api
        self.lines.append(f"expect_navigation(mini_program, {page!r})")
        self._away = True

    def changed(self, state: MiniProgramState) -> None:
        """Add what the mini program did."""
        if state.event == "pageShow" and self._away:
            self._away = False
            self.lines.append("mini_program.back()")
        elif state.event in _STATES:
            self.lines.append(f"mini_program.{_STATES[state.event]}()")

    def tipped(self, tip: TipShown) -> None:
        """Add a tip that showed; a turning wheel comes and goes with the weather."""
        if tip.type != "loading":
            self.lines.append(f"expect_tip({tip.message!r})")


_STATES = {"pageShow": "show_page", "pageHide": "hide_page", "appShow": "show_app", "appHide": "hide_app"}
_TELLERS: Mapping[type[Happening], Callable[..., None]] = {
    Touch: Story.touched,
    Push: Story.pushed,
    DeviceReport: Story.acted,
    DeviceEvent: Story.acted,
    DeviceOnline: Story.acted,
    DeviceOffline: Story.acted,
    FaultChange: Story.faulted,
    Navigation: Story.navigated,
    MiniProgramState: Story.changed,
    TipShown: Story.tipped,
}


def _locator(touch: Touch) -> str:
    """Return the call that finds what was touched."""
    if touch.role:
        name = f", name={touch.name!r}, exact=True" if touch.name else ""
        many = f".nth({touch.nth or 0})" if (touch.of or 1) > 1 else ""
        return f"get_by_role({touch.role!r}{name}){many}"
    if touch.text:
        return f"get_by_text({touch.text!r}, exact=True).first"
    return f"locator({touch.css or '#app'!r})"


def _call(function: str, first: str, values: Mapping[str, Any], *, loose: bool = False) -> str:
    """Return a call with values as named arguments, or as a mapping when their names are no identifiers."""
    plain = all(name.isidentifier() and not keyword.iskeyword(name) for name in values)
    if plain:
        given = ", ".join(f"{name}={value!r}" for name, value in values.items())
    else:
        given = f"**{dict(values)!r}" if loose else repr(dict(values))
    return f"{function}({', '.join(part for part in (first, given) if part)})"


def write_story(path: Path, entries: Iterable[Entry], story: Story) -> None:
    """Write a test for what happened since the panel was first opened."""
    for entry in entries:
        story.tell(entry)
    name = re.sub(r"\W+", "_", path.stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(story.source(name if name.startswith("test_") else f"test_{name}"), "utf-8")


def begin_recording(simulator: Simulator) -> Callable[[Path], None]:
    """Begin to record the own device's panel; what is returned writes the test that has come of it.

    Errors: ServeError, when written, if no panel was opened meanwhile.
    """
    story = _story_of(simulator.transport.bench, simulator.own_device_id())
    since = simulator.timeline.seq

    def write(file: Path) -> None:
        entries = simulator.timeline.since(since)
        opened = (at for at, entry in enumerate(entries, 1) if _opens_page(entry))
        if (first := next(opened, None)) is None:
            raise ServeError(
                _("No panel was opened since the recording began."), _("Open the panel, then use it.")
            )
        write_story(file, entries[first:], story)

    return write


def _opens_page(entry: Entry) -> bool:
    return isinstance(entry.what, LinkChange) and entry.what.state == "open"


class TestRecorder:
    """Follow a simulation from the first page on."""

    def __init__(self, simulation: SimulatorSource, path: Path) -> None:
        self._simulation = simulation
        self._path = path
        self._story: Story | None = None
        self._entries: list[Entry] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> TestRecorder:
        """Begin to record."""
        self._task = asyncio.get_running_loop().create_task(self._follow())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Write the test, if a panel was opened at all."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._story is not None:
            await asyncio.to_thread(write_story, self._path, self._entries, self._story)

    async def _follow(self) -> None:
        simulator = await self._simulation.get()
        async for entry in simulator.timeline.follow(0):
            if self._story is not None:
                self._entries.append(entry)
            elif _opens_page(entry):
                link = cast(LinkChange, entry.what)
                session = simulator.sessions.get(link.session or "")
                self._story = _story_of(simulator.transport.bench, session.device_id if session else "")


def _story_of(bench: DeviceBench | None, device_id: str) -> Story:
    """Return a story that starts with a device as it is now."""
    from devkit.model import read_model

    device = bench.snapshot()["devices"].get(device_id) if bench is not None else None
    if device is None:
        return Story(device_id)
    defaults = read_model(_json(device["model"])).defaults()
    start = {name: value for name, value in device["properties"].items() if defaults.get(name) != value}
    return Story(device_id, start, bool(device["online"]))


def _json(value: object) -> str:
    import json

    return json.dumps(value)
