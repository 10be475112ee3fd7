"""What is kept of a failed test: its story, the stack of a busy panel, and a screenshot."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.language import _, marked
from devkit.private_files import write_private
from devkit.testing.page.driver import within

if TYPE_CHECKING:
    import pytest

    from devkit.testing.page.panel import Panel
    from devkit.testing.world.world import World

SECONDS = 3.0
TITLE, SCREENSHOT = marked("What happened in the panel's test"), marked("Screenshot")


def slug(nodeid: str) -> str:
    """Return a file name for a test."""
    return re.sub(r"[^\w.-]+", "-", nodeid).strip("-")[-150:]


def attach(world: World, item: pytest.Item, report: pytest.TestReport) -> None:
    """Add what helps to a report; screenshots of passed tests are kept for an HTML report alone."""
    wanted = report.failed or any(map(item.config.getoption, ("--panel-report", "--panel-shard")))
    if not wanted or (report.when == "setup" and not report.failed):
        return
    if report.failed:
        text = str(report.longrepr)
        if "What happened:" not in text:
            report.sections.append((_(TITLE), world.lab.run(_told(world))))
        report.user_properties.append(("panel_device", _devices(world)))
    output = world.lab.options.output if world.lab.options else Path("test-results")
    for panel in world.panels:
        if report.failed and (trace := panel.trace_file):
            report.user_properties.append(("panel_trace", str(trace)))
        path = world.lab.run(_kept_picture(panel, output / slug(item.nodeid)))
        if path is not None:
            report.user_properties.append(("panel_screenshot", str(path)))
            if report.failed:
                report.sections.append((_(SCREENSHOT), str(path)))


def _devices(world: World) -> dict[str, Any]:
    """Return how each device of the test is: online, and its values."""
    devices = world.transport.bench.snapshot()["devices"]
    return {name: {key: device[key] for key in ("online", "properties")} for name, device in devices.items()}


async def _told(world: World) -> str:
    stacks = [await panel.running_stack() for panel in world.panels]
    busy = [_(f"The panel's script is busy:\n{stack}") for stack in stacks if stack]
    problems = [panel.problem_text() for panel in world.panels if panel.problems]
    return "\n".join([*busy, *problems, world.story()])


async def _kept_picture(panel: Panel, folder: Path) -> Path | None:
    if panel.closed:
        return None
    path = folder / f"{slug(panel.name)}.png"
    picture: Any = None
    with contextlib.suppress(Exception):
        picture = await within(SECONDS, panel.picture())
    if picture is None:
        return None
    await asyncio.to_thread(_write, path, picture)
    return path


def _write(path: Path, content: bytes) -> None:
    write_private(path, content, parents=True)
