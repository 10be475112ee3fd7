"""The list of commands: what each is for, without the time that importing them takes."""

import os
import subprocess
import sys

import pytest

from devkit.cli.main import COMMANDS, LazyGroup

LISTED = """
import sys
from devkit.cli.main import main
main(["--help"], standalone_mode=False)
print([name for name in sys.modules if name.startswith("devkit.cli.commands.")])
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_sentence_of_its_help(name: str) -> None:
    command = LazyGroup.imported(name)
    assert command
    assert command.get_short_help_str(1000) == COMMANDS[name]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_list_imports_no_command(lang: str) -> None:
    environment = {**os.environ, "DEVKIT_LANG": lang}
    listed = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, env=environment)
    assert listed.stdout.endswith("[]\n"), listed
    assert all(f"\n  {name} " in listed.stdout for name in COMMANDS)
