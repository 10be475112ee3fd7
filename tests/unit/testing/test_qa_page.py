"""The page for QA engineers: every message it shows is one that a test provokes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "qa.md").read_text("utf-8")
TESTS = "\n".join(
    path.read_text("utf-8")
    for folder in ("browser", "unit")
    for path in (ROOT / "tests" / folder / "testing").glob("*.py")
    if path.name != Path(__file__).name
)
MESSAGES = [
    message
    for row in re.findall(
        r"^\| (?!the panel|message|you want|---).*\|$", PAGE.partition("## When")[2], re.MULTILINE
    )
    for message in re.findall(r"`([^`]+)`", row)
]
PARTS = re.compile(r"[\d.%]+|['\"…(]|: ")
"""What differs from run to run, or is written otherwise in a test."""


def test_the_page_has_its_messages() -> None:
    assert len(MESSAGES) > 20


@pytest.mark.parametrize(
    "message", [text for text in MESSAGES if " " in text and not text.startswith(("playwright", "--", "at "))]
)
def test_a_message_of_the_page_is_provoked_by_a_test(message: str) -> None:
    part = max((part.strip() for part in PARTS.split(message)), key=len)
    assert part in TESTS.replace("\\", ""), f"no test looks for {part!r}"
