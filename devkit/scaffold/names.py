"""Project names: what npm and every file system can take."""

from __future__ import annotations

import re
import unicodedata

from devkit.errors import ScaffoldError
from devkit.language import _

MAX_NAME = 214
_NPM_RESERVED = {"node_modules", "favicon.ico"}
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_ALLOWED = re.compile(r"[a-z0-9][a-z0-9._-]*")


def suggest_name(name: str) -> str:
    """Return the nearest name that check_name takes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9._-]+", "-", plain)
    plain = re.sub(r"-{2,}", "-", plain).strip("-._")[:MAX_NAME].strip("-._")
    if not plain:
        return "my-panel"
    return f"{plain.split('.')[0]}-panel" if plain in _NPM_RESERVED or _DEVICES.fullmatch(plain) else plain


def check_name(name: str) -> None:
    """Check that name can be an npm package and a folder on Linux, macOS and Windows.

    Errors: ScaffoldError with the reason and a name that works.
    """
    reason = _reason(name)
    if reason:
        raise ScaffoldError(
            _(f"A project cannot be called {name!r}: {reason}."), _(f"Try {suggest_name(name)}.")
        )


def check_folder_name(name: str) -> None:
    """Check that a folder on the way to the project can be called name on every system.

    Errors: ScaffoldError.
    """
    reason = _folder_reason(name)
    if reason:
        raise ScaffoldError(_(f"A folder cannot be called {name!r}: {reason}."), _("Choose another path."))


def _reason(name: str) -> str:
    if not name:
        return _("it is empty")
    if len(name) > MAX_NAME:
        return _(f"it is longer than {MAX_NAME} characters")
    folder = _folder_reason(name)
    if folder:
        return folder
    if name.lower() in _NPM_RESERVED:
        return _("npm keeps this name for itself")
    if name[0] in "._-":
        return _(f"it begins with {name[0]!r}")
    if name != name.lower():
        return _("npm wants lower case")
    if not _ALLOWED.fullmatch(name):
        bad = next(letter for letter in name if not re.fullmatch(r"[a-z0-9._-]", letter))
        return _(f"npm does not take {bad!r} (only a-z, 0-9, '-', '_' and '.')")
    return ""


def _folder_reason(name: str) -> str:
    if _FORBIDDEN.search(name):
        return _(f"file systems do not take {_FORBIDDEN.search(name).group()!r}")  # type: ignore[union-attr]
    if name[-1:] in {".", " "}:
        return _("Windows does not take a dot or a space at the end")
    if _DEVICES.fullmatch(name):
        return _("Windows keeps this name for a device")
    if len(name.encode("utf-8", "replace")) > 255:
        return _("it is longer than 255 bytes")
    return ""
