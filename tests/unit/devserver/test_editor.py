"""Which editor opens a file, and which files may be opened."""

from pathlib import Path

import pytest

from devkit.devserver.editor import arguments, editor_command, open_in_editor, project_place
from devkit.errors import ServeError


def test_a_place_in_the_project(tmp_path: Path) -> None:
    file = tmp_path / "src" / "a.js"
    file.parent.mkdir()
    file.write_text("x", "utf-8")
    assert project_place(tmp_path, "src/a.js:3:5") == (file, 3, 5)
    assert project_place(tmp_path, f"{file}:3") == (file, 3, 1)
    assert project_place(tmp_path, "src/a.js") == (file, 1, 1)


@pytest.mark.parametrize("asked", ["../secret", "/etc/passwd", "none.js:1:1", "", "src/../../x:1"])
def test_other_files_are_not_opened(tmp_path: Path, asked: str) -> None:
    (tmp_path / "secret").write_text("x", "utf-8")
    inner = tmp_path / "panel"
    inner.mkdir()
    with pytest.raises(ServeError):
        project_place(inner, asked)


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"LAUNCH_EDITOR": "cursor", "EDITOR": "vim"}, ["cursor"]),
        ({"VISUAL": "code --wait", "EDITOR": "vim"}, ["code", "--wait"]),
        ({"EDITOR": "subl"}, ["subl"]),
    ],
)
def test_variables_name_the_editor(environ: dict[str, str], command: list[str]) -> None:
    assert editor_command(environ) == command


def test_an_editor_that_needs_a_terminal_is_said() -> None:
    with pytest.raises(ServeError, match="needs a terminal") as caught:
        editor_command({"EDITOR": "/usr/bin/vim"})
    assert "LAUNCH_EDITOR" in caught.value.hint


@pytest.mark.parametrize(
    ("command", "tail"),
    [
        (["code"], ["-r", "-g", "a.js:3:5"]),
        (["/opt/webstorm.sh"], ["--line", "3", "--column", "5", "a.js"]),
        (["subl"], ["a.js:3:5"]),
        (["gvim"], ["+3", "a.js"]),
        (["my-editor"], ["a.js"]),
    ],
)
def test_each_editor_gets_the_place_in_its_own_way(command: list[str], tail: list[str]) -> None:
    assert arguments(command, Path("a.js"), 3, 5) == [*command, *tail]


@pytest.mark.parametrize("path", [".", "node_modules/.bin"])
def test_a_program_of_the_project_is_no_editor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (tmp_path / "a.js").write_text("x", "utf-8")
    folder = tmp_path / path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "code").write_text("#!/bin/sh\ntouch ran\n")
    (folder / "code").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    for environ in ({}, {"EDITOR": "code"}, {"EDITOR": f"{path}/code"}, {"EDITOR": str(folder / "code")}):
        with pytest.raises(ServeError, match="is a file of the project"):
            open_in_editor(tmp_path, "a.js:1:1", environ)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a&calc&.js", "a%PATH%.js", "a|b.js", 'a".js', "a^b.js", "a\nb.js"])
def test_a_batch_file_gets_no_name_that_it_would_run(tmp_path: Path, name: str) -> None:
    editor = tmp_path / "own" / "code.cmd"
    editor.parent.mkdir()
    editor.write_text("")
    (tmp_path / "panel").mkdir()
    (tmp_path / "panel" / name).write_text("x", "utf-8")
    with pytest.raises(ServeError, match="would run what follows"):
        open_in_editor(tmp_path / "panel", f"{name}:1:1", {"LAUNCH_EDITOR": str(editor)})


@pytest.mark.parametrize("name", ["-r.js", "$(touch ran).js", "a;touch ran.js", "`touch ran`.js", "a b:7.js"])
def test_no_file_name_is_a_command_or_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (project := tmp_path / "panel").mkdir()
    (project / name).write_text("x", "utf-8")
    (editor := tmp_path / "code").write_text("")
    started: list[tuple[list[str], object]] = []
    monkeypatch.setattr(
        "subprocess.Popen", lambda command, **more: started.append((command, more.get("shell")))
    )
    open_in_editor(project, f"{name}:2:3", {"LAUNCH_EDITOR": str(editor)})
    assert started == [([str(editor), "-r", "-g", f"{project / name}:2:3"], None)]


def test_a_link_out_of_the_project_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", "utf-8")
    (tmp_path / "panel").mkdir()
    (tmp_path / "panel" / "a.js").symlink_to(tmp_path / "secret")
    with pytest.raises(ServeError, match="Only files of the project"):
        project_place(tmp_path / "panel", "a.js:1:1")


def test_an_editor_that_does_not_start_is_said(tmp_path: Path) -> None:
    (project := tmp_path / "panel").mkdir()
    (project / "a.js").write_text("x", "utf-8")
    with pytest.raises(ServeError, match="does not start"):
        open_in_editor(project, "a.js:1:1", {"LAUNCH_EDITOR": str(tmp_path / "no-such-editor")})
