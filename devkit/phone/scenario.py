"""Scenarios: a virtual device written in Python, or a timeline of reports, events and faults in YAML.

Python: a file (or module:Class) with a subclass of devkit.cloud.VirtualDevice.
YAML: {loop: bool, steps: [{after, and one of report, event, online, fault, firmware}]}; docs/sdk.md shows it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from devkit.errors import DevkitError, SettingsError
from devkit.phone.classes import classes_of, load_source, split_class
from devkit.timeline.timeline import Timeline
from devkit.transport.base import Transport

logger = logging.getLogger(__name__)

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min)?")
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, None: 1.0}
MIN_LOOP_SECONDS = 0.05


@dataclass(frozen=True)
class Step:
    """Wait `after` seconds, then do one act."""

    after: float
    act: str
    value: Any


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
        raise SettingsError(f"{where}: after must be a duration such as 500ms or 2s, not {value!r}.")
    return float(match[1]) * UNITS[match[2]]


def read_script(text: str, name: str) -> Script:
    """Read a YAML scenario.

    Errors: SettingsError naming the step.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{name}: {error}") from error
    steps = data.get("steps") if isinstance(data, dict) else None
    if not isinstance(steps, list) or not steps:
        raise SettingsError(
            f"{name}: a scenario needs a list of steps.", "Start with `steps:`; see docs/sdk.md."
        )
    unknown = set(data) - {"steps", "loop"}
    if unknown:
        raise SettingsError(f"{name}: unknown entry {min(map(str, unknown))!r}; known are steps and loop.")
    read = tuple(_step(step, f"{name}, step {number}") for number, step in enumerate(steps, 1))
    return Script(read, loop=bool(data.get("loop", False)))


def _step(step: object, where: str) -> Step:
    if not isinstance(step, dict):
        raise SettingsError(f"{where}: must be a mapping, not {step!r}.")
    acts = [str(name) for name in step if name != "after"]
    after = read_duration(step.get("after", 0), where)
    if not acts:
        return Step(after, "wait", None)
    if len(acts) > 1 or acts[0] not in ACTS:
        raise SettingsError(f"{where}: needs one of {', '.join(sorted(ACTS))}, not {', '.join(acts)}.")
    value = step[acts[0]]
    kind = ACTS[acts[0]].kind
    if not isinstance(value, kind):
        raise SettingsError(f"{where}: {acts[0]} takes {ACTS[acts[0]].takes}, not {value!r}.")
    return Step(after, acts[0], value)


async def _report(bench: Any, device_id: str, value: Any) -> None:
    await bench.report(device_id, value)


async def _event(bench: Any, device_id: str, value: Any) -> None:
    for event_id, params in value.items():
        await bench.post_event(device_id, event_id, params or {})


async def _online(bench: Any, device_id: str, value: Any) -> None:
    await bench.set_online(device_id, online=value)


async def _fault(bench: Any, _: str, value: Any) -> None:
    bench.set_fault(value)


async def _firmware(bench: Any, device_id: str, value: Any) -> None:
    given = {"version": value} if isinstance(value, str) else dict(value)
    file = given.pop("file", None)
    data = await asyncio.to_thread(Path(file).read_bytes) if file else None
    await bench.offer_firmware(device_id, given.pop("version"), data, **given)


@dataclass(frozen=True)
class Act:
    """One kind of step: what it does, and what it takes."""

    perform: Callable[[Any, str, Any], Awaitable[None]]
    kind: type | tuple[type, ...]
    takes: str


ACTS: Mapping[str, Act] = {
    "report": Act(_report, dict, "{property: value}"),
    "event": Act(_event, dict, "{event: {parameter: value}}"),
    "online": Act(_online, bool, "true or false"),
    "fault": Act(_fault, dict, "{latency_ms, drop, errors, firmware}, or {} for none"),
    "firmware": Act(_firmware, (str, dict), "a version in quotes, or {version, file, description, md5}"),
}
FIRMWARE_ENTRIES = {"version", "file", "description", "md5"}


def _with_files(script: Script, project: Path, name: str) -> Script:
    """Return a scenario with the paths of its firmware files made whole.

    Errors: SettingsError for a firmware with unknown entries, without a version or with a missing file.
    """
    steps = []
    for number, step in enumerate(script.steps, 1):
        if step.act != "firmware" or not isinstance(step.value, dict):
            steps.append(step)
            continue
        entries = {str(key): text for key, text in step.value.items()}
        where = f"{name}, step {number}"
        if entries.keys() - FIRMWARE_ENTRIES or "version" not in entries:
            known = ", ".join(sorted(FIRMWARE_ENTRIES))
            raise SettingsError(f"{where}: firmware needs version, and may have {known}; not {step.value!r}.")
        wrong = next((text for text in entries.values() if not isinstance(text, str)), None)
        if wrong is not None:
            raise SettingsError(f"{where}: {wrong!r} must be a text in quotes.")
        if "file" in entries:
            entries["file"] = str(project / entries["file"])
            if not Path(entries["file"]).is_file():
                raise SettingsError(f"{where}: there is no file {entries['file']}.")
        steps.append(replace(step, value=entries))
    return replace(script, steps=tuple(steps))


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
        bench: Any = self._transport.bench
        if bench is None:
            raise SettingsError(
                "A scenario needs the local transport; the real cloud's devices are not ours.",
                "Leave --scenario out, or use --transport local.",
            )
        if spec.endswith((".yaml", ".yml")):
            script = _with_files(read_script(_text(project / spec), spec), project, spec)
            self._task = asyncio.create_task(self._run(bench, script), name="scenario")
        else:
            bench.script(self._device_id, load_device(spec, project))

    async def aclose(self) -> None:
        """Stop a YAML scenario."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, bench: Any, script: Script) -> None:
        while True:
            for step in script.steps:
                await asyncio.sleep(step.after)
                if step.act != "wait":
                    await self._perform(bench, step)
            if not script.loop:
                return
            await asyncio.sleep(MIN_LOOP_SECONDS)

    async def _perform(self, bench: Any, step: Step) -> None:
        try:
            await ACTS[step.act].perform(bench, self._device_id, step.value)
        except DevkitError as error:
            logger.warning("scenario: %s: %s", step.act, error)
            self._timeline.record("scenario", {"act": step.act, "value": step.value, "error": str(error)})


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"scenario: {file} cannot be read: {error}.") from error


def load_device(spec: str, project: Path) -> type[Any]:
    """Return the virtual device class that file.py, file.py:Class or module:Class names.

    Errors: SettingsError when it cannot be imported, or holds no such class.
    """
    place, wanted = split_class(spec)
    module = load_source("scenario", place, project)
    found = [item for item in classes_of(module).values() if hasattr(item, "on_control")]
    if wanted:
        found = [item for item in found if item.__name__ == wanted]
    if len(found) != 1:
        names = ", ".join(item.__name__ for item in found) or "none"
        raise SettingsError(
            f"scenario: {spec} must have one virtual device class, and has {names}.",
            "Subclass devkit.cloud.VirtualDevice; of several, name one as file.py:Class.",
        )
    return found[0]
