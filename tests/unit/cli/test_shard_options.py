"""`devkit test --shard` and `--merge` on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from devkit.testing.farm.durations import read_times


def devkit(folder: Path, monkeypatch: pytest.MonkeyPatch, *args: str) -> Result:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, ["test", *args])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--shard", "0/8"], "--shard 0/8: there is no part 0 of 8."),
        (["--shard", "a/b"], "--shard must be PART/PARTS, not 'a/b'."),
        (["--shard", "1/2", "--smoke"], "--shard does not go with --smoke."),
        (["--shard", "1/2", "--watch"], "--shard does not go with --watch."),
        (["--smoke", "--browser-ws", "ws://a:1"], "--browser-ws does not go with --smoke."),
        (["--shard", "1/2", "--merge", "x"], "--shard does not go with --merge."),
    ],
)
def test_what_cannot_be_a_part_is_wrong_usage(
    args: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = devkit(tmp_path, monkeypatch, *args)
    assert done.exit_code == 2
    assert words in done.stderr


def test_parts_are_merged_into_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "devkit.toml").touch()
    row = {"seconds": 1.5, "message": "", "sections": [], "pictures": [], "decisive": ""}
    for number, outcome in ((1, "passed"), (2, "failed")):
        test = f"test_panel.py::test_{number}"
        (tmp_path / "test_panel.py").touch()
        about = {
            "format": 1,
            "number": number,
            "count": 2,
            "panel": "",
            "tests": [test],
            "total": 2,
            "mark": "m",
        }
        content = {**about, "seconds": 2, "rows": [{**row, "name": test, "outcome": outcome}]}
        (tmp_path / f"{number}-of-2.json").write_text(json.dumps(content))
    reports = ("--html", "out/report.html", "--junit", "out/junit.xml")
    done = devkit(tmp_path, monkeypatch, "--merge", ".", *reports)
    assert done.exit_code == 1
    assert "FAILED test_panel.py::test_2" in done.stdout
    assert 'failures="1"' in (tmp_path / "out" / "junit.xml").read_text("utf-8")
    assert "1 failed" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert read_times(tmp_path) == {}
    (tmp_path / "2-of-2.json").write_text((tmp_path / "2-of-2.json").read_text().replace("failed", "passed"))
    assert devkit(tmp_path, monkeypatch, "--merge", ".").exit_code == 0
    assert read_times(tmp_path) == {"test_panel.py::test_1": 1500, "test_panel.py::test_2": 1500}
    (tmp_path / "1-of-2.json").unlink()
    done = devkit(tmp_path, monkeypatch, "--merge", ".")
    assert (done.exit_code, "Missing: part 1." in done.stderr) == (1, True)
