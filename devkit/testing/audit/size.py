"""What the files are made of: modules, packages, copies, and a treemap of them."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from devkit.language import _, marked
from devkit.testing.audit.places import Places
from devkit.testing.audit.rules import AuditFinding

LARGE_JS = 250_000
LARGE_CSS = 60_000
"""Bytes after gzip, and of the file for CSS: where a mid-range phone is past a second before it draws."""
HEAVY_SHARE = 0.4
HEAVY_BYTES, REPLACED_BYTES = 80_000, 40_000
"""A package is heavy from so many bytes on; one that something lighter can take the place of, earlier."""
HOST_PACKAGES = {"react", "react-dom"}
LIGHTER = {
    "moment": marked("dayjs has the same calls in 3 kB."),
    "lodash": marked("Import single functions: lodash/debounce, or lodash-es."),
    "echarts": marked("Import echarts/core with the charts that are used."),
    "antd": marked("antd is for desktops; antd-mobile is made for panels."),
    "jquery": marked("The DOM has these calls today."),
    "@antv/f2": marked("Import the parts that are used."),
    "axios": marked("fetch is there; the SDK makes the platform's calls."),
}


@dataclass(frozen=True)
class Part:
    """A package, or the project's own sources (name ""), with its bytes in the output."""

    name: str
    size: int
    modules: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ImportCost:
    """What an import of a package costs. where: the first of the files that have it, with its line.

    brings: bytes of all that it imports; goes: those that nothing else imports; files: how many have it.
    """

    name: str
    where: str
    files: int
    brings: int
    goes: int


def import_costs(
    imports: Sequence[tuple[str, Sequence[str], int, int]], places: Places
) -> tuple[ImportCost, ...]:
    """Return what the imports of a build cost, what brings most first."""
    return tuple(
        ImportCost(name, places.imported(name, files), len(files), brings, goes)
        for name, files, brings, goes in imports
    )


def parts(modules: Sequence[tuple[str, int]]) -> list[Part]:
    """Group [file, bytes in the output] by package, largest first."""
    grouped: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for file, size in modules:
        if size:
            grouped[package_of(file)].append((file, size))
    made = [Part(name, sum(size for _rest, size in own), tuple(own)) for name, own in grouped.items()]
    return sorted(made, key=lambda part: -part.size)


def package_of(file: str) -> str:
    """Return the package that a file belongs to; "" for the project's own."""
    _, found, inner = file.replace("\\", "/").rpartition("node_modules/")
    if not found:
        return ""
    scope, *rest = inner.split("/")
    return f"{scope}/{rest[0]}" if scope.startswith("@") and rest else scope


def check_sizes(
    js: bytes, css: bytes, found: Sequence[Part], costs: Sequence[ImportCost] = (), *, host_react: bool
) -> Iterator[AuditFinding]:
    """Yield what is too large, or there twice."""
    packed = len(gzip.compress(js, 6))
    names = ", ".join(f"{part.name or 'your sources'} ({_kb(part.size)})" for part in found[:3])
    if packed > LARGE_JS:
        yield AuditFinding(
            "js-size", _(f"index.js has {_kb(len(js))}, {_kb(packed)} after gzip"), names,
            _("Load large parts with import(), or take lighter packages."),
        )  # fmt: skip
    if len(css) > LARGE_CSS:
        yield AuditFinding(
            "css-size",
            _(f"index.css has {_kb(len(css))}"),
            "index.css",
            _("Import the styles of single components."),
        )
    total = sum(part.size for part in found) or 1
    for part in found:
        least = REPLACED_BYTES if part.name in LIGHTER else HEAVY_BYTES
        if part.name and part.size > least and part.size > HEAVY_SHARE * total:
            text = _(f"{part.name} is {part.size / total:.0%} of the script ({_kb(part.size)})")
            where = next((cost.where for cost in costs if _imported(cost.name) == part.name), part.name)
            fix = _(LIGHTER[part.name]) if part.name in LIGHTER else _("Import less of it.")
            yield AuditFinding("heavy-package", text, where, fix)
        if host_react and part.name in HOST_PACKAGES:
            yield AuditFinding(
                "host-copy", _(f"{part.name} is bundled ({_kb(part.size)})"), part.modules[0][0],
                _('Use the host page\'s: react = "host" in devkit.toml.'),
            )  # fmt: skip
        copies = {_root_of(file) for file, _rest in part.modules} if part.name else set()
        if len(copies) > 1:
            places = ", ".join(sorted(copies))
            yield AuditFinding(
                "duplicate-package", _(f"{part.name} is there {len(copies)} times"), places,
                _("Give it one version in package.json (overrides), then npm dedupe."),
            )  # fmt: skip


def _imported(name: str) -> str:
    """Return the package of an import: "lodash" of "lodash/debounce"."""
    return package_of(f"node_modules/{name}")


def _root_of(file: str) -> str:
    """Return the folder of the package that a file is in."""
    before, _, _ = file.replace("\\", "/").rpartition("node_modules/")
    return f"{before}node_modules/{package_of(file)}"


def _kb(size: int) -> str:
    return f"{size / 1000:.0f} kB" if size >= 1000 else f"{size} B"


@dataclass(frozen=True)
class Tile:
    """A rectangle of the treemap, in percent of its whole."""

    name: str
    size: int
    x: float
    y: float
    width: float
    height: float


def treemap(sizes: Mapping[str, int]) -> list[Tile]:
    """Lay out names by their sizes: the squarified treemap of Bruls, Huizing and van Wijk (2000)."""
    left = sorted(((size, name) for name, size in sizes.items() if size > 0), reverse=True)
    total = sum(size for size, _rest in left)
    x = y = 0.0
    width = height = 100.0
    tiles: list[Tile] = []
    while left:
        side = min(width, height)
        share = width * height / sum(size for size, _rest in left)
        row = 1
        while row < len(left) and _worst(left[: row + 1], side, share) <= _worst(left[:row], side, share):
            row += 1
        placed, left = left[:row], left[row:]
        thick = sum(size for size, _rest in placed) * share / side
        at = 0.0
        for size, name in placed:
            long = size * share / thick
            if width >= height:
                tiles.append(Tile(name, size, x, y + at, thick, long))
            else:
                tiles.append(Tile(name, size, x + at, y, long, thick))
            at += long
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
    return tiles if total else []


def _worst(row: Sequence[tuple[int, str]], side: float, share: float) -> float:
    areas = [size * share for size, _rest in row]
    whole = sum(areas) ** 2
    return max(max(side**2 * area / whole, whole / (side**2 * area)) for area in areas)
