"""Every `Source:` names a document and a section that exist, or a public document in an agreed form.

docs/reference/README.md lists the forms.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
SUFFIXES = {".py", ".ts", ".tsx", ".mjs", ".js"}
FOLDERS = ("devkit", "addons", "templates", "tests", "bench")
BUILT = {"node_modules", "dist"}

MARK = re.compile(r"\bSource: (.*)|^[^=(]*\bSource:$")
FORMS = re.compile(
    r"""docs/reference/[\w.-]+\ (?:sections?\ \d|row\ \d|"|[a-z_]+)
    | npm\ [\w@/.-]+@\d[\w.]*\b
    | PyPI\ [\w-]+@\d[\w.]*,\ [\w/]+\.py
    | the\ platform's\ H5\ panel\ guide,\ "[^"]+"
    | (?:RFC\ \d+|ECMA-\d+|Bluetooth\ [A-Z][\w ]+\d\.\d),\ \S
    | https://\S+""",
    re.VERBOSE,
)
CITED = re.compile(r"docs/reference/(?P<file>[\w-]+\.\w+)(?P<rest>.*?)(?=docs/reference/|$)", re.DOTALL)
SECTIONS = re.compile(r" sections? (\d[\d.]*\d|\d)((?:(?:, | and | to )(?:\d[\d.]*\d|\d))*)")
BARE = re.compile(r"(?<![\w/])(?:protocol|sdk-members|usage|device-side)\.md|(?<![\w/])app-api\.yaml")
PATHS = re.compile(
    r" ([a-z_]+(?:\.\w+)*)((?:(?:, | and )[a-z_]+(?:\.\w+)+)*(?: and (?:websocket|thing_model)\b)?)"
)


@cache
def files() -> dict[Path, str]:
    """Return {file: text} of what people write."""
    return {
        path: path.read_text("utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in SUFFIXES and not BUILT & set(path.parts) and path != Path(__file__)
    }


def sources(text: str) -> Iterator[str]:
    """Yield the text of each Source, unwrapped, up to the end of its paragraph."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if not (found := MARK.search(line)):
            continue
        words = [found[1] or ""]
        if '"""' not in words[0] and "*/" not in words[0]:
            for following in lines[index + 1 :]:
                plain = following.strip().lstrip("#*/ ")
                if not plain or plain.startswith('"""') or re.match(r"\w+:|[\w\[]+ =|[A-Z_]+ =", plain):
                    break
                words.append(plain)
                if '"""' in plain or "*/" in following:
                    break
        yield re.split(r'"""|\*/', " ".join(words).strip())[0].strip()


@cache
def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


@cache
def facts() -> Any:
    return yaml.safe_load(page("app-api.yaml"))


def is_path(path: str) -> bool:
    """Tell whether a dotted path leads somewhere in app-api.yaml; actions are found by name."""
    place = facts()
    for step in path.split("."):
        if isinstance(place, list):
            place = next((item for item in place if item.get("action") == step), None)
        elif isinstance(place, dict):
            place = place.get(step)
        else:
            return False
        if place is None:
            return False
    return True


def faults_of(text: str) -> Iterator[str]:
    """Yield what a reader would not find."""
    if not FORMS.match(text):
        yield "the form is none of those in docs/reference/README.md"
    for cited in CITED.finditer(text):
        name, rest = cited["file"], cited["rest"]
        if not (REFERENCE / name).is_file():
            yield f"there is no docs/reference/{name}"
        elif name == "app-api.yaml":
            found = PATHS.match(rest)
            yield from _missing_paths(found)
        else:
            yield from _missing_sections(name, rest)
    for package in re.findall(r"\bnpm (\S+@\d[\w.]*\w)", text):
        if f"| {package} |" not in page("README.md"):
            yield f"docs/reference/README.md does not list {package}"
    for chapter in re.findall(r"panel guide, \"([^\"]+)\"", text):
        if chapter not in page("sdk-members.md") and chapter not in page("README.md"):
            yield f'"{chapter}" is no chapter that docs/reference names'


def _missing_paths(found: re.Match[str] | None) -> Iterator[str]:
    if found is None:
        yield "app-api.yaml without a path"
        return
    for path in re.findall(r"[A-Za-z_]+(?:\.\w+)*", found[0].replace(" and ", " ")):
        if not is_path(path):
            yield f"docs/reference/app-api.yaml has no {path}"


def _missing_sections(name: str, rest: str) -> Iterator[str]:
    if row := re.match(r" row (\d+)", rest):
        if not re.search(rf"^\| {row[1]} \|", page(name), re.MULTILINE):
            yield f"{name} has no row {row[1]}"
    elif quoted := re.match(r' "([^"]+)"', rest):
        if not re.search(rf"^#+ {re.escape(quoted[1])}", page(name), re.MULTILINE):
            yield f'{name} has no heading "{quoted[1]}"'
    elif found := SECTIONS.match(rest):
        for number in re.findall(r"\d[\d.]*\d|\d", found[0]):
            if not re.search(rf"^#+ {re.escape(number)}[. ]", page(name), re.MULTILINE):
                yield f"{name} has no section {number}"
    else:
        yield f"{name} is cited without a section"


@pytest.mark.parametrize("folder", FOLDERS)
def test_sources_exist(folder: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {text[:90]}: {fault}"
        for path, written in files().items()
        if path.relative_to(ROOT).parts[0] == folder and "Source:" in written
        for text in sources(written)
        for fault in faults_of(text)
    ]
    assert not faults, "\n".join(faults)


def test_pages_of_the_reference_are_named_by_their_place() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path, written in files().items()
        if BARE.search(written)
        for line in written.splitlines()
        if BARE.search(line)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("protocol.md section 1", "form"),
        ("docs/reference/protocol.md", "without a section"),
        ("docs/reference/protocol.md section 9.9", "no section 9.9"),
        ("docs/reference/protocol.md sections 1.1, 4.2 and 7", "no section 7"),
        ("docs/reference/nothing.md section 1", "no docs/reference/nothing.md"),
        ("docs/reference/sdk-members.md row 999", "no row 999"),
        ('docs/reference/usage.md "Weather"', "no heading"),
        ("docs/reference/app-api.yaml actions.AppMakeCoffee", "no actions.AppMakeCoffee"),
        ("docs/reference/app-api.yaml common.signature and common.taste", "no common.taste"),
        ("npm left-pad@1.0.0 index.js", "does not list"),
        ("the platform's H5 panel guide", "form"),
        ('the platform\'s H5 panel guide, "Weather"', "no chapter"),
        ("somebody said so", "form"),
    ],
)
def test_wrong_citations_are_found(text: str, fault: str) -> None:
    assert any(fault in found for found in faults_of(text))


def test_the_reference_lists_its_pages() -> None:
    for path in REFERENCE.iterdir():
        assert path.name == "README.md" or f"]({path.name})" in page("README.md")
