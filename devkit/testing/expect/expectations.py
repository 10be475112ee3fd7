"""Expectations: wait for what should happen, and tell the story when it does not.

Each works in both kinds of tests: a plain function gets the result at once, a coroutine awaits it.
An expectation that was met is done with: the next one of its kind looks only at what came after.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.errors import PanelError, SettingsError
from devkit.language import _
from devkit.testing.page.handle import core_of
from devkit.testing.world.record import compact, format_timeline
from devkit.timeline.bulk import JSON
from devkit.timeline.happening import Happening
from devkit.timeline.kinds import MiniProgramCall, Navigation, SdkCall, TipShown

if TYPE_CHECKING:
    from devkit.sdk import Entry
    from devkit.testing.page.panel import Panel
    from devkit.testing.world.device import Arrival, DeviceHandle
    from devkit.testing.world.mini_program import MiniProgramHandle
    from devkit.testing.world.world import World

CLOSE = 1e-6
_worlds: list[World] = []


def enter(world: World) -> None:
    """Make a world the one that expectations without an object mean."""
    _worlds.append(world)


def leave(world: World) -> None:
    """Take it back."""
    if world in _worlds:
        _worlds.remove(world)


def active_world() -> World:
    """Return the world of the running test.

    Errors: SettingsError when no panel is open.
    """
    if not _worlds:
        raise SettingsError(
            _("No panel is open."), _("Take the panel fixture into the test, or pass panel=.")
        )
    return _worlds[-1]


def expect_control(device: object, values: Mapping[str, Any] | None = None, /, **more: object) -> Any:
    """Wait until the device gets a control with these property values (and perhaps further ones).

    Errors: AssertionError with the story; PropertyValueError for a property that the thing model lacks.
    """
    __tracebackhide__ = True
    core: DeviceHandle = core_of(device)
    return core.world.lab.run(_control(core, {**(values or {}), **more}))


def expect_no_control(device: object) -> Any:
    """Make sure that no control has reached the device since the last one expected.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: DeviceHandle = core_of(device)
    return core.world.lab.run(_no_control(core))


def expect_action(device: object, action_id: str, /, **inputs: object) -> Any:
    """Wait until the device is asked for an action with these inputs (and perhaps further ones).

    Errors: AssertionError with the story; PropertyValueError for an action that the thing model lacks.
    """
    __tracebackhide__ = True
    core: DeviceHandle = core_of(device)
    return core.world.lab.run(_action(core, action_id, inputs))


def expect_navigation(mini_program: object, name: str, /, **params: object) -> Any:
    """Wait until the panel leads away: name is the SDK's member, the page's path or wx.miniProgram's api.

    params: arguments of the member, or of the page's query.
    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: MiniProgramHandle = core_of(mini_program)
    return core.world.lab.run(_navigation(core, name, params))


def expect_tip(text: str | re.Pattern[str], *, panel: object = None) -> Any:
    """Wait until the panel shows a tip that contains this text, or matches it.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    world: World = core_of(panel).world if panel is not None else active_world()
    return world.lab.run(_tip(world, text))


def expect_screenshot(
    panel: object, name: str = "", *, tolerance: float = 0.001, full_page: bool = False
) -> Any:
    """Compare the panel with its kept picture.

    tolerance: the share of pixels that may differ visibly.
    Errors: AssertionError naming the picture of the differences; the first run keeps the picture and fails.
    """
    __tracebackhide__ = True
    from devkit.testing.expect.looks import compare_with_kept

    core: Panel = core_of(panel)
    return core.world.lab.run(compare_with_kept(core, name, tolerance=tolerance, full_page=full_page))


async def _control(device: DeviceHandle, wanted: Mapping[str, Any]) -> None:
    __tracebackhide__ = True
    for name in wanted:
        device.model.property(name)
    inbox, world = device.inbox, device.world

    def find() -> int | None:
        return _find(inbox.controls, inbox.read_controls, wanted)

    if await world.until(lambda: find() is not None, world.spec.timeout):
        inbox.read_controls = (find() or 0) + 1
        await world.settle()
        return
    words = words_of(wanted) or _("any values")
    came = [words_of(arrival.values) for arrival in inbox.controls[inbox.read_controls :]]
    raise AssertionError(
        failure(world, _(f"no control with {words} reached {device.id}"), _("controls"), came)
    )


async def _no_control(device: DeviceHandle) -> None:
    __tracebackhide__ = True
    await device.world.settle()
    inbox = device.inbox
    came = [words_of(arrival.values) for arrival in inbox.controls[inbox.read_controls :]]
    if came:
        text = _(f"a control reached {device.id}, and none was expected")
        raise AssertionError(failure(device.world, text, _("controls"), came, waited=False))


