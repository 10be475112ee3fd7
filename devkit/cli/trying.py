"""`devkit release --try`: run what was just built, and tell what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from devkit.language import _

if TYPE_CHECKING:
    from devkit.build.release import Release
    from devkit.settings import Settings


def runs(settings: Settings, release: Release, *, asked: bool | None, as_json: bool) -> bool:
    """Try a release where that can be done, tell what came of it, and return whether it may be uploaded.

    As JSON a try that went well adds no line: the release's own line said that it follows.

    asked: without it, a machine without a browser and a project without a thing model are let alone.
    Errors: BrowserError when it was asked for; ModelError, SettingsError.
    """
    from devkit.build.release import source_map_of
    from devkit.cli.output import make_printer, working
    from devkit.errors import BrowserError, BuildError
    from devkit.testing.run.bundle import Bundle
    from devkit.testing.run.trial import cannot_try, try_release

    if reason := not_tried(settings, asked=asked):
        if not as_json:
            click.echo(_(f"Not tried: {reason}. `devkit release --try` opens the files in the simulator."))
        return True
    working(_("Opening the files in the simulator …"))
    paths = {file.path.name: file.path for file in release.files}
    bundle = Bundle.read(paths["index.js"], paths.get("index.css"), project=settings.project)
    try:
        trial = try_release(settings, bundle, lambda: source_map_of(settings))
    except BrowserError as error:
        if asked:
            raise
        make_printer(as_json=as_json).notice(cannot_try(error))
        return True
    if not trial.findings:
        if not as_json:
            click.echo(_(f"Tried in {trial.ms:.0f} ms: the panel runs."))
        return True
    if as_json:
        line = {"event": "try", "ok": False, "ms": round(trial.ms, 1), "picture": str(trial.picture or "")}
        click.echo(json.dumps(line, ensure_ascii=False))
    make_printer(as_json=as_json).failed(BuildError(trial.findings))
    if trial.picture and not as_json:
        click.echo(_(f"  Picture: {trial.picture}"))
    return False


def not_tried(settings: Settings, *, asked: bool | None) -> str:
    """Return why a release will not be tried, "" when it will; asked: False with --no-try."""
    if asked is False:
        return "--no-try"
    from devkit.testing.run.trial import obstacle

    return "" if asked else obstacle(settings)
