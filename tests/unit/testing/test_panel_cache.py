"""Kept builds: never an old one, however files come, go and change; bounded; whole or not at all."""

import dataclasses
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.build import BuildOptions, BuildResult
from devkit.testing.farm import panel_cache
from devkit.testing.farm.panel_cache import FOLDER, PanelCache

ENDINGS = ("", ".ts", ".js", "/index.js")
PLACES = tuple(
    f"{folder}/{name}"
    for folder in ("repo/app/src", "repo/app/node_modules", "repo/app/node_modules/a/node_modules",
                   "repo/app/node_modules/@s", "repo/node_modules", "repo/node_modules/@s", "repo/shared",
                   "repo/app/dist")
    for name in ("a.ts", "a.js", "b.js", "a/index.js", "b/index.js", "index.js", "x.py")
)  # fmt: skip
LINKS = (
    *PLACES,
    "repo/app/node_modules/b",
    "repo/app/node_modules/@s/a",
    "repo/app/src/b",
    "repo/app/dist/a",
)
TARGETS = (*PLACES, "repo/shared", "repo/node_modules/a", "repo/app/src/a")
TEXTS = ("1", "./a", "./b", "a", "b", "@s/a", "../dist/a ../../shared/b", "./x.py", "a b ./b", "./b b @s/a")


def found(name: str, start: Path) -> Path | None:
    """Return the file of an import, as tools look for it."""
    if name.startswith("."):
        folders = [start]
    else:
        folders = [folder / "node_modules" for folder in (start, *start.parents)]
    places = (Path(os.path.normpath(f"{folder / name}{ending}")) for folder in folders for ending in ENDINGS)
    return next((place for place in places if place.is_file()), None)


def built(root: Path, *, real: bool = False) -> BuildResult | None:
    """Bundle root/repo/app/src/index.js and all that it imports; what is not there is an error, or left out.

    real: follow links, as esbuild does.
    """
    waiting, seen, out = [root / "repo/app/src/index.js"], set(), []
    while waiting:
        file = waiting.pop().resolve() if real else waiting.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        text = file.read_text()
        out.append(f"{file}={text}")
        for name in text.split():
            place = found(name, file.parent)
            if place is None and name.startswith("."):
                return None
            waiting += [place] if place else []
    return BuildResult("\n".join(out).encode(), inputs=frozenset(seen))


