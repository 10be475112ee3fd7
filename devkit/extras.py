"""How an optional part of devkit is installed: from where devkit itself came, as no package index has it."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "h5-devkit"
SOMEWHERE = "/path/to/devkit"


def install_command(extra: str) -> str:
    """Return the command that adds an extra, such as "radio", to the devkit that runs.

    Source: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    place, editable = _origin()
    return f'pip install {"--editable " if editable else ""}"{place}[{extra}]"'


@functools.cache
def _origin() -> tuple[str, bool]:
    """Return the checkout or wheel file that was installed, and whether it is used in place."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.request import url2pathname  # brings an HTTP client along

    try:
        record = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        record = {}
    address = urlsplit(record.get("url", ""))
    place = Path(url2pathname(unquote(address.path))) if address.scheme == "file" else Path()
    if not place.name or not place.exists():
        return SOMEWHERE, False
    return str(place), bool(record.get("dir_info", {}).get("editable"))
