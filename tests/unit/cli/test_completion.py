import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from devkit.cli.main import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_shell_has_its_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0, result.output
    assert f"_DEVKIT_COMPLETE={shell}_complete" in result.output or f"'{shell}_complete'" in result.output


def test_an_unknown_shell_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["completion", "tcsh"])
    assert result.exit_code == 2
    assert "powershell" in result.output


@pytest.mark.parametrize(
    ("words", "typed", "offered"),
    [
        ("new --template vue3 --with", "va", {"vant"}),
        ("new --with", "ro", {"router"}),
        ("new -t vue3 --with", "vant,ro", {"vant,router"}),
        ("new --template nope --with", "", set()),
        ("call", "AppGetDeviceDataH", {"AppGetDeviceDataHistory"}),
    ],
)
def test_values_are_completed(words: str, typed: str, offered: set[str]) -> None:
    completing = ShellComplete(main, {}, "devkit", "_DEVKIT_COMPLETE")
    found = completing.get_completions(words.split(), typed)
    assert {item.value for item in found} == offered
