"""The checks of an audit that open the panel, each in worlds of its own."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.errors import PanelError
from devkit.language import _, marked
from devkit.testing.audit import page as inpage
from devkit.testing.audit.profiles import PhoneProfile
from devkit.testing.audit.rules import AuditFinding
from devkit.testing.run.browsers import CHROMIUM
from devkit.testing.smoke.page import changes, held, restless, snapshot, violations
from devkit.testing.smoke.samples import samples
from devkit.timeline.kinds import BlockedRequest

if TYPE_CHECKING:
    from devkit.model import ThingModel
    from devkit.testing.page.panel import Panel
    from devkit.testing.run.open import Room
    from devkit.testing.world.world import World

FIRST_PIXELS_MS = 2500
LONG_TASK_MS = 600
SHIFT = 0.1
FRAME_MS = 60
IDLE_S, BUSIER = 0.4, 2.5
"""Frames without reports are measured first: a busy machine makes slow ones, too."""
REPORTS, REPORT_HZ, FRAME_REPORTS = 1000, 20, 20
LOOKS = 10
LEAK_S = 4.0
GROWN_BYTES, GROWN_LISTENERS, FEW_LISTENERS = 2_000_000, 30, 5
SLOW = ((2000, 1.5), (4000, 3.0))
"""The cloud's ms and the patience in s: first so, and a second look that a busy machine passes, too."""
FAILED_CALLS = 6
UNUSED_SHARE, UNUSED_BYTES = 0.7, 20_000
LARGE_FONT = 1.3
NARROW = (320, 568)
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass
class AuditTrial:
    """What the checks share. metrics: {name: number}, ms, bytes or as named; pictures: PNG by name."""

    room: Room
    profile: PhoneProfile
    sizes: tuple[int, int]
    axe: str | None = None
    findings: list[AuditFinding] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)

    def add(self, rule: str, what: str, where: str = "", fix: str = "") -> None:
        """Note something that is wrong, once."""
        finding = AuditFinding(rule, what, where, fix)
        if finding not in self.findings:
            self.findings.append(finding)

    def take_problems(self, panel: Panel, rule: str, when: str) -> None:
        """Turn what the panel did wrong since the last time into findings."""
        for problem in panel.problems:
            text, _rest, stack = panel.told(problem).partition("\n")
            place = next((line.strip() for line in stack.splitlines() if line.strip()), "")
            if (text, place) in self.told and rule != "throws":
                continue  # it fails so all the time
            self.told.add((text, place))
            self.add(rule, f"{when}: {text}", place.removeprefix("at "), _("Handle it where it can happen."))
        panel.problems.clear()

    @property
    def engine(self) -> str:
        """Return Playwright's name of the browser."""
        return self.room.lab.engine

    @asynccontextmanager
    async def opened(self, **spec: object) -> AsyncIterator[tuple[World, Panel]]:
        """Open the panel in a new world, on the phone of the profile."""
        wanted = {**self.profile.spec, "errors": "allow", **spec}
        world = await self.room.lab.world(self.room.spec.replace(**wanted))
        try:
            panel = await _open(world)
            await panel.settle()
            yield world, panel
        finally:
            self.actions |= {name for name, _ in world.cloud.actions}
            await world.aclose()


async def _open(world: World) -> Panel:
    """Open the panel; one that throws before it draws is waited for.

    Errors: PanelError when it does not draw.
    """
    try:
        return await world.open_panel()
    except PanelError:
        panel = world.panels[-1] if world.panels else None
        if panel is None or not panel.problems or not await inpage.draws(panel):
            raise
        return panel


