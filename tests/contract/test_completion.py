"""`devkit completion` in the shells that are installed here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
TYPED = {
    "bash": (
        'eval "$(devkit completion bash)"\n'
        "COMP_WORDS=(devkit rele); COMP_CWORD=1; _devkit_completion devkit; echo ${COMPREPLY[@]}"
    ),
    "zsh": (
        'eval "$(devkit completion zsh)"\n'
        "compadd() { print -r -- ${(P)@[-1]} }; _describe() { print -r -- ${(P)3} }\n"
        "words=(devkit rele); CURRENT=2; _devkit_completion"
    ),
    "fish": 'devkit completion fish | source; complete -C"devkit rele"',
}


@pytest.mark.parametrize("shell", TYPED)
def test_a_shell_completes_a_command(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    home = {"HOME": str(tmp_path), "ZDOTDIR": str(tmp_path)}
    done = subprocess.run(
        [program, "-c", TYPED[shell]],
        env={**ENVIRONMENT, **home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[:1] == ["release"] or "release:" in done.stdout, done.stderr
