"""The options of Bluetooth: one --peripheral for each device, --ble for the phone's radio."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from devkit.cli.options import setting_options
from devkit.settings import Settings


@click.command()
@setting_options("peripherals", "ble")
def show(settings: Settings) -> None:
    click.echo(f"{' '.join(settings.peripherals)}|{settings.ble}")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], "file.py:A|virtual"),
        (["--peripheral", "b.py:B", "--peripheral", "pkg.mod:C"], "b.py:B pkg.mod:C|virtual"),
        (["--ble", "bleak"], "file.py:A|bleak"),
    ],
)
def test_flags_beat_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], shown: str
) -> None:
    (tmp_path / "devkit.toml").write_text('peripherals = ["file.py:A"]\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(show, arguments, catch_exceptions=False)
    assert result.output == f"{shown}\n"


def test_the_option_is_explained() -> None:
    text = CliRunner().invoke(show, ["--help"]).output
    assert "--peripheral" in text
    assert "repeatable" in text