async def _action(device: DeviceHandle, action_id: str, inputs: Mapping[str, Any]) -> None:
    __tracebackhide__ = True
    device.model.action(action_id)
    inbox, world = device.inbox, device.world

    def find() -> int | None:
        return _find(inbox.actions, inbox.read_actions, inputs, name=action_id)

    if await world.until(lambda: find() is not None, world.spec.timeout):
        inbox.read_actions = (find() or 0) + 1
        await world.settle()
        return
    came = [f"{item.name} {words_of(item.values)}".strip() for item in inbox.actions[inbox.read_actions :]]
    words = f"{action_id} {words_of(inputs)}".strip()
    raise AssertionError(failure(world, _(f"no action {words} reached {device.id}"), _("actions"), came))


async def _navigation(mini: MiniProgramHandle, name: str, params: Mapping[str, Any]) -> None:
    __tracebackhide__ = True
    world, timeline = mini.world, mini.simulator.timeline

    def matching() -> Entry | None:
        for entry in timeline.since(world.read_navigation):
            lead = _lead_of(entry.what)
            if name in lead.names and _fits_any(lead, mini, params):
                return entry
        return None

    if await world.until(lambda: matching() is not None, world.spec.timeout):
        entry = matching()
        world.read_navigation = entry.seq if entry else world.read_navigation
        return
    came = [f"{call.api} {call.url}" for call in mini.navigations]
    words = f"{name} {words_of(params)}".strip()
    raise AssertionError(failure(world, _(f"the panel did not lead to {words}"), _("navigations"), came))


async def _tip(world: World, text: str | re.Pattern[str]) -> None:
    __tracebackhide__ = True

    def matching() -> Entry | None:
        for entry in world.timeline.since(world.read_tips):
            if isinstance(tip := entry.what, TipShown) and _says(tip.message, text):
                return entry
        return None

    if await world.until(lambda: matching() is not None, world.spec.timeout):
        entry = matching()
        world.read_tips = entry.seq if entry else world.read_tips
        return
    came = [compact(tip.message) for tip in world.timeline.of(TipShown)]
    words = text.pattern if isinstance(text, re.Pattern) else text
    raise AssertionError(failure(world, _(f"the panel showed no tip {words!r}"), _("tips"), came))


def _says(message: str, text: str | re.Pattern[str]) -> bool:
    return bool(text.search(message)) if isinstance(text, re.Pattern) else text in message


def _find(
    arrivals: Sequence[Arrival], start: int, wanted: Mapping[str, Any], *, name: str = ""
) -> int | None:
    for index in range(start, len(arrivals)):
        if name and arrivals[index].name != name:
            continue
        if fits(arrivals[index].values, wanted):
            return index
    return None


def fits(values: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether values has all that is wanted, numbers nearly so."""
    return all(name in values and _same(values[name], value) for name, value in wanted.items())


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return abs(value - wanted) <= CLOSE
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and fits(value, wanted)
    return bool(value == wanted)


@dataclass(frozen=True)
class _Lead:
    """What led away from the panel: the names that a test may give it, its arguments, its URL."""

    names: tuple[str, ...] = ()
    args: Sequence[JSON] = ()
    url: str = ""


def _mini_program_lead(call: MiniProgramCall) -> _Lead:
    path = call.url.partition("?")[0]
    return _Lead((call.api, path, path.rpartition("/")[2]), [call.params], call.url)


_LEADS: Mapping[type[Happening], Callable[..., _Lead]] = {
    SdkCall: lambda call: _Lead((call.member,), call.args or []),
    Navigation: _mini_program_lead,
    MiniProgramCall: _mini_program_lead,
}


def _lead_of(what: Happening) -> _Lead:
    read = _LEADS.get(type(what))
    return read(what) if read else _Lead()


def _fits_any(lead: _Lead, mini: MiniProgramHandle, params: Mapping[str, Any]) -> bool:
    """Look at the call's own arguments, and at the query of the page that it led to."""
    if not params:
        return True
    if any(isinstance(arg, Mapping) and fits(arg, params) for arg in lead.args):
        return True
    calls = [call for call in mini.navigations if not lead.url or call.url == lead.url]
    texts = {name: str(value) for name, value in params.items()}
    return bool(calls) and fits(calls[-1].query, texts)


def words_of(values: Mapping[str, Any]) -> str:
    """Return values as messages show them."""
    return " ".join(f"{name}={compact(value)}" for name, value in values.items())


def failure(world: World, text: str, kind: str, came: Sequence[str], *, waited: bool = True) -> str:
    """Say what did not happen, what came instead, and the story."""
    lines = [_(f"{text} within {world.spec.timeout:g} s.") if waited else f"{text}."]
    if came:
        lines.append(_(f"These {kind} came: {'; '.join(came[-5:])}."))
    elif waited:
        lines.append(_(f"No {kind} came at all since the last one expected."))
    lines += [panel.problem_text() for panel in world.panels if panel.problems]
    return "\n".join([*lines, _("What happened:"), format_timeline(world.entries())])


async def hold_problems(world: World) -> None:
    """Refuse a world whose panels misbehaved.

    Errors: PanelError.
    """
    await world.settle()
    try:
        world.check()
    except PanelError as error:
        raise PanelError(_(f"{error.message}\nWhat happened:\n{world.story()}"), error.hint) from None
