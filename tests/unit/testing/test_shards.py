"""The parts of a run: every test in one of them, even loads, and one report of all."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.errors import SettingsError
from devkit.testing.farm.durations import FILE, read_times
from devkit.testing.farm.merge import Merged, merge, write_junit
from devkit.testing.farm.shards import FOLDER, Shard, shard_of, split
from devkit.testing.run.report import Row

LEFT_OUT = ("no:asyncio", "no:hypothesispytest", "no:playwright", "no:anyio", "no:cacheprovider")
NAMES = st.sets(st.text(min_size=1, max_size=8), max_size=40)
SUITE = """
import pytest

@pytest.mark.parametrize("turn", range(5))
def test_turns(turn): pass

class TestMore:
    def test_fails(self): raise ValueError("a <bad> \\x1b lamp")
    @pytest.mark.skip(reason="later")
    def test_later(self): pass
"""
ALL = {f"test_it.py::test_turns[{turn}]" for turn in range(5)} | {
    f"test_it.py::TestMore::{name}" for name in ("test_fails", "test_later")
}


@pytest.mark.parametrize(
    "text", ["0/8", "9/8", "a/b", "3", "3/", "-1/2", "1/0", "0/0", "1/2/3", "٣/٨", "1/99999"]
)
def test_what_is_no_part_is_told(text: str) -> None:
    with pytest.raises(
        SettingsError, match=r"--shard (must be PART/PARTS, not|\d+/\d+: there is no part)"
    ) as error:
        shard_of(text)
    assert text in error.value.message
    assert "--shard " in error.value.hint


def test_a_part_is_read() -> None:
    assert shard_of(" 3/8 ") == Shard(3, 8)


@settings(max_examples=40)
@given(NAMES, st.dictionaries(st.text(min_size=1, max_size=8), st.integers(0, 10_000)), st.integers(1, 9))
def test_all_parts_together_hold_every_test_once(tests: set[str], times: dict[str, int], count: int) -> None:
    parts = split(tests, times, count)
    assert len(parts) == count
    assert sorted(test for part in parts for test in part) == sorted(tests)
    assert split(sorted(tests, reverse=True), dict(reversed(times.items())), count) == parts


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.integers(1, 10_000), min_size=1), st.integers(1, 9)
)
def test_parts_differ_by_no_more_than_the_longest_test(times: dict[str, int], count: int) -> None:
    loads = [sum(times[test] for test in part) for part in split(times, times, count)]
    assert max(loads) - min(loads) <= max(times.values())
    sizes = [len(part) for part in split(times, {}, count)]
    assert max(sizes) - min(sizes) <= 1


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*(f"-p{plugin}" for plugin in LEFT_OUT), *args)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    pytester.makefile(".toml", devkit='product_id = "TESTLAMP01"\n')
    pytester.makepyfile(test_it=SUITE)
    return pytester.path


def test_parts_of_a_run_become_one_report(pytester: pytest.Pytester, project: Path) -> None:
    for number in range(1, 4):
        run(pytester, "--panel-shard", f"{number}/3")
    merged = merge(project / FOLDER)
    assert not merged.problems
    assert {row.name for row in merged.rows} == ALL
    assert len(merged.rows) == len(ALL)
    *failed, told = merged.lines()
    assert failed == ["FAILED test_it.py::TestMore::test_fails - a <bad> \x1b lamp"]
    assert told.startswith("1 failed, 1 skipped, 5 passed; 3 parts, ")
    assert not merged.good
    write_junit(project / "out" / "junit.xml", merged.rows, merged.seconds)
    run(pytester, "--junit-xml", "whole.xml")
    ours, theirs = (cases(project / name) for name in ("out/junit.xml", "whole.xml"))
    assert ours == theirs


def cases(file: Path) -> set[tuple[str | None, str | None, str]]:
    found = ElementTree.parse(file).getroot().iter("testcase")
    return {(case.get("classname"), case.get("name"), "".join(child.tag for child in case)) for case in found}


def test_an_empty_part_is_no_failure_and_no_tests_at_all_is_one(
    pytester: pytest.Pytester, project: Path
) -> None:
    done = [run(pytester, "--panel-shard", f"{number}/2", "-k", "turns and 3") for number in (1, 2)]
    assert {result.ret for result in done} == {pytest.ExitCode.OK}
    said = [line for result in done for line in result.outlines if line.startswith("shard ")]
    assert [line.partition(";")[0].partition(": ")[2] for line in said] == [
        "1 of 1 tests",
        "none of 1 tests",
    ]
    assert merge(project / FOLDER).good
    nothing = run(pytester, "--panel-shard", "1/2", "-k", "nowhere")
    assert nothing.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_results_that_cannot_be_written_are_told_before_the_tests(
    pytester: pytest.Pytester, project: Path
) -> None:
    (project / FOLDER).write_text("in the way")
    done = run(pytester, "--panel-shard", "1/2")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "The results of --shard cannot be written to " in "\n".join(done.errlines)


def test_what_tests_took_divides_the_next_run(pytester: pytest.Pytester, project: Path) -> None:
    (project / FILE).parent.mkdir()
    (project / FILE).write_text('{"test_gone.py::test_x": 5, "test_it.py::test_turns[0]": "long"}')
    run(pytester, "--panel-durations")
    assert read_times(project).keys() == ALL
    times = dict.fromkeys(ALL, 1) | {"test_it.py::test_turns[4]": 1000}
    (project / FILE).write_text(json.dumps(times))
    run(pytester, "--panel-shard", "1/2")
    assert list(read_times(project).values()) == list(times.values()), "a part must not change the division"
    assert [row.name for row in merge(project / FOLDER).rows] == ["test_it.py::test_turns[4]"]
    (project / FILE).write_text("{broken")
    assert read_times(project) == {}


def part(folder: Path, number: int, count: int = 2, name: str = "", **about: object) -> Path:
    """Write the results of a part with two tests."""
    tests = [f"test_it.py::test_{number}{letter}" for letter in "ab"]
    rows = [vars(Row(test, seconds=1.0)) for test in tests]
    content = {"format": 1, "number": number, "count": count, "panel": "", "mark": "m", "tests": tests}
    file = folder / (name or f"{number}-of-{count}.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**content, "total": 4, "seconds": 2.5, "rows": rows, **about}))
    return file


def problem(folder: Path) -> str:
    merged: Merged = merge(folder)
    assert not merged.good
    return "\n".join(merged.problems)


def test_parts_that_are_missing_twice_or_do_not_fit_are_told(tmp_path: Path) -> None:
    first = part(tmp_path, 1)
    assert "Missing: part 2." in problem(tmp_path)
    second = part(tmp_path, 2)
    assert merge(tmp_path).good
    again = part(tmp_path, 2, name="copy/2-of-2.json")
    assert f"Part 2 is there 2 times: {second}, {again}. Keep one." in problem(tmp_path)
    again.unlink()
    part(tmp_path, 2, mark="other")
    assert "divided in different ways" in problem(tmp_path)
    part(tmp_path, 2, rows=[])
    assert "2 tests were not run: test_it.py::test_2a, test_it.py::test_2b." in problem(tmp_path)
    second.unlink()
    part(tmp_path, 2, 3)
    assert "These are parts of 2 and 3" in problem(tmp_path)
    first.unlink()
    part(tmp_path, 1, 1, name="1-of-1-lamp.json", panel="lamp")
    assert "lamp: " not in problem(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "rows": [{}]}', "\x00"])
def test_a_file_that_is_no_result_is_named(content: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There are no results of parts in"):
        merge(tmp_path / "nowhere")
    file = tmp_path / "1-of-2.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match="is no result of a part") as error:
        merge(tmp_path)
    assert str(file) in error.value.message
    part(tmp_path, 1, format=2)
    with pytest.raises(SettingsError, match="by a newer devkit"):
        merge(tmp_path)
