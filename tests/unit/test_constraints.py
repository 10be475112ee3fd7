"""What a fresh install takes: bounds on both sides in pyproject.toml, and tested versions within them."""

import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OWN = PROJECT["name"]
DIRECT = [
    wanted
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for wanted in map(Requirement, group)
    if wanted.name != OWN
]
PYTHONS = ("3.11.0", "3.11.7", "3.12.1", "3.13.0")


def pinned(python: str) -> dict[str, str]:
    """Return {package: version} of constraints.txt for a version of Python."""
    around = {**default_environment(), "python_full_version": python, "python_version": python[:4]}
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate(around)
    }


@pytest.mark.parametrize("wanted", DIRECT, ids=lambda wanted: wanted.name)
def test_every_dependency_has_a_lower_and_an_upper_bound(wanted: Requirement) -> None:
    operators = {part.operator for part in wanted.specifier}
    assert operators & {">=", "=="}, wanted
    assert operators & {"<", "=="}, wanted


@pytest.mark.parametrize("python", PYTHONS)
def test_tested_versions_lie_within_the_bounds(python: str) -> None:
    versions = pinned(python)
    around = {**default_environment(), "python_full_version": python, "python_version": python[:4]}
    for wanted in DIRECT:
        if wanted.marker is None or wanted.marker.evaluate(around):
            assert wanted.specifier.contains(versions[wanted.name.lower()]), f"{wanted}: make constraints"


def test_the_file_names_no_index() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in text, "no address of an index belongs in it"
    assert "make constraints" in text
