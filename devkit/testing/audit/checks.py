"""The checks of an audit that open the panel, each in worlds of its own."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devkit.errors import PanelError
from devkit.language import _, marked
from devkit.testing.audit import page as inpage
from devkit.testing.audit.leaks import leaks
from devkit.testing.audit.trial import AuditTrial
from devkit.testing.run.browsers import CHROMIUM
from devkit.testing.smoke.page import changes, restless, snapshot, violations
from devkit.testing.smoke.samples import samples
from devkit.timeline.kinds import BlockedRequest

if TYPE_CHECKING:
    from devkit.model import ThingModel
    from devkit.testing.page.panel import Panel
    from devkit.testing.world.world import World

FIRST_PIXELS_MS = 2500
LONG_TASK_MS = 600
TAP_MS = 500
"""Where web-vitals calls the answer to an interaction poor."""
SHIFT = 0.1
FRAME_MS = 60
IDLE_S, BUSIER = 0.4, 2.5
"""Frames without reports are measured first: a busy machine makes slow ones, too."""
REPORT_HZ, FRAME_REPORTS = 20, 20
LOOKS = 10
SLOW = ((1500, 1.2), (4000, 3.0))
"""The cloud's ms and the patience in s: first so, and a second look that a busy machine passes, too."""
FAILED_CALLS = 6
UNUSED_SHARE, UNUSED_BYTES = 0.7, 10_000
MOST_PLACES, MOST_TEXTS = 3, 8
LARGE_FONT = 1.3
NARROW = (320, 568)
_CJK = re.compile(r"[\u3400-\u9fff]+")
LANGUAGES = {"中文", "简体中文", "繁體中文", "繁体中文", "日本語", "粤语", "粵語"}
"""Names of languages, which stay in their own language wherever one is chosen."""


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
        where = trial.places.literal(host) or trial.places.literal(urlsplit(host).netloc) or host[:200]
        trial.add("foreign-request", _(f"it asks {host[:200]}"), where, _("Bundle it: import the file."))
    if "paint" in found:
        pixels = trial.metrics["first_pixels"] = found["paint"] + network
        if pixels > FIRST_PIXELS_MS:
            text = _(f"{pixels:.0f} ms, {network:.0f} of them on the network")
            trial.add("first-pixels", text, "", _("Draw before the data are there; make the script smaller."))
    if "largest" in found:
        trial.metrics["largest_pixels"] = found["largest"] + network
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
        gaps, total = await inpage.unused_css(panel)
        by_source = trial.places.styles(panel.bundle.css.decode("utf-8", "replace"), gaps)
    unused = trial.metrics["unused_css"] = sum(end - start for start, end in gaps)
    if total and unused > UNUSED_BYTES and unused > UNUSED_SHARE * total:
        text = _(f"{unused:,} of {total:,} bytes of index.css matched nothing at the start")
        where = ", ".join(f"{name} ({size:,} B)" for name, size in list(by_source.items())[:MOST_PLACES])
        trial.add("unused-css", text, where, _("Import the styles of the components that are used."))


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
                place = trial.places.property(prop.id)
                where = f"{prop.id} ({place})" if place else prop.id
                trial.add("property-ignored", text, where, _("Show it, or take it out of the thing model."))
        trial.take_problems(panel, "throws", _("while the device reported"))
        if trial.engine == CHROMIUM and (busiest := _busiest(model)):
            await leaks(trial, world, panel, *busiest)


def _busiest(model: ThingModel) -> tuple[str, list[Any]] | None:
    """Return the property that reports many times, and its values."""
    found = next(iter(model.properties), None)
    return (found.id, samples(model, found.id, random.Random(1))) if found else None  # noqa: S311


async def frames(trial: AuditTrial) -> None:
    """Reports are drawn in time, and a tap is answered soon."""
    async with trial.opened() as (world, panel):
        if busiest := _busiest(world.device.model):
            await _stutter(trial, world, panel, *busiest)
        panel.problems.clear()  # those of reports are another check's
        took, limit = await _tap(trial, panel)
    if took > limit:  # the machine may have had something else to do just then
        async with trial.opened() as (_rest, panel):
            took, limit = min((took, limit), await _tap(trial, panel))
    if took > limit:
        text = _(f"the first thing to tap answers after {took:.0f} ms")
        trial.add("slow-tap", text, "", _("Show the answer first, and do what takes long after it."))


