"""shots.yaml: the states of a panel to be shown, on which devices, in which themes and languages."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devkit.errors import ProjectFileError, SettingsError
from devkit.language import _
from devkit.testing.run.presets import preset
from devkit.testing.world.spec import check_field
from devkit.transport.acts import ACTS

TOP_KEYS = ("devices", "states", "title", "full_page", "themes", "languages")
STATE_KEYS = ("name", "steps")
DEVICE_STEPS: Mapping[str, Callable[[Any], tuple[str, Sequence[Mapping[str, Any]] | None]]] = {
    "report": lambda value: ("report", ACTS["report"].bodies(value)),
    "event": lambda value: ("event", ACTS["event"].bodies(value)),
    "offline": lambda value: ("status", [{"online": False}]),
    "online": lambda value: ("status", [{"online": True}]),
    "fault": lambda value: ("fault", ACTS["fault"].bodies(value)),
}
"""Steps that the device takes: {name: what gives the act and the bodies to perform it with}."""
PAGE_STEPS = {"click": '"text" / {selector: "css"}', "wait_for": '"text"'}
STEPS = ("click", *DEVICE_STEPS, "wait_for")
FIRST_DEVICE = "iphone-x"
EXAMPLE = "states:\n  - name: on\n    data: {power_switch: 1}"


@dataclass(frozen=True)
class ShotState:
    """One row of a sheet: fields of PanelSpec, and steps to take once the panel is open.

    line: where it begins in the file, from 1.
    """

    name: str
    spec: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]] = ()
    line: int = 0


@dataclass(frozen=True)
class Sheet:
    """What a YAML file asks for; devices are its columns, each with its theme and language."""

    title: str
    devices: Sequence[str]
    states: Sequence[ShotState]
    full_page: bool = False


@dataclass(frozen=True)
class _Lines:
    """Where the parts of a file begin."""

    path: Path
    top: Mapping[str, int] = field(default_factory=dict)
    states: Sequence[int] = ()

    def error(self, message: str, hint: str = "", line: int | None = None) -> ProjectFileError:
        return ProjectFileError(message, hint, file=self.path, line=line)


def read_sheet(path: Path) -> Sheet:
    """Read a YAML file.

    Errors: ProjectFileError naming the file, the line, the entry and the nearest key.
    """
    try:
        return parse_sheet(path.read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectFileError(
            _(f"it cannot be read: {reason}."), _("Write a first one with: devkit shots --init"), file=path
        ) from error


def parse_sheet(text: str, path: Path) -> Sheet:
    """Read the text of a file.

    Errors: ProjectFileError, as of read_sheet.
    """
    raw, lines = _load(text, path)
    if not isinstance(raw, dict) or not isinstance(raw.get("states"), list) or not raw["states"]:
        at = lines.top.get("states")
        raise lines.error(_("it must have a list of states."), _(f"Write for example:\n{EXAMPLE}"), at)
    for key in raw:
        if key not in TOP_KEYS:
            raise _unknown(lines, "", str(key), TOP_KEYS, lines.top.get(str(key)))
    devices = _columns(raw, lines)
    _check_values(lines, "", raw.get("title"), lines.top.get("title"))
    states = [_state(lines, number, item) for number, item in enumerate(raw["states"], 1)]
    return Sheet(str(raw.get("title") or path.stem), devices, states, bool(raw.get("full_page")))


def _load(text: str, path: Path) -> tuple[Any, _Lines]:
    import yaml

    try:
        loader = sheet_loader()(text)
        node = loader.get_single_node()
        raw = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or str(error)
        raise ProjectFileError(
            _(f"this is not YAML: {words}."),
            _("The file may be half-written; save it again when it is whole."),
            file=path,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    if not isinstance(node, yaml.MappingNode):
        return raw, _Lines(path)
    keys = [str(pair[0].value) for pair in node.value]
    for place, (key, _value) in enumerate(node.value):
        if keys[place] in keys[:place]:
            raise _Lines(path).error(_(f"it has {keys[place]!r} twice."), line=key.start_mark.line + 1)
    top = {str(pair[0].value): pair[0].start_mark.line + 1 for pair in node.value}
    states = next((value for key, value in node.value if key.value == "states"), None)
    items = states.value if isinstance(states, yaml.SequenceNode) else []
    return raw, _Lines(path, top, [item.start_mark.line + 1 for item in items])


@functools.cache
def sheet_loader() -> Any:
    """Return a safe loader that takes on, off, yes, no and dates as texts: they are good names of states."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Know true and false alone as booleans, and no dates."""

    boolean, date = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag not in (boolean, date)]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(boolean, re.compile("^(true|false)$"), list("tf"))
    return Loader