async def loading(trial: AuditTrial) -> None:
    """The panel runs, and soon."""
    try:
        async with trial.opened() as (world, panel):
            trial.take_problems(panel, "throws", _("at the start"))
            trial.pictures[marked("light")] = await panel.picture()
            found = await inpage.times(panel, trial.profile.cpu)
            blocked = {entry.blocked for entry in world.timeline.of(BlockedRequest)}
    except PanelError as error:
        trial.add("runs", error.message.splitlines()[0], "", error.hint)
        return
    network = trial.profile.transfer_ms(*trial.sizes)
    trial.metrics |= {"sdk_ready": found["ready"] + network, "long_task": found["task"]}
    for host in sorted(blocked):
        trial.add("foreign-request", _(f"it asks {host[:200]}"), host[:200], _("Bundle it: import the file."))
    if "paint" in found:
        pixels = trial.metrics["first_pixels"] = found["paint"] + network
        if pixels > FIRST_PIXELS_MS:
            text = _(f"{pixels:.0f} ms, {network:.0f} of them on the network")
            trial.add("first-pixels", text, "", _("Draw before the data are there; make the script smaller."))
    if found["task"] > LONG_TASK_MS:
        trial.add(
            "long-task", _(f"{found['task']:.0f} ms in one piece"), "", _("Do less before the first drawing.")
        )
    if "shift" in found:
        shift = trial.metrics["layout_shift"] = found["shift"]
        if shift > SHIFT:
            text = _(f"layout shift {shift:.2f}, {SHIFT} is the limit")
            trial.add("layout-shift", text, "", _("Give what comes later its place and size from the start."))


async def styles(trial: AuditTrial) -> None:
    """Most of the style sheet is used."""
    if trial.engine != CHROMIUM:
        return
    async with trial.opened() as (_rest, panel):
        unused, total = await inpage.unused_css(panel)
    trial.metrics["unused_css"] = unused
    if total and unused > UNUSED_BYTES and unused > UNUSED_SHARE * total:
        text = _(f"{unused:,} of {total:,} bytes of index.css matched nothing at the start")
        trial.add("unused-css", text, "index.css", _("Import the styles of the components that are used."))


async def reports(trial: AuditTrial) -> None:
    """Reports change what is shown, and leave nothing behind."""
    async with trial.opened() as (world, panel):
        model = world.device.model
        chance = random.Random(1)  # noqa: S311  not a secret
        ignored = await restless(panel)
        for prop in model.properties:
            for value in samples(model, prop.id, chance):
                before = await snapshot(panel)
                await world.device.report({prop.id: value})
                if await changes(panel, before, ignored, looks=LOOKS):
                    break
            else:
                text = _(f"no value of {prop.id} ({prop.name}) changes anything")
                trial.add("property-ignored", text, prop.id, _("Show it, or take it out of the thing model."))
        trial.take_problems(panel, "throws", _("while the device reported"))
        if trial.engine == CHROMIUM and (busiest := _busiest(model)):
            await _leaks(trial, world, panel, *busiest)


def _busiest(model: ThingModel) -> tuple[str, list[Any]] | None:
    """Return the property that reports many times, and its values."""
    found = next(iter(model.properties), None)
    return (found.id, samples(model, found.id, random.Random(1))) if found else None  # noqa: S311


async def frames(trial: AuditTrial) -> None:
    """Reports are drawn in time."""
    async with trial.opened() as (world, panel):
        if busiest := _busiest(world.device.model):
            await _stutter(trial, world, panel, *busiest)


async def _stutter(trial: AuditTrial, world: World, panel: Panel, name: str, values: list[Any]) -> None:
    async def report() -> None:
        for turn in range(FRAME_REPORTS):
            await world.device.report({name: values[turn % len(values)]})
            await asyncio.sleep(1 / REPORT_HZ)

    slow, limit = await _pace(trial, panel, report())
    if slow > limit:  # the machine may have had something else to do just then
        slow, limit = min((slow, limit), await _pace(trial, panel, report()))
    trial.metrics["frame_p95"] = slow
    if slow > limit:
        text = _(f"with {REPORT_HZ} reports a second one frame in twenty takes {slow:.0f} ms")
        trial.add("frames", text, "", _("Draw only what has changed; put reports of one frame together."))


