"""`devkit migrate`: take over the configuration that a project already has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.chinese import padded, width_of
from devkit.cli.options import option
from devkit.cli.trusting import check_trust, trust_option
from devkit.language import _
from devkit.settings import PROJECT_FILE, load_settings

if TYPE_CHECKING:
    from devkit.build.messages import FoundRow


@click.command("migrate")
@option("dry_run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option(
    "--run", is_flag=True, help="Let the project's own tools load their configuration, which runs its code."
)
@trust_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(dry_run: bool, run: bool, trust: bool, as_json: bool) -> None:
    """Read the project's own configuration and write what devkit takes over of it into devkit.toml.

    Reads aliases, constants, entry, CSS modules, px to vw, LESS variables and preludes of webpack.config,
    craco.config, config-overrides, vite.config, vue.config.js, .umirc, config/config and Babel. Nothing of
    it is run without --run. The table tells what was taken over, and what needs a hand, and why.
    """
    from devkit.build.project.migration import plan_migration, read_configurations

    settings = load_settings(Path.cwd())
    if run:
        check_trust(settings, trust=trust, migrates=True)
    found = read_configurations(settings, lambda line: click.echo(line, err=True), run=run)
    migration = plan_migration(settings, found)
    file = settings.project / PROJECT_FILE
    written = bool(migration.added) and not dry_run
    if written:
        partial = file.with_name(f"{file.name}.partial")
        partial.write_text(migration.text, "utf-8")
        partial.replace(file)
    if as_json:
        answer = {"file": str(file), "written": written, "settings": migration.added, "rows": migration.rows}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if not migration.rows:
        click.echo(_("No configuration of another tool asks for anything: there is nothing to take over."))
        return
    _print_table(migration.rows, settings.project)
    if migration.kept:
        click.echo(
            _(f"\nKeep {', '.join(migration.kept)}: each build reads what devkit.toml has no place for.")
        )
    if written:
        click.echo(_(f"\nWrote {file}."))
    else:
        click.echo(
            _(f"\n{file} would be:\n\n{migration.text}") if migration.added else _(f"\n{file} has it all.")
        )


def _print_table(rows: Sequence[FoundRow], project: Path) -> None:
    table = [(_("Where"), _("What"), _("Value"), "")]
    for row in sorted(rows, key=lambda row: not row["taken"]):
        path = Path(row["file"])
        where = str(path.relative_to(project)) if path.is_relative_to(project) else path.name
        place = f"{where}:{row['line']}" if row["line"] else where
        verdict = _("taken over") if row["taken"] else _(f"needs a hand: {row['why']}")
        table.append((place, row["what"], row["value"], verdict))
    widths = [max(width_of(line[column]) for line in table) for column in range(3)]
    for line in table:
        cells = [padded(cell, width) for cell, width in zip(line, widths, strict=False)]
        click.echo(f"  {'  '.join([*cells, line[3]])}".rstrip())
