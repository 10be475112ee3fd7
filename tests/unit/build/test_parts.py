"""Pure parts of the build: pace, ignored files, .env, code frames, entries and targets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.build.checks import lacks_lookbehind
from devkit.build.env import load_env, parse_env
from devkit.build.messages import Message
from devkit.build.options import BuildOptions
from devkit.build.project.entry import find_entry
from devkit.build.result import build_error, diagnostic
from devkit.build.watcher import Pacer, folders, is_ignored
from devkit.errors import BuildError
from devkit.settings import load_settings
from devkit.source_map import code_frame


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_single_save_is_built_at_once() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    assert pacer.delay() <= 0
    for gap in (1.0, 1.0, 0.1, 0.07, 0.1):
        clock.now += gap
        pacer.changed()
        assert pacer.delay() <= 0


def test_a_save_that_is_under_way_waits_a_moment() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.changed(unsettled=True)
    assert 0 < pacer.delay() <= 0.05
    clock.now += 0.05
    assert pacer.delay() <= 0


def test_a_storm_waits_for_its_end_but_not_for_ever() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    waited = []
    for _ in range(1000):
        pacer.changed()
        waited.append(pacer.delay())
        clock.now += 0.001
    assert waited[0] <= 0
    assert all(delay > 0 for delay in waited[1:])
    assert 0 < pacer.delay() <= Pacer.QUIET_MOST
    for _ in range(3000):
        pacer.changed()
        clock.now += 0.001
    assert pacer.delay() <= 0


def test_an_endless_storm_is_built_now_and_then() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    builds = 0
    for _ in range(10_000):
        pacer.changed()
        if pacer.delay() <= 0:
            builds += 1
            pacer.built()
        clock.now += 0.001
    assert builds == 4  # the first save, then one every LONGEST seconds


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=50))
def test_no_wait_is_longer_than_the_limit(steps: list[tuple[float, bool]]) -> None:
    clock = Clock()
    pacer = Pacer(clock)
    for gap, unsettled in steps:
        clock.now += gap
        pacer.changed(unsettled=unsettled)
        assert pacer.delay() <= Pacer.QUIET_MOST + 1e-6


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("src/a.js", False),
        ("src/.env", False),
        (".env", False),
        ("src/node_modules.js", False),
        ("src/distance/a.js", False),
        ("node_modules/a/b.js", True),
        ("src/node_modules/b.js", True),
        ("dist/index.js", True),
        (".git/HEAD", True),
        (".devkit/cloud.db", True),
        (".pytest_cache/v/cache/nodeids", True),
        ("test-results/test_it/owner.png", True),
        ("src/a.js~", True),
        ("src/.a.js.swp", True),
        ("src/4913", True),
        ("src/a.js___jb_tmp___", True),
        ("src/.#a.js", True),
    ],
)
def test_ignored_files(name: str, ignored: bool) -> None:
    assert is_ignored(Path("/project") / name, Path("/project")) is ignored


def test_a_project_below_an_ignored_name_is_watched() -> None:
    assert not is_ignored(Path("/home/dist/panel/src/a.js"), Path("/home/dist/panel"))


def test_watched_folders(tmp_path: Path) -> None:
    for name in ("src/deep", "node_modules/x", "dist", ".git"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    project = tmp_path
    inputs = [tmp_path / "node_modules/x/i.js", tmp_path / "gone/i.js"]
    names = {folder.relative_to(project).as_posix() for folder in folders(project, inputs)}
    assert names == {".", "src", "src/deep", "outside"}


def test_env_syntax() -> None:
    text = (
        'A=1\n  export B = two words # note\nC=\'#kept $x\'\nD="line\\nnext \\"q\\""\nE=\nF=#none\n'
        '# G=1\nbroken\nH=a#b\r\nI="one\ntwo"\n'
    )
    assert parse_env(text) == {
        "A": "1",
        "B": "two words",
        "C": "#kept $x",
        "D": 'line\nnext \\"q\\"',
        "E": "",
        "F": "",
        "H": "a",
        "I": "one\ntwo",
    }


@given(st.text())
def test_any_text_is_an_env_file(text: str) -> None:
    assert all(isinstance(value, str) for value in parse_env(text).values())


def test_an_empty_prefix_gives_no_variables(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET=1\nPANEL_A=2")
    assert load_env(tmp_path, "development", "") == ({}, [])
    assert load_env(tmp_path, "development", "PANEL_")[0] == {"PANEL_A": "2"}


@pytest.mark.parametrize("name", ["VITE_A", "REACT_APP_A", "VUE_APP_A"])
def test_prefixes_of_other_tools_are_read_too(tmp_path: Path, name: str) -> None:
    (tmp_path / ".env").write_text(f"SECRET=1\n{name}=2")
    assert load_env(tmp_path, "development", "PANEL_")[0] == {name: "2"}
    assert load_env(tmp_path, "development", "") == ({}, [])


ENV = r"""
HOST=lamp.example
VITE_URL=https://${HOST}:${PORT:-80}/$VITE_PATH
VITE_PATH=v1
VITE_COST="\$5, \${HOST}"
VITE_USER=$OUTER
VITE_VERSION=$npm_package_version
VITE_MORE=${HOST:+yes}${GONE:+no}
VITE_SELF=a$VITE_SELF
VITE_LATE=$5 and $$
VITE_BAD=x${GONE}y$GONE
"""


def test_references_of_env_are_expanded_as_dotenv_expand_does(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / "package.json").write_text('{"version": "1.2.3"}')
    values, said = load_env(tmp_path, "development", "PANEL_", {"OUTER": "pa$HOST"})
    assert values == {
        "VITE_URL": "https://lamp.example:80/v1",
        "VITE_PATH": "v1",
        "VITE_COST": "$5, ${HOST}",
        "VITE_USER": "pa$HOST",
        "VITE_VERSION": "1.2.3",
        "VITE_MORE": "yes",
        "VITE_SELF": "a",
        "VITE_LATE": "$5 and $$",
        "VITE_BAD": "xy",
    }
    assert [(item["text"].split(",")[0], item.get("line")) for item in said] == [
        ("VITE_BAD refers to $GONE", 11)
    ]


def test_code_frame() -> None:
    assert code_frame("one\ntwo\nthree\n", 2, 2) == "  1 | one\n> 2 | two\n    |  ^\n  3 | three"
    assert code_frame("\tx", 1, 2) == "> 1 | \tx\n    | \t^"
    assert code_frame("one\n", 2, 1) == "  1 | one\n> 2 |\n    | ^"
    assert code_frame("x" * 500, 1, 300) == f"> 1 | {'x' * 200}"


@given(st.text(), st.integers(-2, 50), st.integers(-2, 300))
def test_code_frames_of_anything(source: str, line: int, column: int) -> None:
    frame = code_frame(source, line, column)
    assert bool(frame) == (1 <= line <= len(source.splitlines()))


def test_a_message_shows_the_lines_around_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.less"
    file.write_bytes(b".a {\r\n  color: @none;\xff\r\n}")
    message: Message = {"text": "odd", "stage": "less", "severity": "error"}
    place: Message = {**message, "file": str(file), "line": 2, "column": 10}
    found = diagnostic(place)
    assert found.frame.splitlines()[1:3] == ["> 2 |   color: @none;\ufffd", "    |          ^"]
    assert (found.message, found.stage, found.line) == ("odd", "less", 2)
    assert diagnostic({**place, "file": str(tmp_path / "gone.less")}).frame == ""
    assert diagnostic(message).frame == ""


def test_an_error_without_messages_still_says_something() -> None:
    assert "without a message" in str(build_error([]))
    assert "without a message" in str(build_error([{"text": None}])) or str(build_error([{"text": None}]))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["src/index.js", "src/index.jsx"], "src/index.jsx"),
        (["src/main.js", "src/app.js"], "src/app.js"),
        (["src/App.jsx", "src/main.jsx"], "src/main.jsx"),
        (["index.js", "src/main.ts"], "src/main.ts"),
    ],
)
def test_entries(tmp_path: Path, files: list[str], expected: str) -> None:
    (tmp_path / "src").mkdir()
    for name in files:
        (tmp_path / name).touch()
    assert find_entry(tmp_path) == (tmp_path / expected).resolve()


def test_package_source_names_the_entry(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/start.tsx").touch()
    for source, found in (("code/start.tsx", True), ("index.html", False), ("../x.js", False), (3, False)):
        (tmp_path / "package.json").write_text(f'{{"source": {source!r}}}'.replace("'", '"'))
        if found:
            assert find_entry(tmp_path).name == "start.tsx"
        else:
            with pytest.raises(BuildError, match="No entry module"):
                find_entry(tmp_path)


def test_a_given_entry_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"src/nope\.js does not exist"):
        BuildOptions.from_settings(load_settings(tmp_path, {"entry": Path("src/nope.js")}, environ={}))


def test_settings_reach_the_wire(tmp_path: Path) -> None:
    (tmp_path / "index.js").touch()
    settings = load_settings(tmp_path, {"alias": {"@": "./src"}, "px_to_viewport": 375}, environ={})
    wire = BuildOptions.from_settings(settings).wire()
    assert (wire["alias"], wire["px_to_viewport"], wire["sourcemap"]) == ({"@": "./src"}, 375, True)
    assert BuildOptions.from_settings(settings, "production").sourcemap is False


@pytest.mark.parametrize(
    ("target", "lacks"),
    [
        ("es2017,ios12,chrome70", True),
        ("ios16.3", True),
        ("ios16.4", False),
        ("es2017", False),
        ("safari17.4.1,chrome61", True),
        ("", False),
    ],
)
def test_lookbehind(target: str, lacks: bool) -> None:
    assert lacks_lookbehind(target) is lacks