async def _tap(trial: AuditTrial, panel: Panel) -> tuple[float, float]:
    """Return the ms until a tap is answered, 0 without anything to tap, and from which on that is late."""
    took = await inpage.tap(panel, trial.profile.cpu)
    trial.take_problems(panel, "throws", _("when it was tapped"))
    if took is not None:
        trial.metrics["tap"] = min(took, trial.metrics.get("tap", took))
    if took is None or took <= TAP_MS:
        return took or 0, TAP_MS
    idle = _slow_frame(await inpage.frames(panel, trial.profile.cpu, asyncio.sleep(IDLE_S)))
    return took, max(TAP_MS, BUSIER * 4 * idle)


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


async def access(trial: AuditTrial) -> None:
    """axe-core finds nothing, light or dark; nothing is cut on a narrow phone or by large letters."""
    for scheme in ("light", "dark"):
        async with trial.opened(color_scheme=scheme) as (_rest, panel):
            if scheme == "dark":
                trial.pictures[marked("dark")] = await panel.picture()
            await _axe(trial, panel, scheme)
            if scheme == "light":
                await _large_font(trial, panel)
    async with trial.opened(viewport=NARROW) as (_rest, panel):
        for item in await inpage.cut_texts(panel):
            where = trial.at(item["where"], item["text"])
            trial.add("narrow", item["what"], where, _("Let it wrap, or give it room (min-width, flex)."))
        trial.pictures["320 px"] = await panel.picture()


async def _large_font(trial: AuditTrial, panel: Panel) -> None:
    usual = {item["where"] for item in await inpage.cut_texts(panel)}
    for item in await inpage.cut_texts(panel, LARGE_FONT):
        if item["where"] not in usual:
            fix = _("Let boxes grow with their text: min-height in place of height.")
            trial.add("large-font", item["what"], trial.at(item["where"], item["text"]), fix)
    trial.pictures["130 %"] = await panel.picture()


async def _axe(trial: AuditTrial, panel: Panel, scheme: str) -> None:
    if trial.axe is None:
        if scheme == "light":
            trial.notes.append(
                _("Accessibility was not checked: axe-core needs Node.js, which was not found.")
            )
        return
    seen = {finding.where for finding in trial.findings}
    rules = ["color-contrast"] if scheme == "dark" else []  # what else is wrong is so in light, too
    for item in await violations(panel, trial.axe, rules):
        where = ", ".join(trial.at(selector) for selector in item["nodes"])
        text = f"{item['help']} ({item['id']})"
        if scheme == "dark":
            if where not in seen:
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
    chinese = {run for text in shown["zh-CN"] for run in _CJK.findall(text)}
    left = [text for text in sorted(shown["en-US"]) if chinese.intersection(_CJK.findall(text))]
    left = [text for text in left if text not in LANGUAGES]
    own = [text for text in left if not _of_model(text, model_words)]
    fix = _("Read them from a table by navigator.language.")
    for text in own[:MOST_TEXTS]:
        what = _(f"“{text[:40]}” stays Chinese on an English phone")
        trial.add("untranslated", what, trial.places.shown(text), fix)
    if len(own) > MOST_TEXTS:
        trial.add("untranslated", _(f"and so do {len(own) - MOST_TEXTS} others"), "", fix)
    if words_left := [text for text in left if text not in own]:
        listed = ", ".join(f"“{text[:20]}”" for text in sorted(words_left, key=len)[:MOST_PLACES])
        trial.notes.append(
            _(
                f"Words of the thing model stay Chinese on an English phone ({len(words_left)}): {listed}. "
                "Where the product is sold abroad, translate them: devkit new --with i18n shows how."
            )
        )


def _of_model(text: str, model_words: str) -> bool:
    """Tell whether the Chinese in a text is the thing model's, with numbers or units around it."""
    return all(part in model_words for part in _CJK.findall(text))


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
