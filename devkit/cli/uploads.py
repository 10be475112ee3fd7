"""What was uploaded when: releases.json, and whether the console shows the files of a release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devkit.build.release import ReleaseFile, describe_file, write_together
from devkit.errors import SettingsError
from devkit.language import _

UPLOADS_FILE = "releases.json"
NAMES = ("index.js", "index.css")
_MD5 = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_SIZE = re.compile(
    r"(?<![0-9A-Za-z])(\d[\d,]*(?:\.\d+)?)\s*(bytes?|字节|[kKmM]i?[bB]|[kKmM]|[bB])(?![0-9A-Za-z])"
)
_UNITS = {"k": (1000, 1024), "m": (1000**2, 1024**2)}


@dataclass(frozen=True)
class Upload:
    """One line of releases.json.

    files: {name: {"size", "gzip", "md5"}} in bytes and hex. commit: of git, with "+" when files had changed
    since. checked: the console was seen to show these files. time: ISO 8601, UTC.
    """

    version: str
    time: str
    files: Mapping[str, Mapping[str, Any]]
    commit: str = ""
    changelog: str = ""
    checked: bool = False


def built_files(out: Path) -> tuple[ReleaseFile, ...]:
    """Return the files of a release as they lie in a folder.

    Errors: SettingsError when there is no script.
    """
    if not (out / NAMES[0]).is_file():
        raise SettingsError(_(f"There is no {NAMES[0]} in {out}."), _("Build it first: devkit release"))
    paths = [out / name for name in NAMES]
    return tuple(describe_file(path, path.read_bytes()) for path in paths if path.is_file())


def read_uploads(project: Path) -> list[Upload]:
    """Return what was uploaded, oldest first; [] before the first time.

    Errors: SettingsError when the file cannot be read as such.
    """
    file = project / UPLOADS_FILE
    try:
        rows = json.loads(file.read_text("utf-8"))
        if not isinstance(rows, list):
            raise TypeError(_(f"{type(rows).__name__} where a list is wanted"))
        return [Upload(**row) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        hint = _("Mend it, or move it away to begin a new one.")
        raise SettingsError(_(f"{file} is not a list of uploads: {error}."), hint) from error


def write_upload(project: Path, upload: Upload) -> Path:
    """Add an upload to releases.json; return the file.

    Errors: SettingsError when the version is there with other files.
    """
    earlier = read_uploads(project)
    for old in earlier:
        if old.version == upload.version and _md5s(old.files) != _md5s(upload.files):
            raise SettingsError(
                _(f"Version {upload.version} was uploaded on {old.time[:10]} with other files."),
                _("Give this one a version of its own: --version."),
            )
    kept = [old for old in earlier if old.version != upload.version]
    rows = [vars(item) for item in (*kept, upload)]
    file = project / UPLOADS_FILE
    write_together({file: (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()})
    return file


def file_fields(files: Iterable[ReleaseFile]) -> dict[str, dict[str, Any]]:
    """Return what releases.json keeps of files."""
    return {file.path.name: {"size": file.size, "gzip": file.gzip, "md5": file.md5} for file in files}


def differences(files: Iterable[ReleaseFile], last: Upload) -> list[str]:
    """Return in one line for each file what is new since an upload."""
    lines = []
    now = file_fields(files)
    for name in NAMES:
        was, new = last.files.get(name), now.get(name)
        if was is None and new is None:
            continue
        if new is None:
            lines.append(_(f"{name}: gone since {last.version}"))
        elif was is None:
            lines.append(_(f"{name}: new since {last.version}"))
        elif was["md5"] == new["md5"]:
            lines.append(_(f"{name}: unchanged since {last.version}"))
        else:
            raw, packed = new["size"] - was["size"], new["gzip"] - was["gzip"]
            share = raw / was["size"] if was["size"] else 0
            lines.append(_(f"{name}: {raw:+,} B ({share:+.1%}), gzip {packed:+,} B since {last.version}"))
    return lines


def problems_shown(files: Sequence[ReleaseFile], text: str) -> list[str]:
    """Return how the text that the console shows differs from the files; [] when it shows each of them.

    Each MD5 must be there; a name or a size that stands beside it must be right. Sizes are compared as far
    as they are rounded. Source: the platform's H5 panel guide, "Real Device Debugging".
    """
    shown = list(_MD5.finditer(text.lower()))
    problems = []
    for file in files:
        place = next((found for found in shown if found[0] == file.md5), None)
        if place is None:
            others = ", ".join(found[0] for found in shown) or _("none")
            problems.append(_(f"{file.path.name} has MD5 {file.md5}; the console shows {others}."))
            continue
        sizes = _SIZE.findall(_around(text, shown, place))
        if sizes and not any(_fits(file.size, *size) for size in sizes):
            told = ", ".join(" ".join(size) for size in sizes)
            problems.append(_(f"{file.path.name} has {file.size:,} bytes; the console shows {told}."))
    return problems


def _around(text: str, shown: Sequence[re.Match[str]], place: re.Match[str]) -> str:
    """Return the line of an MD5, or what stands between its neighbours when all is on one line."""
    before = max((found.end() for found in shown if found.end() <= place.start()), default=0)
    after = min((found.start() for found in shown if found.start() >= place.end()), default=len(text))
    first = max(before, text.rfind("\n\n", 0, place.start()) + 1)
    line_end = text.find("\n", place.end())
    return text[first : min(after, len(text) if line_end < 0 else line_end)]


def _fits(size: int, number: str, unit: str) -> bool:
    digits = number.replace(",", "")
    factors = _UNITS.get(unit[0].lower())
    if factors is None:
        return float(digits) == size
    step = 10.0 ** -len(digits.partition(".")[2])  # cut off or rounded
    return any(abs(float(digits) - size / factor) <= step for factor in factors)


def _md5s(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: file.get("md5") for name, file in files.items()}