async def _pace(trial: AuditTrial, panel: Panel, work: Awaitable[None]) -> tuple[float, float]:
    """Return the ms of a slow frame during work, and from which on it is work's fault."""
    idle = _slow_frame(await inpage.frames(panel, trial.profile.cpu, asyncio.sleep(IDLE_S)))
    slow = _slow_frame(await inpage.frames(panel, trial.profile.cpu, work))
    return slow, max(FRAME_MS, BUSIER * idle)


def _slow_frame(found: list[float]) -> float:
    """Return the ms that one frame in twenty takes at least."""
    return statistics.quantiles(found, n=20)[-1] if len(found) > 1 else 0.0


async def _leaks(trial: AuditTrial, world: World, panel: Panel, name: str, values: list[Any]) -> None:
    async def report(most: int, seconds: float) -> int:
        until = time.monotonic() + seconds
        for turn in range(most):
            await world.device.report({name: values[turn % len(values)]})
            if turn % 20 == 0:
                await panel.settle()  # the page has taken them, not only been sent them
                if time.monotonic() > until:
                    return turn + 1
        return most

    await report(100, LEAK_S / 4)  # what is kept once is no leak
    heap, listeners = await held(panel)
    count = await report(REPORTS, LEAK_S)
    heap_after, listeners_after = await held(panel)
    trial.metrics |= {"heap_growth": heap_after - heap, "listener_growth": listeners_after - listeners}
    if heap_after - heap > GROWN_BYTES * count / REPORTS:
        text = _(f"{count:,} reports leave {(heap_after - heap) / 1e6:.1f} MB")
        trial.add("memory", text, "", _("Keep no list of reports that only grows."))
    if listeners_after - listeners > max(FEW_LISTENERS, GROWN_LISTENERS * count / REPORTS):
        text = _(f"{count:,} reports leave {listeners_after - listeners} listeners")
        fix = _("Take them away where they were added: sdk.off, removeEventListener.")
        trial.add("listeners", text, "", fix)


async def access(trial: AuditTrial) -> None:
    """axe-core finds nothing, light or dark; nothing is cut on a narrow phone or by large letters."""
    for scheme in ("light", "dark"):
        async with trial.opened(color_scheme=scheme) as (_rest, panel):
            if scheme == "dark":
                trial.pictures[marked("dark")] = await panel.picture()
            await _axe(trial, panel, scheme)
    async with trial.opened(viewport=NARROW) as (_rest, panel):
        for item in await inpage.cut_texts(panel):
            trial.add(
                "narrow", item["what"], item["where"], _("Let it wrap, or give it room (min-width, flex).")
            )
        trial.pictures["320 px"] = await panel.picture()
    async with trial.opened() as (_rest, panel):
        usual = {item["where"] for item in await inpage.cut_texts(panel)}
        for item in await inpage.cut_texts(panel, LARGE_FONT):
            if item["where"] not in usual:
                fix = _("Let boxes grow with their text: min-height in place of height.")
                trial.add("large-font", item["what"], item["where"], fix)
        trial.pictures["130 %"] = await panel.picture()


async def _axe(trial: AuditTrial, panel: Panel, scheme: str) -> None:
    if trial.axe is None:
        if scheme == "light":
            trial.notes.append(
                _("Accessibility was not checked: axe-core needs Node.js, which was not found.")
            )
        return
    seen = {finding.where for finding in trial.findings}
    for item in await violations(panel, trial.axe):
        where = ", ".join(item["nodes"])
        text = f"{item['help']} ({item['id']})"
        if scheme == "dark":
            if item["id"] == "color-contrast" and where not in seen:
                trial.add(
                    "dark-contrast", text, where, _("Give dark colours of their own: prefers-color-scheme.")
                )
        elif item["impact"] in {"critical", "serious"}:
            fix = f"https://dequeuniversity.com/rules/axe/4.10/{item['id']}"
            trial.add(f"axe-{item['impact']}", text, where, fix)


