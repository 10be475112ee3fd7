"""Contact sheets: a panel in every state of a YAML file, in one HTML page and one picture each."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError, PanelError, SettingsError
from devkit.testing.run.artifacts import slug
from devkit.testing.run.bundle import Bundle, build
from devkit.testing.run.open import open_lab
from devkit.testing.run.presets import preset
from devkit.testing.world.spec import check_field

if TYPE_CHECKING:
    from devkit.settings import Settings
    from devkit.testing.run.open import Room

TEMPLATE = Path(__file__).with_name("shots.html.j2")
TOP_KEYS = ("devices", "states", "title", "full_page")
STATE_KEYS = ("name", "steps")
STEPS = ("click", "report", "offline", "online", "wait_for")
EXAMPLE = "states:\n  - name: on\n    data: {power_switch: 1}"


@dataclass(frozen=True)
class ShotState:
    """One row of a sheet: fields of PanelSpec, and steps to take once the panel is open."""

    name: str
    spec: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Sheet:
    """What a YAML file asks for."""

    title: str
    devices: Sequence[str]
    states: Sequence[ShotState]
    full_page: bool = False


@dataclass(frozen=True)
class Shot:
    """One picture: file is where it is kept; error says why there is none."""

    state: str
    device: str
    file: Path | None = None
    error: str = ""


def read_sheet(path: Path) -> Sheet:
    """Read a YAML file.

    Errors: SettingsError naming the file, the entry and the nearest key.
    """
    import yaml

    try:
        raw = yaml.load(path.read_text("utf-8"), Loader=_loader())  # noqa: S506  a kind of SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: this is not YAML: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("states"), list) or not raw["states"]:
        raise SettingsError(f"{path}: it must have a list of states.", f"Write for example:\n{EXAMPLE}")
    for key in raw.keys() - set(TOP_KEYS):
        raise _unknown(f"{path}", str(key), TOP_KEYS)
    devices = [str(name) for name in raw.get("devices") or ["iphone-x"]]
    for name in devices:
        preset(name)
    states = [_state(path, number, item) for number, item in enumerate(raw["states"], 1)]
    return Sheet(str(raw.get("title") or path.stem), devices, states, bool(raw.get("full_page")))


def _loader() -> Any:
    """Return a safe loader that takes on, off, yes and no as texts: they are good names of states."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Know true and false alone as booleans."""

    boolean = "tag:yaml.org,2002:bool"
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != boolean]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(boolean, re.compile("^(true|false)$"), list("tf"))
    return Loader


def _state(path: Path, number: int, item: object) -> ShotState:
    where = f"{path}: state {number}"
    if not isinstance(item, dict):
        raise SettingsError(f"{where} must be a mapping, not {item!r}.", f"Write for example:\n{EXAMPLE}")
    spec = {str(key): value for key, value in item.items() if key not in STATE_KEYS}
    try:
        for key, value in spec.items():
            check_field(key, value)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error.message}", error.hint) from None
    steps = item.get("steps") or []
    for step in steps:
        if not isinstance(step, dict) or len(step) != 1:
            raise SettingsError(f"{where}: a step is one of {', '.join(STEPS)} with its value, not {step!r}.")
        if next(iter(step)) not in STEPS:
            raise _unknown(where, str(next(iter(step))), STEPS)
    return ShotState(str(item.get("name") or f"state {number}"), spec, steps)


def _unknown(where: str, key: str, known: Sequence[str]) -> SettingsError:
    import difflib

    close = difflib.get_close_matches(key, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}."
    return SettingsError(f"{where}: there is no {key!r}.", hint)


async def take(settings: Settings, sheet: Sheet, out: Path, options: Mapping[str, Any]) -> list[Shot]:
    """Take every picture of a sheet.

    options: js, css, model and browser_path of `devkit shots`.
    Errors: BuildError, BrowserError, SettingsError.
    """
    bundle = await build(settings) if not options.get("js") else _read(settings, options)
    spec = {"model": options["model"]} if options.get("model") else {}
    path = str(options.get("browser_path") or "")
    shots = []
    async with open_lab(settings.project, bundle=bundle, browser_path=path, **spec) as room:
        for state in sheet.states:
            for device in sheet.devices:
                shots.append(await _shoot(room, state, device, out, full_page=sheet.full_page))
    return shots


def _read(settings: Settings, options: Mapping[str, Any]) -> Bundle:
    css = Path(options["css"]) if options.get("css") else None
    return Bundle.read(Path(options["js"]), css, project=settings.project)


async def _shoot(room: Room, state: ShotState, device: str, out: Path, *, full_page: bool) -> Shot:
    try:
        async with room.world(**{**state.spec, **preset(device)}) as world:
            panel = await world.open_panel()
            for step in state.steps:
                ((name, value),) = step.items()
                await _STEPS[name](world, panel, value)
            await world.settle()
            picture = await panel.picture(full_page=full_page)
    except DevkitError as error:
        return Shot(state.name, device, error=error.message)
    file = out / f"{slug(state.name)}-{slug(device)}.png"
    await asyncio.to_thread(_write, file, picture)
    return Shot(state.name, device, file)


async def _click(world: Any, panel: Any, target: Any) -> None:
    from playwright.async_api import Error

    page = panel.slot.page
    item = page.locator(target["selector"]) if isinstance(target, dict) else page.get_by_text(str(target))
    try:
        await item.first.click()
    except Error as error:
        raise PanelError(f"click {target!r}: {error.message.splitlines()[0]}") from error


async def _wait_for(world: Any, panel: Any, text: Any) -> None:
    from playwright.async_api import Error

    try:
        await panel.slot.page.get_by_text(str(text)).first.wait_for()
    except Error as error:
        raise PanelError(f"the panel never showed {text!r}") from error


async def _report(world: Any, panel: Any, values: Any) -> None:
    await world.device.report(values)


async def _offline(world: Any, panel: Any, _: Any) -> None:
    await world.device.go_offline()


async def _online(world: Any, panel: Any, _: Any) -> None:
    await world.device.go_online()


_STEPS: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "click": _click,
    "report": _report,
    "offline": _offline,
    "online": _online,
    "wait_for": _wait_for,
}


def write_sheet(path: Path, sheet: Sheet, shots: Sequence[Shot]) -> None:
    """Write the page that shows every picture: a row for each state, a column for each device."""
    from jinja2 import Environment

    rows: dict[str, list[dict[str, str]]] = {}
    for shot in shots:
        data = ""
        if shot.file:
            data = f"data:image/png;base64,{base64.b64encode(shot.file.read_bytes()).decode()}"
        rows.setdefault(shot.state, []).append({"device": shot.device, "data": data, "error": shot.error})
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    page = template.render(title=sheet.title, devices=sheet.devices, rows=rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
