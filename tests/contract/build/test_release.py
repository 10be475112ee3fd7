"""devkit release: the files, what is checked, and that nothing half-written is left."""

import gzip
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from devkit.build import Release, build_release
from devkit.cli.main import main
from devkit.errors import BuildError
from devkit.settings import load_settings
from devkit.source_map import SourceMap
from tests.contract.build.conftest import write

pytestmark = pytest.mark.node
FILES: dict[str, str | bytes] = {
    "src/index.jsx": "import './a.less'; ReactDOM.render(<b>{process.env.NODE_ENV}</b>, document.body);",
    "src/a.less": ".a { .b { color: red } }",
}


def release(
    project: Path, files: dict[str, str | bytes], maps: Path | None = None, **settings: Any
) -> Release:
    write(project, files)
    return build_release(load_settings(project, settings, environ={}), maps=maps)


def names(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "dist").iterdir())


def command(monkeypatch: pytest.MonkeyPatch, project: Path, *arguments: str) -> Result:
    monkeypatch.chdir(project)
    return CliRunner().invoke(main, ["release", *arguments])


def test_minified_files_with_their_sizes_and_sums(project: Path) -> None:
    made = release(project, FILES)
    assert [file.path.name for file in made.files] == ["index.js", "index.css"]
    for file in made.files:
        data = file.path.read_bytes()
        assert (file.size, file.md5) == (len(data), hashlib.md5(data).hexdigest())
        assert abs(file.gzip - len(gzip.compress(data, 6))) <= 20
    js = (project / "dist/index.js").read_text()
    assert "production" in js
    assert "sourceMappingURL" not in js
    assert (project / "dist/index.css").read_text().strip() == ".a .b{color:red}"
    assert names(project) == ["index.css", "index.js"]


def test_two_releases_are_equal_and_css_that_is_gone_is_removed(project: Path) -> None:
    first = release(project, FILES)
    assert release(project, FILES).files == first.files
    made = release(project, {"src/index.jsx": "window.a = 1;"})
    assert [file.path.name for file in made.files] == ["index.js"]
    assert names(project) == ["index.js"]


def test_source_maps_go_elsewhere(project: Path) -> None:
    plain = release(project, FILES)
    made = release(project, FILES, maps=project / ".devkit/maps")
    assert [file.size for file in made.files] == [file.size for file in plain.files]
    assert {path.name for path in made.maps} == {"index.js.map", "index.css.map"}
    assert "src/index.jsx" in (project / ".devkit/maps/index.js.map").read_text()
    assert names(project) == ["index.css", "index.js"]
    with pytest.raises(BuildError, match="must not go into the release"):
        release(project, FILES, maps=project / "dist/maps")


def test_a_file_over_2_mb_is_refused_and_names_the_largest_parts(project: Path) -> None:
    release(project, FILES)
    before = (project / "dist/index.js").read_bytes()
    big = f"window.a = '{'x' * (2 * 1024 * 1024)}';"
    with pytest.raises(
        BuildError, match=r"index\.js is 2\.00 MiB; the console takes at most 2 MiB"
    ) as caught:
        release(project, {**FILES, "src/big.js": big, "src/index.jsx": "import './big.js';"})
    assert "src/big.js (2048 KiB)" in caught.value.hint
    assert (project / "dist/index.js").read_bytes() == before


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import './none';", "Could not resolve"),
        ("import 'https://cdn.example/x.js';", "would not be in the release"),
        ("import './a.css';", "/static/logo.png"),
        ("import x from './large.png'; window.a = x;", "over inline_limit"),
    ],
)
def test_what_would_be_missing_is_refused(project: Path, source: str, message: str) -> None:
    files = {
        "src/index.js": source,
        "src/a.css": ".a { background: url(/static/logo.png) }",
        "src/large.png": b"x" * 70_000,
    }
    with pytest.raises(BuildError) as caught:
        release(project, files)
    assert message in str(caught.value)
    assert not (project / "dist").exists()


