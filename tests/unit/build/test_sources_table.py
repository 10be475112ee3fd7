"""docs/build.md says what works and what is said: each line names a test, and that test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLACES = [ROOT / "tests" / name for name in ("contract/build/worker", "contract/build", "browser")]
SECTION = re.compile(r"^## What works, what is said\n(.*?)^## ", re.MULTILINE | re.DOTALL)


def rows() -> list[tuple[str, str]]:
    found = SECTION.search((ROOT / "docs" / "build.md").read_text("utf-8"))
    assert found
    lines = [line for line in found[1].splitlines() if line.startswith("|")][2:]
    return [(line.split(" | ")[0].strip("| "), line.split(" | ")[-1].strip("| ")) for line in lines]


@pytest.mark.parametrize(("construct", "test"), rows(), ids=lambda text: text[:40])
def test_a_line_of_the_table_has_its_test(construct: str, test: str) -> None:
    file, _, title = test.partition(": ")
    source = next(folder / file for folder in PLACES if (folder / file).is_file()).read_text("utf-8")
    assert title, construct
    assert title in source.replace("\\'", "'"), construct
