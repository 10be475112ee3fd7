from pathlib import Path

import pytest

from devkit.errors import SettingsError
from devkit.phone.classes import load_source, split_class


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("lamp.py", ("lamp.py", "")),
        ("lamp.py:Lamp", ("lamp.py", "Lamp")),
        ("lamp.py:", ("lamp.py", "")),
        ("company.devices:Lamp", ("company.devices", "Lamp")),
        (r"C:\panels\lamp.py", (r"C:\panels\lamp.py", "")),
        (r"C:\panels\lamp.py:Lamp", (r"C:\panels\lamp.py", "Lamp")),
        (":Lamp", ("", "Lamp")),
    ],
)
def test_a_colon_separates_the_class_alone(spec: str, parts: tuple[str, str]) -> None:
    assert split_class(spec) == parts


def test_the_nearest_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "light.py").touch()
    with pytest.raises(SettingsError, match=r"scenario: there is no file .*ligth\.py") as caught:
        load_source("scenario", "ligth.py", tmp_path)
    assert caught.value.hint == "Did you mean light.py?"
