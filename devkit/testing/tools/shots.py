"""Contact sheets: a panel in every state of a YAML file, in one HTML page and one picture each."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError, PanelError
from devkit.language import _
from devkit.testing.run.artifacts import slug
from devkit.testing.run.bundle import Bundle, build
from devkit.testing.run.open import open_lab
from devkit.testing.run.presets import preset
from devkit.testing.tools.sheet import DEVICE_STEPS, Sheet, ShotState
from devkit.transport.acts import ACTS

if TYPE_CHECKING:
    from devkit.settings import Settings
    from devkit.testing.run.open import Room

TEMPLATE = Path(__file__).with_name("shots.html.j2")


@dataclass(frozen=True)
class Shot:
    """One picture: file is where it is kept; error says why there is none."""

    state: str
    device: str
    file: Path | None = None
    error: str = ""


async def take(settings: Settings, sheet: Sheet, out: Path, options: Mapping[str, Any]) -> list[Shot]:
    """Take every picture of a sheet.

    options: js, css, model and browser_path of `devkit shots`.
    Errors: BuildError, BrowserError, SettingsError.
    """
    bundle = await build(settings) if not options.get("js") else _read(settings, options)
    spec = {"model": options["model"]} if options.get("model") else {}
    path = str(options.get("browser_path") or "")
    shots: list[Shot] = []
    used: set[str] = set()
    async with open_lab(settings.project, bundle=bundle, browser_path=path, **spec) as room:
        for state in sheet.states:
            for device in sheet.devices:
                file = out / f"{_unused(f'{slug(state.name)}-{slug(device)}', used)}.png"
                shots.append(await _shoot(room, state, device, file, full_page=sheet.full_page))
    return shots


def _unused(name: str, used: set[str]) -> str:
    """Return a name, with a number where states with other signs or letters have had it before."""
    found, number = name, 1
    while found.casefold() in used:
        number += 1
        found = f"{name}-{number}"
    used.add(found.casefold())
    return found


def _read(settings: Settings, options: Mapping[str, Any]) -> Bundle:
    css = Path(options["css"]) if options.get("css") else None
    return Bundle.read(Path(options["js"]), css, project=settings.project)


async def _shoot(room: Room, state: ShotState, device: str, file: Path, *, full_page: bool) -> Shot:
    from playwright.async_api import Error

    try:
        async with room.world(**{**state.spec, **preset(device)}) as world:
            panel = await world.open_panel()
            for step in state.steps:
                ((name, value),) = step.items()
                if name in DEVICE_STEPS:
                    await _act(world, name, value)
                else:
                    await (_click if name == "click" else _wait_for)(panel, value)
            await world.settle()
            picture = await panel.picture(full_page=full_page)
    except DevkitError as error:
        return Shot(state.name, device, error=error.message)
    except Error as error:
        room.lab.check_browser()
        return Shot(state.name, device, error=error.message.splitlines()[0])
    await asyncio.to_thread(_write, file, picture)
    return Shot(state.name, device, file)


async def _click(panel: Any, target: Any) -> None:
    from playwright.async_api import Error

    page = panel.slot.page
    item = page.locator(target["selector"]) if isinstance(target, dict) else page.get_by_text(str(target))
    try:
        await item.first.click()
    except Error as error:
        raise PanelError(_(f"click {target!r}: {error.message.splitlines()[0]}")) from error


async def _wait_for(panel: Any, text: Any) -> None:
    from playwright.async_api import Error

    try:
        await panel.slot.page.get_by_text(str(text)).first.wait_for()
    except Error as error:
        raise PanelError(_(f"the panel never showed {text!r}")) from error


async def _act(world: Any, step: str, value: Any) -> None:
    act, bodies = DEVICE_STEPS[step](value)
    for body in bodies or ():
        await ACTS[act].perform(world.transport.bench, world.device.id, body)
    await world.settle()


def write_sheet(path: Path, sheet: Sheet, shots: Sequence[Shot]) -> None:
    """Write the page that shows every picture: a row for each state, a column for each device."""
    from jinja2 import Environment

    rows: list[tuple[str, list[dict[str, str]]]] = []
    for number, shot in enumerate(shots):
        data = ""
        if shot.file:
            data = f"data:image/png;base64,{base64.b64encode(shot.file.read_bytes()).decode()}"
        if number % len(sheet.devices) == 0:
            rows.append((shot.state, []))
        rows[-1][1].append({"device": shot.device, "data": data, "error": shot.error})
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    page = template.render(_=_, title=sheet.title, devices=sheet.devices, rows=rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