def _columns(raw: Mapping[str, Any], lines: _Lines) -> list[str]:
    """Return every device in every theme and language, checked."""
    columns = _texts(raw, "devices", lines) or [FIRST_DEVICE]
    for key in ("themes", "languages"):
        if traits := _texts(raw, key, lines):
            columns = [f"{column}:{trait}" for column in columns for trait in traits]
    for column in columns:
        try:
            preset(column)
        except SettingsError as error:
            raise lines.error(error.message, error.hint, lines.top.get("devices")) from None
    return list(dict.fromkeys(columns))


def _texts(raw: Mapping[str, Any], key: str, lines: _Lines) -> list[str]:
    given = raw.get(key) or []
    if isinstance(given, list) and all(isinstance(item, str | int) for item in given):
        return [str(item) for item in given]
    raise lines.error(_(f"{key} must be a list of names, not {given!r:.100}."), line=lines.top.get(key))


def _state(lines: _Lines, number: int, item: object) -> ShotState:
    where, line = _(f"state {number}: "), lines.states[number - 1]
    if not isinstance(item, dict):
        raise lines.error(
            where + _(f"it must be a mapping, not {item!r}."), _(f"Write for example:\n{EXAMPLE}"), line
        )
    _check_values(lines, where, item, line)
    spec = {str(key): value for key, value in item.items() if key not in STATE_KEYS}
    try:
        for key, value in spec.items():
            check_field(key, value)
    except SettingsError as error:
        raise lines.error(where + error.message, error.hint, line) from None
    steps = item.get("steps") or []
    if not isinstance(steps, list):
        raise lines.error(where + _(f"steps must be a list, not {steps!r:.100}."), line=line)
    for step in steps:
        _check_step(lines, where, line, step)
    return ShotState(str(item.get("name") or f"state {number}"), spec, steps, line)


def _check_values(lines: _Lines, where: str, value: object, line: int | None) -> None:
    """Refuse what is no JSON, such as NaN or bytes: devices and the console's page cannot be told of it."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise lines.error(where + _(f"a value cannot be used: {error}."), line=line) from None


def _check_step(lines: _Lines, where: str, line: int, step: object) -> None:
    if not isinstance(step, dict) or len(step) != 1:
        raise lines.error(
            where + _(f"a step is one of {', '.join(STEPS)} with its value, not {step!r}."), line=line
        )
    ((name, value),) = step.items()
    if name not in STEPS:
        raise _unknown(lines, where, str(name), STEPS, line)
    if name in PAGE_STEPS and not _is_target(value, selects=name == "click"):
        raise lines.error(where + _(f"{name} takes {PAGE_STEPS[name]}, not {value!r:.100}."), line=line)
    if name in DEVICE_STEPS and DEVICE_STEPS[name](value)[1] is None:
        raise lines.error(where + _(f"{name} takes {_(ACTS[name].takes)}, not {value!r:.100}."), line=line)


def _is_target(value: object, *, selects: bool) -> bool:
    """Tell whether a step of the page can take a value: what is read as a number is shown as a text, too."""
    if isinstance(value, dict) and selects:
        return list(value) == ["selector"] and isinstance(value["selector"], str)
    return isinstance(value, str | int | float)


def _unknown(lines: _Lines, where: str, key: str, known: Sequence[str], line: int | None) -> SettingsError:
    import difflib

    close = difflib.get_close_matches(key, known, n=1)
    hint = _(f"Did you mean {close[0]}?") if close else _(f"Known: {', '.join(known)}.")
    return lines.error(where + _(f"there is no {key!r}."), hint, line)
