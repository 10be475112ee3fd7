"""Files that ship with devkit: of a folder in a checkout, of an archive in a wheel."""

import zipfile
from pathlib import Path

import pytest

from devkit import resources
from devkit.errors import DevkitError


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let devkit be installed in a folder whose archive of templates is to be written."""
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "devkit")
    place = tmp_path / "devkit" / "_data" / "templates.zip"
    place.parent.mkdir(parents=True)
    return place


def test_a_wheel_and_a_checkout_have_the_same_files(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "minimal"
    folder.mkdir(parents=True)
    (folder / "index.jsx").write_text("面板\n", "utf-8", newline="")
    of_folder = resources.packed_files("templates")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(folder / "index.jsx", "minimal/index.jsx")
    (folder / "index.jsx").unlink()
    assert resources.packed_files("templates") == of_folder == {"minimal/index.jsx": "面板\n".encode()}


@pytest.mark.parametrize("damage", ["no archive", "cut off", "other bytes"])
def test_a_damaged_archive_is_named_with_what_mends_it(archive: Path, damage: str) -> None:
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("minimal/index.jsx", "text of a panel")
    whole = archive.read_bytes()
    archive.write_bytes(
        {
            "no archive": b"<html>",
            "cut off": whole[: len(whole) // 2],
            "other bytes": whole.replace(b"text of", b"test of"),
        }[damage]
    )
    with pytest.raises(DevkitError) as caught:
        resources.packed_files("templates")
    assert f"{archive} is damaged: " in str(caught.value)
    assert caught.value.hint == "Install h5-devkit again."
