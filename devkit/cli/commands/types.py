"""`devkit types`: what editors know of a project: its thing model in TypeScript, and its schemas."""

from __future__ import annotations

from pathlib import Path

import click

from devkit.cli.options import panel_argument, setting_options
from devkit.language import _
from devkit.settings import Settings


@click.command("types")
@setting_options("model")
@panel_argument
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="File to write (default: src/thing-model.d.ts).")  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; end with 1 when the file is not up to date.")
@click.pass_context
def command(ctx: click.Context, settings: Settings, out: Path | None, check: bool) -> None:
    """Write what the thing model says as TypeScript, so that a wrong id or value is red in the editor.

    PANEL is a name of [panels] in devkit.toml, where a repository has many; the first one when not given.
    `devkit dev` keeps the file up to date while it runs. JavaScript files take part with `// @ts-check`.
    """
    from devkit.model import load_model
    from devkit.model.editor import write_schemas
    from devkit.model.typescript import PLACE, declarations

    file = out.absolute() if out else settings.project / PLACE
    text = declarations(load_model(settings.path("model")))
    current = file.is_file() and file.read_text("utf-8", "replace") == text
    if check:
        if not current:
            click.echo(_(f"{file} is not up to date with {settings.model}. Run: devkit types"), err=True)
            ctx.exit(1)
        return
    if not current:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    write_schemas(settings.project)
    click.echo(_(f"Up to date: {file}") if current else _(f"Wrote: {file}"))
