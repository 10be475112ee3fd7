"""`devkit shots`: a contact sheet of the panel's states."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from devkit.cli.options import option
from devkit.cli.trusting import check_trust, trust_option
from devkit.language import _


@click.command("shots", short_help="Render the panel's states into a contact sheet.")
@click.argument("sheet", type=click.Path(path_type=Path), default=Path("shots.yaml"))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("shots"), show_default=True, help="Folder."
)
@option("browser_path", default="", metavar="PATH", help="Chromium to use.")
@click.option("--js", default="", metavar="FILE", help="Built panel, in place of the sources.")
@click.option("--css", default="", metavar="FILE", help="Style sheet of the built panel.")
@click.option("--model", default="", metavar="FILE", help="Thing model, in place of the project's.")
@trust_option
@click.pass_context
def command(ctx: click.Context, /, sheet: Path, out: Path, trust: bool, **options: Any) -> None:
    """Render every state of a YAML file on every device it names: one PNG each, and index.html with all.

    Ends with exit code 1 when a state could not be shown.
    """
    from devkit.cli.output import working
    from devkit.settings import load_settings
    from devkit.testing.run.project import find_project
    from devkit.testing.tools.shots import read_sheet, take, write_sheet

    wanted = read_sheet(sheet)
    settings = load_settings(find_project(Path.cwd()))
    check_trust(settings, trust=trust, builds=not options["js"])
    if options["model"]:
        options["model"] = Path(options["model"]).absolute()
    working(_(f"Building, then {len(wanted.states) * len(wanted.devices)} pictures …"))
    shots = asyncio.run(take(settings, wanted, out, options))
    write_sheet(out / "index.html", wanted, shots)
    for shot in shots:
        if shot.error:
            click.echo(f"{shot.state}, {shot.device}: {shot.error}", err=True)
    failed = sum(bool(shot.error) for shot in shots)
    click.echo(_(f"{len(shots) - failed} of {len(shots)} pictures in {out}; look at {out / 'index.html'}"))
    ctx.exit(1 if failed else 0)
