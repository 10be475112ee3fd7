"""Files that ship with the package: in the wheel under _data, in a checkout at the top level."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devkit.errors import DevkitError
from devkit.language import _

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """Return the folder of shipped files called name ("schemas" or "addons")."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def packed_files(name: str) -> Mapping[str, bytes]:
    """Return {path: contents} of the folder called name ("templates"): a wheel has it as one archive.

    Errors: DevkitError when the archive is damaged.
    """
    archive = _PACKAGE / "_data" / f"{name}.zip"
    if not archive.exists():
        root = _PACKAGE.parent / name
        files = (path for path in sorted(root.rglob("*")) if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    import zipfile

    try:
        with zipfile.ZipFile(archive) as packed:
            return {file: packed.read(file) for file in packed.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise DevkitError(_(f"{archive} is damaged: {error}."), _("Install h5-devkit again.")) from error
