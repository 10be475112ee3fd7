"""`devkit release`: build the files to upload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, panel_argument, panels_of, setting_options
from devkit.cli.trusting import check_trust, trust_option
from devkit.language import _
from devkit.settings import Settings

if TYPE_CHECKING:
    from devkit.build.release import Release


@click.command("release")
@setting_options("out", "entry", "target", "react", "format", "global_name", "engine", "browser_path")
@panel_argument
@click.option("--all", "every", is_flag=True, help="Release every panel of [panels].")
@option(
    "sourcemap",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for source maps; they are never put beside the release.",
)
@trust_option
@click.option(
    "--try/--no-try",
    "trying",
    default=None,
    help="Open the built panel in the simulator, without a screen; fail when it throws or draws nothing "
    "(default: where Chromium and the thing model are there).",
)
@click.option("--diff", is_flag=True, help="Compare with the last upload in releases.json.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    every: bool,
    sourcemap: Path | None,
    trust: bool,
    trying: bool | None,
    diff: bool,
    as_json: bool,
) -> None:
    """Build the panel for upload: minified index.js and index.css, with size, gzip size and MD5.

    PANEL is a name of [panels] in devkit.toml, where a repository has many; --all takes each in turn.
    Ends with exit code 1 when a panel does not build, when the console would refuse or miss something, or
    when the built panel does not run.
    """
    panels = panels_of(settings, every=every)
    failed = False
    for panel in panels:
        check_trust(panel, trust=trust)
        if len(panels) > 1 and not as_json:
            click.secho(f"{panel.panel}", bold=True)
        maps = sourcemap / panel.panel if sourcemap and every else sourcemap
        failed = not _release(panel, maps, trying, diff=diff, as_json=as_json) or failed
    if failed:
        ctx.exit(1)


def _release(
    settings: Settings, maps: Path | None, trying: bool | None, *, diff: bool, as_json: bool
) -> bool:
    """Release one panel; tell whether it may be uploaded."""
    from devkit.build.release import build_release
    from devkit.cli.output import working
    from devkit.errors import BuildError

    working(_("Building …"))
    try:
        release = build_release(settings, maps=maps, progress=lambda line: click.echo(line, err=True))
    except BuildError as error:
        from devkit.cli.output import make_printer

        make_printer(as_json=as_json).failed(error)
        return False
    if as_json:
        from devkit.cli.trying import not_tried

        _print_json(release, not_tried(settings, asked=trying), settings.panel)
    else:
        _print_table(release)
    if diff:
        _print_differences(settings, release, as_json=as_json)
    if trying is False:
        return True
    from devkit.cli.trying import runs

    return runs(settings, release, asked=trying, as_json=as_json)


def _print_table(release: Release) -> None:
    if release.warnings:
        from devkit.cli.output import diagnostic_text

        for warning in release.warnings:
            click.echo(diagnostic_text(warning))
    from devkit.cli.chinese import padded, width_of

    rows = [(_("File"), _("Size"), "gzip", "MD5")]
    rows += [(_shown(file.path), f"{file.size:,} B", f"{file.gzip:,} B", file.md5) for file in release.files]
    widths = [max(width_of(row[column]) for row in rows) for column in range(4)]
    for index, (name, size, packed, md5) in enumerate(rows):
        sizes = f"{padded(size, -widths[1])}  {packed:>{widths[2]}}"
        line = f"  {padded(name, widths[0])}  {sizes}  {md5}"
        click.echo(click.style(line.rstrip(), bold=index == 0))
    for path in release.maps:
        click.echo(_(f"  Source map: {_shown(path)}"))
    click.echo(
        _(f"Released in {release.ms:.0f} ms. Upload these files in the console; it shows the same MD5.")
    )


def _print_differences(settings: Settings, release: Release, *, as_json: bool) -> None:
    from devkit.cli.uploads import differences, read_uploads

    uploads = read_uploads(settings.project)
    lines = (
        differences(release.files, uploads[-1])
        if uploads
        else [_("Nothing was uploaded yet: devkit upload.")]
    )
    if as_json:
        click.echo(json.dumps({"event": "diff", "lines": lines}, ensure_ascii=False))
    else:
        click.echo("\n".join(f"  {line}" for line in lines))


def _print_json(release: Release, not_tried: str, panel: str) -> None:
    from devkit.cli.output import diagnostic_fields

    for warning in release.warnings:
        click.echo(json.dumps({"event": "warning", **diagnostic_fields(warning)}, ensure_ascii=False))
    files = [
        {
            "name": file.path.name,
            "path": str(file.path),
            "size": file.size,
            "gzip": file.gzip,
            "md5": file.md5,
        }
        for file in release.files
    ]
    line = {
        "event": "release",
        "ok": True,
        **({"panel": panel} if panel else {}),
        "ms": round(release.ms, 1),
        "engine": release.engine,
        "files": files,
        "maps": [str(path) for path in release.maps],
        "not_tried": not_tried,
    }
    click.echo(json.dumps(line, ensure_ascii=False))


def _shown(path: Path) -> str:
    """Return a path below the current folder without that folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
