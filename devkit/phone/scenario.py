"""Scenarios: a virtual device written in Python, or a timeline of reports, events and faults in YAML.

Python: a file (or module:Class) with a subclass of devkit.cloud.VirtualDevice.
YAML: {loop: bool, steps: [{after, and one of report, event, online, provision, fault, firmware}]};
docs/sdk.md shows it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devkit.errors import DevkitError, SettingsError
from devkit.language import _
from devkit.phone.classes import classes_of, load_source, split_class
from devkit.timeline.kinds import ScenarioRefusal
from devkit.timeline.timeline import Timeline
from devkit.transport.acts import STEPS, Body
from devkit.transport.base import JSON, DeviceBench, Transport

logger = logging.getLogger(__name__)

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min)?")
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, None: 1.0}
MIN_LOOP_SECONDS = 0.05


@dataclass(frozen=True)
class Step:
    """Wait `after` seconds, then do one act."""

    after: float
    act: str
    value: JSON
    bodies: Sequence[Body] = ()
    file: Path | None = None


@dataclass(frozen=True)
class Script:
    """A YAML scenario."""

    steps: tuple[Step, ...]
    loop: bool = False


def read_duration(value: object, where: str) -> float:
    """Return seconds: 2, "2s", "500ms" or "1 min".

    Errors: SettingsError.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise SettingsError(_(f"{where}: after must be a duration such as 500ms or 2s, not {value!r}."))
    return float(match[1]) * UNITS[match[2]]


def read_script(text: str, name: str, project: Path = Path()) -> Script:
    """Read a YAML scenario; files in it are relative to the project.

    Errors: SettingsError naming the step.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(_(f"{name}: this is not YAML: {error}")) from error
    steps = data.get("steps") if isinstance(data, dict) else None
    if not isinstance(steps, list) or not steps:
        raise SettingsError(
            _(f"{name}: a scenario needs a list of steps."), _("Start with `steps:`; see docs/sdk.md.")
        )
    unknown = set(data) - {"steps", "loop"}
    if unknown:
        raise SettingsError(_(f"{name}: unknown entry {min(map(str, unknown))!r}; known are steps and loop."))
    read = tuple(_step(step, _(f"{name}, step {number}"), project) for number, step in enumerate(steps, 1))
    return Script(read, loop=bool(data.get("loop", False)))


def _step(step: object, where: str, project: Path) -> Step:
    if not isinstance(step, dict):
        raise SettingsError(_(f"{where}: must be a mapping, not {step!r}."))
    acts = [str(name) for name in step if name != "after"]
    after = read_duration(step.get("after", 0), where)
    if not acts:
        return Step(after, "wait", None)
    if len(acts) > 1 or acts[0] not in STEPS:
        raise SettingsError(_(f"{where}: needs one of {', '.join(sorted(STEPS))}, not {', '.join(acts)}."))
    act, value = STEPS[acts[0]], step[acts[0]]
    bodies = act.bodies(value)
    if bodies is None:
        raise SettingsError(_(f"{where}: {act.step} takes {_(act.takes)}, not {value!r}."))
    has_file = act.step == "firmware" and isinstance(value, dict) and "file" in value
    if has_file:
        bodies = [{name: item for name, item in value.items() if name != "file"}]
    if problem := next(filter(None, map(act.problem, bodies)), ""):
        raise SettingsError(f"{where}: {problem}", _(f"{act.step} takes {_(act.takes)}."))
    file = _whole_path(value["file"], project, where) if has_file else None
    return Step(after, act.step, value, bodies, file)


def _whole_path(name: object, project: Path, where: str) -> Path:
    """Return where a firmware's file is.

    Errors: SettingsError for a file that is none.
    """
    if not isinstance(name, str):
        raise SettingsError(_(f"{where}: file: {name!r} must be a text in quotes."))
    if not (project / name).is_file():
        raise SettingsError(_(f"{where}: there is no file {project / name}."))
    return project / name


class Scenario:
    """A scenario at work on one device."""

    def __init__(self, transport: Transport, timeline: Timeline, device_id: str) -> None:
        self._transport = transport
        self._timeline = timeline
        self._device_id = device_id
        self._task: asyncio.Task[None] | None = None

    async def start(self, spec: str, project: Path) -> None:
        """Start what the setting `scenario` names.

        Errors: SettingsError.
        """
        bench = self._transport.bench
        if bench is None:
            raise SettingsError(
                _("A scenario needs the local transport; the real cloud's devices are not ours."),
                _("Leave --scenario out, or use --transport local."),
            )
        if spec.endswith((".yaml", ".yml")):
            script = read_script(_text(project / spec), spec, project)
            self._task = asyncio.create_task(self._run(bench, script), name="scenario")
        else:
            bench.script(self._device_id, load_device(spec, project))

    async def aclose(self) -> None:
        """Stop a YAML scenario."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, bench: DeviceBench, script: Script) -> None:
        while True:
            for step in script.steps:
                await asyncio.sleep(step.after)
                if step.act != "wait":
                    await self._perform(bench, step)
            if not script.loop:
                return
            await asyncio.sleep(MIN_LOOP_SECONDS)

    async def _perform(self, bench: DeviceBench, step: Step) -> None:
        try:
            given = {"data": await asyncio.to_thread(step.file.read_bytes)} if step.file else {}
            for body in step.bodies:
                await STEPS[step.act].perform(bench, self._device_id, {**body, **given})
        except (DevkitError, OSError) as error:
            logger.warning("scenario: %s: %s", step.act, error)
            self._timeline.record(ScenarioRefusal(step.act, step.value, str(error)))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_(f"scenario: {file} cannot be read: {error}.")) from error


def load_device(spec: str, project: Path, setting: str = "scenario") -> type[Any]:
    """Return the virtual device class that file.py, file.py:Class or module:Class names.

    setting: what messages say that the name came from.
    Errors: SettingsError when it cannot be imported, or holds no such class.
    """
    place, wanted = split_class(spec)
    module = load_source(setting, place, project)
    found = [item for item in classes_of(module).values() if hasattr(item, "on_control")]
    if wanted:
        found = [item for item in found if item.__name__ == wanted]
    if len(found) != 1:
        names = ", ".join(item.__name__ for item in found) or "none"
        raise SettingsError(
            _(f"{setting}: {spec} must have one virtual device class, and has {names}."),
            _("Subclass devkit.cloud.VirtualDevice; of several, name one as file.py:Class."),
        )
    return found[0]