def options(root: Path, **changes: object) -> BuildOptions:
    app = root / "repo" / "app"
    return dataclasses.replace(BuildOptions(app, app / "src" / "index.js"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "repo/app/src/index.js", "a b @s/a")
    return tmp_path


@pytest.fixture
def saved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files beyond the project be as old as they are, since nobody changes them during a build."""
    monkeypatch.setattr(panel_cache, "CLOCK_NS", -(1 << 60))


def write(root: Path, place: str, text: str) -> None:
    file = root / place
    if file.is_symlink():
        file.unlink()
    blocked = any(os.path.lexists(parent) and not parent.is_dir() for parent in file.parents)
    if not file.is_dir() and not blocked:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def built_or_kept(root: Path, *, real: bool = False, **changes: object) -> tuple[bytes, bool]:
    """Return the script, and whether it was kept."""
    cache = PanelCache(options(root, **changes))
    if kept := cache.find():
        return kept.js, True
    result = built(root, real=real)
    if result is None:
        return b"", False
    cache.keep(result)
    return result.js, False


STEP = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PLACES), st.sampled_from(TEXTS)),
    st.tuples(st.just("remove"), st.sampled_from(PLACES), st.just("")),
    st.tuples(st.just("link"), st.sampled_from(LINKS), st.sampled_from(TARGETS)),
)


@settings(
    max_examples=int(os.environ.get("DEVKIT_CACHE_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEP, min_size=2, max_size=10), st.booleans())
def test_what_is_kept_is_what_a_build_gives_now(
    saved_at_once: None, steps: list[tuple[str, str, str]], real: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        write(root, "repo/app/src/index.js", "a b @s/a")
        for act, place, text in steps:
            file = root / place
            if act == "write":
                write(root, place, text)
            elif act == "remove" and file.parent.is_dir():
                linked = file.is_symlink() or not file.is_dir()
                file.unlink(missing_ok=True) if linked else shutil.rmtree(file)
            elif act == "link" and not os.path.lexists(file) and file.parent.is_dir():
                file.symlink_to(root / text)
            for _ in range(2):
                now = built(root, real=real)
                assert built_or_kept(root, real=real)[0] == (now.js if now else b"")


def test_the_same_is_kept_and_tests_do_not_matter(saved_at_once: None, root: Path) -> None:
    write(root, "repo/app/node_modules/a/index.js", "1")
    first = built_or_kept(root)
    assert first[1] is False
    write(root, "repo/app/tests/test_panel.py", "def test(): pass")
    assert built_or_kept(root) == (first[0], True)
    shutil.copytree(root / "repo", root / "copy")
    (root / "repo").rename(root / "other")
    (root / "copy").rename(root / "repo")
    assert built_or_kept(root) == (first[0], True), "times of files do not matter, as in CI"


@pytest.mark.parametrize(
    "changes",
    [{"target": "es2020"}, {"hot": True}, {"define": {"A": "1"}}, {"engine": "node"}, {"react": "own"}],
)
def test_what_a_build_is_asked_matters(changes: dict[str, object], root: Path) -> None:
    built_or_kept(root)
    assert not built_or_kept(root, **changes)[1]
    assert built_or_kept(root, **changes)[1]


def test_the_environment_and_devkit_matter(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built_or_kept(root)
    for name in ("NODE_ENV", "BROWSERSLIST", "BROWSERSLIST_ENV"):
        monkeypatch.setenv(name, "other")
        assert not built_or_kept(root)[1], name
    write(root, "repo/app/.env", "PANEL_KEY=1")
    assert not built_or_kept(root)[1]
    monkeypatch.setattr(panel_cache, "_devkit", lambda: "newer")
    assert not built_or_kept(root)[1]
    assert built_or_kept(root)[1]


@pytest.mark.parametrize("place", ["src/index.js", "node_modules/a/index.js", "node_modules/c/index.js"])
def test_a_save_during_the_build_keeps_nothing(place: str, root: Path) -> None:
    write(root, "repo/app/node_modules/a/index.js", "1")
    cache = PanelCache(options(root))
    before = (root / "repo/app" / place).read_text() if "c" not in place.split("/") else "2"
    write(root, f"repo/app/{place}", "2")
    result = built(root)
    assert result
    write(root, f"repo/app/{place}", before)  # and back again
    cache.keep(result)
    assert not list((root / "repo/app" / FOLDER).glob("*"))


def test_what_runs_plugins_of_its_own_is_never_kept(root: Path) -> None:
    write(root, "repo/app/postcss.config.js", "module.exports = {}")
    assert [built_or_kept(root)[1] for _ in range(2)] == [False, False]


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "text", "list", "folder"])
def test_a_harmed_entry_is_as_if_it_were_not_there(harm: str, root: Path) -> None:
    script, _ = built_or_kept(root)
    (entry,) = (root / "repo/app" / FOLDER).iterdir()
    content = entry.read_bytes()
    entry.unlink()
    if harm == "folder":
        entry.mkdir()
    else:
        texts = {"cut": content[:-1], "flip": content[:-1] + b"#", "empty": b"", "text": b"x\ny"}
        entry.write_bytes(texts.get(harm, b"[]\n"))
    assert built_or_kept(root) == (script, False)
    assert built_or_kept(root) == (script, harm != "folder")


def test_few_entries_are_kept_and_the_last_used_are(root: Path) -> None:
    names = []
    for number in range(panel_cache.ENTRIES + 3):
        built_or_kept(root, target=f"es{number}")
        assert built_or_kept(root, target="es0")[1], "used again and again"
        names.append(number)
    assert len(list((root / "repo/app" / FOLDER).iterdir())) == panel_cache.ENTRIES
    assert not built_or_kept(root, target="es1")[1]


def test_too_much_is_not_looked_through(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MOST_FILES", "MOST_BYTES", "ENTRY_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(panel_cache, limit, 0)
            assert [built_or_kept(root)[1] for _ in range(2)] == [False, False], limit
    os.mkfifo(root / "repo/app/src/pipe")
    assert [built_or_kept(root)[1] for _ in range(2)] == [False, False]


def test_two_processes_may_keep_at_once(root: Path) -> None:
    script, _ = built_or_kept(root)

    def work() -> Iterator[bool]:
        for number in range(12):
            yield built_or_kept(root, target=f"es{number}")[0] == script

    good: list[list[bool]] = []
    threads = [threading.Thread(target=lambda: good.append(list(work()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [[True] * 12] * 3
