"""Which module a panel starts with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from devkit.build.project.configurations import configuration_files
from devkit.errors import BuildError, Diagnostic
from devkit.language import _

STEMS = ("index", "app", "main", "App")
SUFFIXES = (".jsx", ".tsx", ".js", ".ts", ".mjs")
FOLDERS = ("src", ".")
PAGES = ("index.html", "src/index.html")


def find_entry(project: Path, given: Path | None = None) -> Path:
    """Return the absolute entry module, or a guess at it.

    In this order: the given one, package.json's "source", the script of index.html, package.json's "main"
    when it is in src/, and the usual names in src/.

    Errors: BuildError that names what was looked for.
    """
    entry, _ = entry_of(project, given)
    if entry == Path():
        raise _nothing_found(project)
    return entry


def entry_of(project: Path, given: Path | None = None) -> tuple[Path, bool]:
    """Return the entry as find_entry, and whether it is but a guess.

    A guess gives way to what the project's webpack or Vite configuration says. It is Path() when there is
    such a configuration and nothing to guess from.

    Errors: as of find_entry.
    """
    if given is not None and given != Path():
        file = (project / given).resolve()
        if file.is_file():
            return file, False
        raise _no_entry(_(f"The entry module {given} does not exist in {project}."))
    for named in _named(project):
        return named, False
    guess = _guess(project)
    if guess is None and not configuration_files(project):
        raise _nothing_found(project)
    return guess or Path(), True


def _named(project: Path) -> Iterator[Path]:
    """Yield what package.json and index.html name."""
    manifest = _manifest(project)
    source = _text(manifest.get("source"))
    if source.endswith(".html"):
        yield from _scripts_of(project, project / source)
    yield from _own_script(project, project / source)
    for page in PAGES:
        yield from _scripts_of(project, project / page)
    main = project / _text(manifest.get("main"))
    if main.is_relative_to(project / "src"):
        yield from _own_script(project, main)


def _guess(project: Path) -> Path | None:
    """Return the usual name; letter case counts, on disks that ignore it, too."""
    for folder in FOLDERS:
        try:
            there = {path.name for path in (project / folder).iterdir()}
        except OSError:
            continue
        for stem in STEMS:
            for suffix in SUFFIXES:
                file = project / folder / f"{stem}{suffix}"
                if file.name in there and file.is_file():
                    return file.resolve()
    return None


class _Scripts(HTMLParser):
    """Collect the addresses of scripts, modules first."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: list[str] = []
        self.classic: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a script."""
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            kind = self.modules if given.get("type") == "module" else self.classic
            kind.append(str(given["src"]))


def _scripts_of(project: Path, page: Path) -> Iterator[Path]:
    try:
        text = page.read_text("utf-8", errors="replace")
    except OSError:
        return
    scripts = _Scripts()
    scripts.feed(text)
    for address in (*scripts.modules, *scripts.classic):
        local = address.split("?")[0]
        start = project if local.startswith("/") else page.parent
        yield from _own_script(project, start / local.lstrip("/"))


def _own_script(project: Path, path: Path) -> Iterator[Path]:
    """Yield the path when it is a script file of the project."""
    file = path.resolve()
    if file.suffix in SUFFIXES and file.is_relative_to(project) and file.is_file():
        yield file


def _manifest(project: Path) -> dict[str, object]:
    try:
        manifest = json.loads((project / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _nothing_found(project: Path) -> BuildError:
    looked = f"src/{{{','.join(STEMS[:3])}}}.{{{','.join(suffix[1:] for suffix in SUFFIXES[:4])}}}"
    return _no_entry(_(f"No entry module: {project} has none of {looked}."))


def _no_entry(message: str) -> BuildError:
    hint = _('Create src/index.jsx, or name the module in devkit.toml: entry = "src/main.jsx".')
    return BuildError([Diagnostic(message, hint=hint, stage="devkit")])
