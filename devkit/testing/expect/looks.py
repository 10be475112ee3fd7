"""How a panel looks: pictures kept beside the tests, and what differs from them."""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import SettingsError
from devkit.language import _
from devkit.testing.run.artifacts import slug
from devkit.testing.run.browsers import CHROMIUM

if TYPE_CHECKING:
    from PIL.Image import Image

    from devkit.testing.page.panel import Panel

FOLDER = "__screenshots__"
COLOUR_THRESHOLD = 0.15
"""How far apart two colours may be, 0 to 1, before a pixel counts as different."""
ATTEMPTS = 3


@dataclass(frozen=True)
class Comparison:
    """What two pictures have not in common: a share of the pixels, and a picture of them."""

    share: float
    difference: bytes
    reason: str = ""


def compare(kept: bytes, now: bytes) -> Comparison:
    """Compare two PNG pictures; antialiasing is not a difference."""
    if kept == now:
        return Comparison(0.0, b"")
    from PIL import Image
    from pixelmatch.contrib.PIL import pixelmatch

    old, new = _open(kept), _open(now)
    if old.size != new.size:
        reason = _(f"it is {new.width}x{new.height}, and was {old.width}x{old.height}")
        return Comparison(1.0, _side_by_side(old, new), reason)
    difference = Image.new("RGBA", old.size)
    count = pixelmatch(old, new, difference, threshold=COLOUR_THRESHOLD, includeAA=False)
    share = count / (old.width * old.height)
    return Comparison(share, _side_by_side(old, new, difference), _(f"{count} pixels ({share:.2%}) differ"))


def _open(picture: bytes) -> Image:
    from PIL import Image

    return Image.open(io.BytesIO(picture)).convert("RGBA")


def _side_by_side(*pictures: Any) -> bytes:
    """Return kept, present and differing pixels next to one another."""
    from PIL import Image

    gap = 8
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    sheet = Image.new("RGBA", (width, max(picture.height for picture in pictures)), "#888")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def kept_path(panel: Panel, name: str) -> Path:
    """Return where the picture of a panel is kept: beside the test's file, in a folder of the test's name.

    Letters have other edges in WebKit, so its pictures have names of their own.
    Errors: SettingsError for a name that is not a plain file name.
    """
    world = panel.world
    if name and not re.fullmatch(r"[\w. -]+", name):
        raise SettingsError(_(f"A screenshot's name must be plain letters, digits and dashes, not {name!r}."))
    world.pictures += 1
    file, _rest, test = world.test.partition("::")
    options, engine = world.lab.options, world.lab.engine
    if options and len(options.engines) > 1:
        test = _without(engine, test)
    label = name or f"{slug(test) or 'panel'}-{world.pictures}"
    label += f"-{engine}" if engine != CHROMIUM else ""
    return world.folder / FOLDER / (Path(file).stem or "panel") / f"{label}.png"


def _without(engine: str, test: str) -> str:
    """Return the name of a test without the browser among its parameters."""
    name, _rest, parameters = test.partition("[")
    left = parameters.removesuffix("]").split("-")
    left.remove(engine)
    return f"{name}[{'-'.join(left)}]" if left else name


async def compare_with_kept(panel: Panel, name: str, *, tolerance: float, full_page: bool) -> None:
    """Compare a panel with its kept picture, a few times while it still moves.

    Errors: AssertionError that names the picture of the differences.
    """
    __tracebackhide__ = True
    path = kept_path(panel, name)
    options = panel.world.lab.options
    update = options is not None and options.update_snapshots
    now = await _still_picture(panel, full_page=full_page)
    if update or not path.exists():
        await asyncio.to_thread(_write, path, now)
        if update:
            return
        raise AssertionError(
            _(f"There was no picture {path}; it is kept now. Look at it, commit it, and run the test again.")
        )
    found = compare(path.read_bytes(), now)
    if found.share <= tolerance:
        return
    output = (options.output if options else Path("test-results")) / slug(panel.world.test or "panel")
    for suffix, content in (("actual", now), ("diff", found.difference)):
        await asyncio.to_thread(_write, output / f"{path.stem}-{suffix}.png", content)
    raise AssertionError(
        _(
            f"The panel does not look like {path.name}: {found.reason}; {tolerance:.2%} may.\n"
            f"Kept: {path}\nNow:  {output / f'{path.stem}-actual.png'}\n"
            f"Differences: {output / f'{path.stem}-diff.png'}\n"
            "If it is meant to look so, run: devkit test --update-snapshots"
        )
    )


async def _still_picture(panel: Panel, *, full_page: bool) -> bytes:
    """Return a picture that two screenshots in a row agree on, as far as the panel ever rests."""
    picture = await panel.picture(full_page=full_page)
    for _turn in range(ATTEMPTS):
        again = await panel.picture(full_page=full_page)
        if again == picture:
            break
        picture = again
    return picture


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
