"""`devkit call` on the project's sandbox."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.cli.main import main


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("AppGetDeviceDat", "'AppGetDeviceDat' at tokenapi.\nDid you mean AppGetDeviceData?\n"),
        ("Xyz", "'Xyz' at tokenapi.\n"),
    ],
)
def test_the_nearest_action_is_named(
    action: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["call", action, "--db", "memory"])
    assert result.exit_code == 1
    assert result.output.endswith(told)
