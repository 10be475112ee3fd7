"""`devkit release --try`: run what was just built, and tell what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from devkit.build.release import Release
    from devkit.settings import Settings


def runs(settings: Settings, release: Release, *, asked: bool, as_json: bool) -> bool:
    """Try a release where that can be done, tell what came of it, and return whether it may be uploaded.

    asked: without it, a machine without a browser and a project without a thing model are let alone.
    Errors: BrowserError when it was asked for; ModelError, SettingsError.
    """
    from devkit.build.release import source_map_of
    from devkit.cli.output import make_printer
    from devkit.errors import BrowserError, BuildError
    from devkit.testing.run.bundle import Bundle
    from devkit.testing.run.trial import cannot_try, obstacle, try_release

    reason = "" if asked else obstacle(settings)
    if reason:
        _tell(f"Not tried: {reason}. `devkit release --try` opens the files in the simulator.", as_json)
        return True
    paths = {file.path.name: file.path for file in release.files}
    bundle = Bundle.read(paths["index.js"], paths.get("index.css"), project=settings.project)
    try:
        trial = try_release(settings, bundle, lambda: source_map_of(settings))
    except BrowserError as error:
        if asked:
            raise
        _tell(cannot_try(error), as_json)
        return True
    if as_json:
        line = {"event": "try", "ok": not trial.findings, "ms": round(trial.ms, 1)}
        click.echo(json.dumps({**line, "picture": str(trial.picture or "")}, ensure_ascii=False))
    if not trial.findings:
        _tell(f"Tried in {trial.ms:.0f} ms: the panel runs.", as_json)
        return True
    make_printer(as_json=as_json).failed(BuildError(trial.findings))
    if trial.picture and not as_json:
        click.echo(f"  Picture: {trial.picture}")
    return False


def _tell(line: str, as_json: bool) -> None:
    click.echo(line, err=as_json)
