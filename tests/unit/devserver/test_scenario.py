from pathlib import Path

import pytest

from devkit.cli.scenario import load_device
from devkit.errors import SettingsError

LAMP = """
from devkit.cloud import VirtualDevice

class Lamp(VirtualDevice):
    tick_ms = 5
"""


def test_file_with_one_class(tmp_path: Path) -> None:
    (tmp_path / "lamp.py").write_text(LAMP)
    assert load_device(tmp_path, "lamp.py").tick_ms == 5
    assert load_device(tmp_path, "lamp.py:Lamp").__name__ == "Lamp"


def test_module_and_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "scenario_lamp_module.py").write_text(LAMP)
    assert load_device(tmp_path, "scenario_lamp_module:Lamp").tick_ms == 5


@pytest.mark.parametrize(
    ("source", "scenario", "words"),
    [
        (LAMP, "nothing.py", "does not exist"),
        (LAMP, "lamp.py:Other", "called Other"),
        ("", "lamp.py", "0 of them"),
        (LAMP + LAMP.replace("Lamp", "Second"), "lamp.py", "2 of them"),
        ("1 / 0", "lamp.py", "ZeroDivisionError"),
        (LAMP, "no_such_module_here:Lamp", "no_such_module_here"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, source: str, scenario: str, words: str) -> None:
    (tmp_path / "lamp.py").write_text(source)
    with pytest.raises(SettingsError, match=words):
        load_device(tmp_path, scenario)