def test_an_unused_import_of_typescript_is_no_missing_file(project: Path) -> None:
    source = "import App from './App.vue'; import { x } from 'https://cdn.example/x.js'; window.a = 1;"
    files = {"src/index.ts": source, "src/App.vue": "<template><p>1</p></template>"}
    assert release(project, files).warnings == ()


def test_console_logs_left_in_are_pointed_at(project: Path) -> None:
    source = "// console.log(1)\nconst u = 'https://x'; console.log(u);\nwindow.a = 1;"
    made = release(project, {"src/index.js": source})
    assert [(finding.line, finding.column) for finding in made.warnings] == [(2, 24)]
    assert "console.log" in made.warnings[0].message
    assert not release(
        project, {"src/index.js": "window.a = 1; if (process.env.NODE_ENV !== 'production') console.log(1);"}
    ).warnings


def test_syntax_above_the_target_is_warned_about(project: Path) -> None:
    files: dict[str, str | bytes] = {"src/index.js": "window.a = 'x'.replace(/(?<=a)b/, '') + 12n;"}
    messages = " ".join(finding.message for finding in release(project, files).warnings)
    assert "Lookbehind" in messages
    assert "Big integer" in messages
    assert not release(project, files, target="es2022,ios17,chrome100").warnings


def test_the_command_prints_a_table_and_json(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, FILES)
    shown = command(monkeypatch, project)
    assert shown.exit_code == 0, shown.output
    md5 = hashlib.md5((project / "dist/index.js").read_bytes()).hexdigest()
    assert md5 in shown.output
    line = json.loads(command(monkeypatch, project, "--json", "--out", "other").output)
    assert line["files"][0]["md5"] == md5
    assert (project / "other/index.css").exists()


def test_the_command_fails_with_place_and_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, {"src/index.js": "const a = ;\n"})
    shown = command(monkeypatch, project)
    assert shown.exit_code == 1
    assert "src/index.js:1:11" in shown.output
    assert "> 1 | const a = ;" in shown.output
    lines = [json.loads(line) for line in command(monkeypatch, project, "--json").output.splitlines()]
    assert lines[-1]["event"] == "error"
    assert lines[-1]["diagnostics"][0]["line"] == 1


def test_an_unwritable_folder_is_named(project: Path) -> None:
    write(project, {"dist": "a file"})
    with pytest.raises(BuildError, match="cannot be written"):
        release(project, FILES)


def test_a_killed_release_leaves_no_worker(project: Path) -> None:
    write(project, FILES)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom devkit.build.engine import start_worker\n"
        "from devkit.build.options import BuildOptions\nfrom devkit.settings import load_settings\n"
        "worker = start_worker(BuildOptions.from_settings(load_settings(Path(sys.argv[1]))))\n"
        "print(worker.pid, flush=True)\ntime.sleep(60)\n"
    )
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(project)], stdout=subprocess.PIPE, cwd=root, text=True
    )
    assert child.stdout is not None
    pid = int(child.stdout.readline())
    child.kill()
    child.wait()
    child.stdout.close()
    limit = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


MINIFIED = """/*! licence of a part */
export function first(list) {
  const [one, ...others] = list;
  debugger;
  if (others.length > 3) throw new Error('too many');
  return { one, others };
}
"""


def test_the_script_is_minified_twice_and_stays_what_it_was(project: Path) -> None:
    settings = {"global_name": "Panel", "target": "ios12"}
    release(project, {"src/index.js": MINIFIED}, maps=project / "maps", **settings)
    js = (project / "dist/index.js").read_text()
    assert "licence of a part" in js
    assert "debugger" in js
    assert js.startswith("var Panel=")
    found = SourceMap((project / "maps/index.js.map").read_bytes()).place(1, js.index("too many") + 1)
    assert found
    assert (found.source, found.line) == ("src/index.js", 5)


def test_names_in_a_with_statement_are_kept(project: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": "import read from './read'; window.x = read({ longName: 2 }, 1);",
        "src/read.js": "module.exports = function (all, longName) { with (all) { return longName } }",
    }
    release(project, files)
    assert "return longName" in (project / "dist/index.js").read_text()
