"""The console's tests: `devkit test --json` as it is, and the process that the server makes of it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from devkit.devserver.tabs import suite_process
from devkit.devserver.tabs.suite_process import SuiteProcess
from devkit.errors import ServeError
from devkit.settings import load_settings
from devkit.testing.tools.events import LONGEST
from tests.helpers.suite import STUB

DEVKIT = [sys.executable, "-c", "from devkit.cli.main import main; main()"]


@pytest.fixture
async def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SuiteProcess]:
    monkeypatch.setattr(suite_process, "CODE", STUB)
    (tmp_path / "trace.zip").write_bytes(b"zip")
    suite = SuiteProcess(load_settings(tmp_path, {}, {}))
    yield suite
    await suite.aclose()


async def until(suite: SuiteProcess, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not holds(told := suite.describe()):
            await asyncio.sleep(0.01)
    return told


async def done(suite: SuiteProcess) -> dict[str, str]:
    told = await until(suite, lambda told: not told["running"])
    return {test["name"]: test["outcome"] for test in told["tests"]}


async def test_tests_are_listed_and_run_by_their_ids(suite: SuiteProcess) -> None:
    assert suite.describe()["tests"] == []
    with pytest.raises(ServeError, match="There is no test 'tests/"):
        await suite.run(["tests/test_a.py::test_1"])
    await suite.run([], collect=True)
    assert await done(suite) == {"test_1": "", "test_2": ""}
    told = suite.describe()
    assert told["broken"] == [{"id": "tests/test_b.py", "message": "SyntaxError: invalid syntax"}]
    assert told["log"] == "said\n"
    await suite.run(["tests/test_a.py::test_2"])
    assert await done(suite) == {"test_1": "", "test_2": "failed"}
    assert suite.describe()["tests"][1]["failed_line"] == 9
    await suite.run([])
    assert await done(suite) == {"test_1": "passed", "test_2": "failed"}


async def test_a_run_speaks_the_servers_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_process, "CODE", STUB.replace('"said"', "os.environ['DEVKIT_LANG']", 1))
    monkeypatch.setattr(suite_process, "CODE", f"import os\n{suite_process.CODE}")
    monkeypatch.setenv("DEVKIT_LANG", "en")
    suite = SuiteProcess(load_settings(tmp_path, {"lang": "zh"}, {}))
    await suite.run([], collect=True)
    await done(suite)
    assert suite.describe()["log"] == "zh\n"
    await suite.aclose()


async def test_nothing_outside_the_project_is_run_or_read(suite: SuiteProcess) -> None:
    await suite.run([])
    await done(suite)
    for wrong in ("../x.py::test_x", "/etc/x.py::test_x", "--help", "tests/test_a.py"):
        with pytest.raises(ServeError, match="There is no test"):
            await suite.run([wrong])
        with pytest.raises(ServeError, match="There is no test"):
            suite.watch([wrong], on=True)
    assert suite.file("tests/test_a.py::test_2", "picture") is None
    assert suite.file("tests/test_a.py::test_2", "trace") is not None
    assert suite.file("tests/test_a.py::test_1", "trace") is None
    assert suite.file("nobody", "trace") is None


async def test_what_is_missing_is_named_with_its_cure(
    suite: SuiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert suite.describe()["lacks"] == ""
    monkeypatch.setattr(suite_process, "find_spec", lambda name: None if name == "playwright" else name)
    assert suite.describe()["lacks"].startswith("The tests need playwright. Install it with: ")


async def test_a_test_that_never_ends_is_stopped(suite: SuiteProcess, tmp_path: Path) -> None:
    (tmp_path / "stuck").touch()
    await suite.run([])
    await until(suite, lambda told: any(test["outcome"] == "running" for test in told["tests"]))
    with pytest.raises(ServeError, match="Tests are running"):
        await suite.run([])
    await suite.stop()
    told = suite.describe()
    assert (told["running"], {test["outcome"] for test in told["tests"]}) == (False, {""})
    await suite.stop()


async def test_lines_without_end_do_not_end_the_run(
    suite: SuiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    floods = f"import sys\nfor f in (sys.stdout, sys.stderr): print('x' * 99_999, file=f, flush=True)\n{STUB}"
    monkeypatch.setattr(suite_process, "CODE", floods.replace('"said"', '"s" * 9000'))
    monkeypatch.setattr(suite_process, "LINE_BYTES", 10_000)
    await suite.run([])
    assert await done(suite) == {"test_1": "passed", "test_2": "failed"}
    told = suite.describe()
    assert told["code"] == 0
    assert "A line was too long to be kept.\n" in told["log"]
    assert told["log"].endswith(f"\n{'s' * suite_process.LOG_CHARACTERS}…\n")


async def test_of_two_runs_at_once_one_is_refused(suite: SuiteProcess) -> None:
    results = await asyncio.gather(suite.run([]), suite.run([]), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), ServeError]
    assert await done(suite) == {"test_1": "passed", "test_2": "failed"}


async def test_a_save_runs_them_again(suite: SuiteProcess, tmp_path: Path) -> None:
    await suite.run([], collect=True)
    await done(suite)
    suite.watch([], on=True)
    assert suite.describe()["watching"]
    async with asyncio.timeout(20):
        while suite.describe()["tests"][0]["outcome"] != "passed":
            (tmp_path / "panel.js").write_text(str(asyncio.get_running_loop().time()))
            await asyncio.sleep(0.3)
    suite.watch([], on=False)
    assert not suite.describe()["watching"]


def test_json_tells_of_each_test_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").touch()
    (tmp_path / "panel.js").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "import pytest\n\ndef test_one():\n    print('loud')\n    assert 1 == 2, 'token=abc ' * 9999\n\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n):\n    if n == 2: pytest.skip()\n"
    )
    (tmp_path / "tests" / "test_b.py").write_text("def test_(:\n")
    command = [*DEVKIT, "test", "--json", "--js", "panel.js", "--continue-on-collection-errors"]
    # without the plugins of this environment, which take seconds to import
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "devkit.testing.run.plugin"}
    told = {"env": {**os.environ, **plugins}, "capture_output": True, "text": True}
    ran = subprocess.run(command, cwd=tmp_path, check=False, **told)
    assert ran.returncode == 1, ran.stderr
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    each = ["started", "finished"] * 3
    assert [event["event"] for event in events] == ["broken", "collected", *each, "ended"]
    assert events[0]["message"].endswith("SyntaxError: invalid syntax")
    assert [test["name"] for test in events[1]["tests"]] == ["test_one", "test_n[1]", "test_n[2]"]
    failed, passed, skipped = events[3], events[5], events[7]
    assert (failed["outcome"], failed["line"]) == ("failed", 5)
    assert failed["step"] == "assert 1 == 2, 'token=*** ' * 9999"
    assert len(failed["message"]) == LONGEST
    assert "abc" not in ran.stdout
    assert (passed["outcome"], skipped["outcome"]) == ("passed", "skipped")
    assert "1 failed" in ran.stderr
