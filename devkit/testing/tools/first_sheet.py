"""Writing shots.yaml: a first one from the thing model, and a state more, with all comments kept."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import ServeError, SettingsError
from devkit.language import _, marked
from devkit.model.defines import BoolDefine, EnumDefine, NumberDefine, StringDefine
from devkit.testing.run.report import replace_text
from devkit.testing.tools.sheet import FIRST_DEVICE, parse_sheet, sheet_loader

if TYPE_CHECKING:
    from devkit.model import ThingModel
    from devkit.model.thing_model import Property

MOST_STATES = 60
LONG_TEXT = 32
KINDS = {"fault": marked("fault"), "alert": marked("alert")}
"""Events that a panel shows, and their words."""
TOLD = marked(
    "States of the panel: `devkit shots` takes their pictures, `devkit shots --watch` shows them live."
)
HEAD = f"""\
# {{told}}
title: {{title}}
devices: [{FIRST_DEVICE}]
# devices: [iphone-se, android, ipad, 375x667]
# themes: [light, dark]
# languages: [zh-CN, en-US]
states:
"""

State = dict[str, Any]


def first_sheet(model: ThingModel, title: str) -> str:
    """Return a first shots.yaml: one state for each value of the thing model that is worth a look."""
    states = [{"name": _("defaults")}, *_of_properties(model), *_of_events(model)]
    kept = states[: MOST_STATES - 1]
    text = _head(title) + "".join(_item(state, "  ") for state in kept)
    text += _item({"name": _("offline"), "online": False}, "  ")
    if len(states) > len(kept):
        told = _(f"The thing model has {len(states) - len(kept)} more values; add those that matter.")
        text += f"  # {told}\n"
    return text


def _head(title: str) -> str:
    return HEAD.format(title=_scalar(title), told=_(TOLD))


def _of_properties(model: ThingModel) -> Iterator[State]:
    defaults = model.defaults()
    for item in model.properties:
        for value, word in _values(item):
            if value != defaults.get(item.id):
                yield {"name": " ".join(f"{item.id} {word}".split()), "data": {item.id: value}}


def _values(item: Property) -> Iterator[tuple[Any, str]]:
    """Yield the interesting values of a property with a word for each."""
    define = item.define
    if isinstance(define, BoolDefine):
        for number in (0, 1):
            yield number, f"{number} {define.labels.get(str(number), '')}"
    elif isinstance(define, EnumDefine):
        for key, label in define.mapping.items():
            yield (int(key) if define.numeric else key), f"{key} {label}"
    elif isinstance(define, NumberDefine):
        for word, limit in ((_("min"), define.minimum), (_("max"), define.maximum)):
            if limit is not None:
                yield _number(limit, whole=define.whole), word
    elif isinstance(define, StringDefine):
        longest = int(define.maximum) if define.maximum is not None else LONG_TEXT
        name = _("Longest name ")
        yield (name * LONG_TEXT)[: min(longest, LONG_TEXT)].strip(), _("long")


def _number(limit: Decimal, *, whole: bool) -> int | float:
    return int(limit) if whole else float(limit)


def _of_events(model: ThingModel) -> Iterator[State]:
    """Yield a state for each event that is a fault or an alert: the panel is open when it comes."""
    for event in model.events:
        if event.type in KINDS:
            params = {param.id: param.define.default() for param in event.params}
            yield {"name": f"{_(KINDS[event.type])} {event.id}", "steps": [{"event": {event.id: params}}]}


def write_sheet_file(path: Path, text: str, *, force: bool = False) -> None:
    """Write a new shots.yaml, checked.

    Errors: SettingsError when there is one already, or it cannot be written.
    """
    parse_sheet(text, path)
    if path.exists() and not force:
        raise SettingsError(_(f"{path} exists."), _("Overwrite it with: devkit shots --init --force"))
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, text)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell of a file that cannot be read or written."""
    try:
        yield
    except OSError as error:
        raise SettingsError(
            _(f"{path} cannot be written: {error.strerror}."), _("Make its folder one that you may write to.")
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(_(f"{path.name} cannot be read: {error}.")) from error


def state_of(device: Mapping[str, Any]) -> State:
    """Return what a device of a snapshot has other than a new one."""
    from devkit.model import read_model

    defaults = read_model(json.dumps(device["model"])).defaults()
    data = {name: value for name, value in device["properties"].items() if defaults.get(name) != value}
    return {**({"data": data} if data else {}), **({} if device["online"] else {"online": False})}


def add_state(path: Path, name: str, state: State) -> str:
    """Add a state behind the last one and keep all else as it is written; return its name.

    name: "" for a new one. Errors: ProjectFileError, SettingsError where it cannot be written, and ServeError
    for a name that is taken.
    """
    with _told(path):
        return _added(path, name, state)


def _added(path: Path, name: str, state: State) -> str:
    if not path.exists():
        replace_text(path, _head(path.parent.name or _("Panel")) + _item({"name": _("defaults")}, "  "))
    text = path.read_bytes().decode("utf-8")
    names = {item.name for item in parse_sheet(text, path).states}
    numbers = (_(f"state {number}") for number in range(len(names) + 1, 2 * len(names) + 2))
    name = " ".join(name.split()) or next(item for item in numbers if item not in names)
    if name in names:
        raise ServeError(_(f"{path.name} has a state {name!r} already."), _("Give the new one another name."))
    added = _inserted(text, {"name": name, **state})
    if [item.name for item in parse_sheet(added, path).states][-1] != name:
        raise ServeError(
            _(f"{path.name} is written in a way that devkit cannot add to."), _("Add the state by hand.")
        )
    replace_text(path, added)
    return name


def _inserted(text: str, state: State) -> str:
    """Return the text of a sheet with a state behind its last one."""
    loader = sheet_loader()(text)
    root = loader.get_single_node()
    sequence = next(value for key, value in root.value if key.value == "states")
    end = _end(sequence.value[-1])
    if sequence.flow_style:
        return f"{text[:end]}, {_flow(state)}{text[end:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    line_end = text.find("\n", end)
    if text[end - 1] == "\n":  # behind a block of text
        end = len(text[:end].rstrip()) + len(newline)
    elif line_end < 0:
        text, end = text + newline, len(text) + len(newline)
    else:
        end = line_end + 1
    indent = " " * sequence.start_mark.column
    item = _item(state, indent).replace("\n", newline)
    return text[:end] + item + text[end:]


def _end(node: Any) -> int:
    """Return where the text of a node ends, without what stands between it and the next one."""
    parts = node.value
    if isinstance(parts, str) or node.flow_style or not parts:
        return int(node.end_mark.index)
    last = parts[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _item(state: State, indent: str) -> str:
    """Return a state as an item of a list."""
    lines = []
    for key, value in state.items():
        if key == "steps":
            lines += ["steps:", *(f"  - {_flow(step)}" for step in value)]
        else:
            lines.append(f"{key}: {_flow(value) if isinstance(value, dict | list) else _scalar(value)}")
    return f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"


def _flow(value: Any) -> str:
    import yaml

    plain = json.dumps(
        value, ensure_ascii=False, default=str
    ).isprintable()  # else what breaks lines is written out
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=plain, sort_keys=False, width=sys.maxsize
    )
    return text.strip()


def _scalar(value: Any) -> str:
    return _flow([value])[1:-1]