async def words(trial: AuditTrial) -> None:
    """An English phone shows English, besides the words of the thing model."""
    shown = {}
    for locale in ("zh-CN", "en-US"):
        async with trial.opened(locale=locale) as (world, panel):
            shown[locale] = await inpage.texts(panel)
            model_words = str(world.device.model.raw)
    left = sorted(text for text in shown["en-US"] if _CJK.search(text) and text not in model_words)
    own = [text for text in left if text in shown["zh-CN"] and not _of_model(text, model_words)]
    if own:
        listed = ", ".join(f'"{text[:20]}"' for text in own[:5])
        text = _(f"{len(own)} texts stay Chinese on an English phone: {listed}")
        trial.add("untranslated", text, "", _("Read them from a table by navigator.language."))


def _of_model(text: str, model_words: str) -> bool:
    """Tell whether the Chinese in a text is the thing model's, with numbers or units around it."""
    return all(part in model_words for part in re.findall(r"[\u3400-\u9fff]+", text))


async def offline(trial: AuditTrial) -> None:
    """The panel shows that the device is gone, and does not fail over it."""
    async with trial.opened() as (world, panel):
        before = await inpage.still_picture(panel)
        await world.device.go_offline()
        await panel.settle()
        if await inpage.still_picture(panel) == before:
            fix = _("Show it: sdk.offlineTip.show(), or a note of your own on wsStatusChange.")
            trial.add("offline-silent", _("the picture is the same as before"), "", fix)
        trial.take_problems(panel, "offline-throws", _("when the device goes offline"))
        trial.pictures[marked("offline")] = await panel.picture()
        await world.device.go_online()
        await panel.settle()
        trial.take_problems(panel, "offline-throws", _("when it comes back"))


async def failures(trial: AuditTrial) -> None:
    """Each of its calls may fail; a slow cloud is no empty page."""
    actions = sorted(trial.actions - {"AppGetUser"})[:FAILED_CALLS]
    await asyncio.gather(*(_failing(trial, action) for action in actions), _slow(trial))


async def _slow(trial: AuditTrial) -> None:
    for ms, patience in SLOW:
        if await _draws_before(trial, ms, patience):
            return
    text = _(f"#app is empty after {patience:g} s when each call takes {ms / 1000:g} s")
    trial.add("slow-blank", text, "", _("Draw a frame or a sign of loading before the first await."))


async def _draws_before(trial: AuditTrial, ms: int, patience: float) -> bool:
    """Tell whether the panel draws something within patience, in s, when each call takes ms."""
    spec = {**trial.profile.spec, "errors": "allow", "timeout": patience}
    world = await trial.room.lab.world(trial.room.spec.replace(**spec))
    try:
        await world.cloud.latency(ms)
        await world.open_panel()
        return True
    except PanelError:
        return False
    finally:
        await world.aclose()


async def _failing(trial: AuditTrial, action: str) -> None:
    world = await trial.room.lab.world(trial.room.spec.replace(**trial.profile.spec, errors="allow"))
    try:
        await world.cloud.fail(action, code="InternalError", msg=_("failed by the audit"))
        panel = await world.open_panel()
        await panel.settle()
        trial.take_problems(panel, "failing-call", _(f"when {action} fails"))
    except PanelError as error:
        fix = _("Catch it, and say what can be done.")
        trial.add("failing-call", _(f"when {action} fails: {error.message.splitlines()[0]}"), action, fix)
    finally:
        await world.aclose()


AuditCheck = Callable[[AuditTrial], Coroutine[Any, Any, None]]
TIMED: Mapping[str, AuditCheck] = {"loading": loading, "frames": frames}
"""What measures time: one after the other, with nothing beside it."""
CHECKS: Mapping[str, AuditCheck] = {
    "reports": reports,
    "styles": styles,
    "access": access,
    "words": words,
    "offline": offline,
    "failures": failures,
}
"""What may go on at once."""
