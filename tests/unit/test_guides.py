"""What the guides name is there: files, make targets and links; the site and the catalogue are whole."""

import re
from pathlib import Path

import pytest

from devkit.language import CATALOGUE, read_catalogue
from docs import catalogue, website

ROOT = Path(__file__).parents[2]
GUIDES = (
    "docs/architecture.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/reference/README.md",
)
TOPS = ("devkit", "tests", "templates", "docs", "bench", "addons", ".ci", ".github")
NAMED = re.compile(r"`([\w./-]+)`")


def read(guide: str) -> str:
    return (ROOT / guide).read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_named_files_exist(guide: str) -> None:
    named = {name for name in NAMED.findall(read(guide)) if "/" in name and name.split("/")[0] in TOPS}
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing


@pytest.mark.parametrize("guide", GUIDES)
def test_links_lead_to_files(guide: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(guide)):
        assert ((ROOT / guide).parent / target).exists(), target


def test_named_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for guide in GUIDES:
        for target in re.findall(r"(?:`|^)make ([a-z]+)", read(guide), re.MULTILINE):
            assert target in targets, f"{guide}: make {target}"


def test_the_map_names_every_folder() -> None:
    folders = {path.name for path in (ROOT / "devkit").iterdir() if (path / "__init__.py").is_file()}
    told = read("docs/architecture.md")
    assert not {name for name in folders if f"`devkit/{name}/`" not in told}


def test_the_change_log_has_this_version() -> None:
    version = re.search(r'^version = "([\d.]+)"', read("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in read("CHANGELOG.md")


def test_the_navigation_of_the_site_names_every_page_once() -> None:
    named = [page for _, page in website.in_nav(website.settings()["nav"]) if page]
    assert sorted(named) == sorted(website.sources()), "give each page its place in mkdocs.yml"


def test_the_catalogue_has_every_text_for_users_in_chinese() -> None:
    known = read_catalogue()
    missing = [text for text in catalogue.texts() if not known.get(text)]
    assert not missing, f"run python docs/catalogue.py, and translate them in {CATALOGUE}"
