"""Exit codes as README says: 1 the work failed, 2 wrong usage."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.cli.main import main


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thing-model.json").write_text("{")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("dev nosuch", 2, "There is no panel 'nosuch'"),
        ("dev --lang de", 2, "'en', 'zh'"),
        ("dev --debug-port 9222", 2, "--launch"),
        ("release nosuch", 2, "There is no panel"),
        ("release --all", 2, "has no [panels]"),
        ("test --panel nosuch", 2, "There is no panel"),
        ("test --watch --js x.js", 2, "Leave out --js"),
        ("test --devices iphone-51", 2, "Did you mean iphone-15?"),
        ("test --timeout 0", 2, "--timeout"),
        ("pull", 2, "--product-id"),
        ("types", 1, "thing-model.json"),
        ("shots", 1, "shots.yaml"),
        ("shots --init", 1, "thing-model.json"),
        ("test --json --watch", 2, "--json does not go with --watch"),
        ("relase", 2, "Did you mean release?"),
    ],
)
def test_exit_codes(line: str, code: int, words: str) -> None:
    result = CliRunner().invoke(main, line.split())
    assert result.exit_code == code, result.output
    assert words in result.output


def test_a_first_sheet_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "thing-model.json").write_text('{"properties": []}')
    for line, code, words in (
        ("shots --init", 0, "2 states in shots.yaml"),
        ("shots --init", 1, "shots.yaml exists"),
        ("shots --init --force", 0, "2 states"),
    ):
        result = CliRunner().invoke(main, line.split())
        assert result.exit_code == code, result.output
        assert words in result.output
