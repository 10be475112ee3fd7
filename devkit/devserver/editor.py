"""Open a file of the project in the editor of whoever runs devkit, as launch-editor does.

Source: npm launch-editor@2 (LAUNCH_EDITOR, VISUAL, EDITOR; arguments of each editor).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devkit.errors import ServeError
from devkit.language import _

VARIABLES = ("LAUNCH_EDITOR", "VISUAL", "EDITOR")
GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf", "trae")
JETBRAINS = ("webstorm", "idea", "pycharm", "phpstorm", "goland", "rider")
COLON = ("subl", "sublime_text", "atom", "zed")
IN_TERMINAL = frozenset({"vi", "vim", "nvim", "nano", "pico", "joe", "micro", "helix", "hx", "ed"})
BATCH = (".bat", ".cmd")
ODD_IN_BATCH = re.compile(r'[&|<>^%!"`\r\n]')
"""What cmd.exe does not take for a part of a name. Source: npm launch-editor@2."""
_PLACE = re.compile(r":(\d+)(?::(\d+))?$")


def project_place(project: Path, asked: str) -> tuple[Path, int, int]:
    """Return file, line and column of "file:line:column"; the file is relative to the project, or in it.

    Errors: ServeError for a file that is not there or is outside of the project.
    """
    found = _PLACE.search(asked)
    name = asked[: found.start()] if found else asked
    line, column = (int(found[1]), int(found[2] or 1)) if found else (1, 1)
    file = (project / name).resolve()
    if not file.is_relative_to(project.resolve()):
        raise ServeError(_("Only files of the project can be opened."))
    if not file.is_file():
        raise ServeError(_(f"There is no file {name} in the project."))
    return file, line, column


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor's command: the one that a variable names, else the first that is installed.

    Errors: ServeError when there is none, or when it needs a terminal.
    """
    named = next((environ[name] for name in VARIABLES if environ.get(name)), "")
    if named:
        command = [named] if Path(named).is_file() else shlex.split(named, posix=os.name != "nt")
    else:
        installed = (shutil.which(name) for name in (*GOTO, *JETBRAINS, *COLON))
        command = [next((path for path in installed if path), "")]
    if not command or not command[0]:
        raise ServeError(_("No editor was found."), _("Set LAUNCH_EDITOR to its command, such as code."))
    if _name(command[0]) in IN_TERMINAL:
        raise ServeError(
            _(f"{command[0]} needs a terminal of its own."),
            _("Set LAUNCH_EDITOR to an editor with a window."),
        )
    return command


def arguments(command: list[str], file: Path, line: int, column: int) -> list[str]:
    """Return the whole command that opens a file at a place."""
    name = _name(command[0])
    if name in GOTO:
        return [*command, "-r", "-g", f"{file}:{line}:{column}"]
    if name in JETBRAINS:
        return [*command, "--line", str(line), "--column", str(column), str(file)]
    if name in COLON:
        return [*command, f"{file}:{line}:{column}"]
    if name in ("emacs", "emacsclient", "gvim", "mvim", "kate", "gedit"):
        return [*command, f"+{line}", str(file)]
    return [*command, str(file)]


def open_in_editor(project: Path, asked: str, environ: Mapping[str, str] | None = None) -> None:
    """Open a file of the project in the editor; asked: "file:line:column".

    Errors: ServeError.
    """
    file, line, column = project_place(project, asked)
    editor = editor_command(os.environ if environ is None else environ)
    program = Path(shutil.which(editor[0]) or editor[0]).absolute()
    if program.is_relative_to(project.resolve()) or program.resolve().is_relative_to(project.resolve()):
        raise ServeError(
            _(f"The editor {program} is a file of the project."), _("Set LAUNCH_EDITOR to your own.")
        )
    if program.suffix.lower() in BATCH and (odd := ODD_IN_BATCH.search(str(file))):
        raise ServeError(
            _(f"{program.name} would run what follows {odd[0]} in {file.name}."), _("Rename the file.")
        )
    command = arguments([str(program), *editor[1:]], file, line, column)
    try:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd=project,
        )  # fmt: skip
    except OSError as error:
        raise ServeError(
            _(f"The editor {command[0]} does not start: {error.strerror or error}."),
            _("Set LAUNCH_EDITOR to the command of another one."),
        ) from error


def _name(command: str) -> str:
    return Path(command).stem.lower()
