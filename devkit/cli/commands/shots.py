"""`devkit shots`: the panel's states as pictures, as a live gallery, and as a first file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import option
from devkit.cli.trusting import check_trust, trust_option
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings


@click.command("shots")
@click.argument("sheet", type=click.Path(path_type=Path), default=Path("shots.yaml"))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("shots"), show_default=True, help="Folder."
)
@click.option("--init", is_flag=True, help="Write a first file from the thing model.")
@click.option("--force", is_flag=True, help="Let --init overwrite the file.")
@click.option("--watch", is_flag=True, help="Show the states live in the console, and follow each save.")
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
    from devkit.settings import load_settings
    from devkit.testing.run.project import find_project

    if options["model"]:
        options["model"] = Path(options["model"]).absolute()
    live = {"port": 0, "proxy": False, "mqtt": False, "db": "", "open": True} if options["watch"] else {}
    flags = {**live, **({"model": options["model"]} if options["model"] else {})}
    settings = load_settings(find_project(Path.cwd()), flags)
    if options["init"]:
        _init(settings, sheet, force=options["force"])
        return
    check_trust(settings, trust=trust, builds=not options["js"])
    if options["watch"]:
        ctx.exit(_watch(settings, sheet, options))
    ctx.exit(_take(settings, sheet, out, options))


def _init(settings: Settings, sheet: Path, *, force: bool) -> None:
    from devkit.model.project import project_model
    from devkit.testing.tools.first_sheet import first_sheet, write_sheet_file
    from devkit.testing.tools.sheet import read_sheet

    write_sheet_file(sheet, first_sheet(project_model(settings), settings.project.name), force=force)
    count = len(read_sheet(sheet).states)
    click.echo(_(f"{count} states in {sheet}; look at them with: devkit shots --watch"))


def _watch(settings: Settings, sheet: Path, options: dict[str, Any]) -> int:
    """Serve the states on a free port, beside whatever else runs."""
    from devkit.app.run import PanelFiles
    from devkit.cli.running import show_run

    css = Path(options["css"]) if options["css"] else None
    files = PanelFiles(Path(options["js"]), css) if options["js"] else None
    return show_run(settings, as_json=False, files=files, sheet=sheet.absolute())


def _take(settings: Settings, sheet: Path, out: Path, options: dict[str, Any]) -> int:
    import asyncio

    from devkit.build.toolchain import fetch
    from devkit.cli.output import say, working
    from devkit.testing.tools.sheet import read_sheet
    from devkit.testing.tools.shots import take, write_sheet

    wanted = read_sheet(sheet)
    if not options["js"]:
        fetch(settings.engine, say)
    working(_(f"Building, then {len(wanted.states) * len(wanted.devices)} pictures …"))
    shots = asyncio.run(take(settings, wanted, out, options))
    write_sheet(out / "index.html", wanted, shots)
    for shot in shots:
        if shot.error:
            click.echo(f"{shot.state}, {shot.device}: {shot.error}", err=True)
    failed = sum(bool(shot.error) for shot in shots)
    click.echo(_(f"{len(shots) - failed} of {len(shots)} pictures in {out}; look at {out / 'index.html'}"))
    return 1 if failed else 0
