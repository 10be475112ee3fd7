"""`devkit audit`: what a built panel costs and lacks on phones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, panel_argument, setting_options
from devkit.cli.output import say
from devkit.cli.trusting import check_trust, trust_option
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings

FILE = click.Path(path_type=Path, dir_okay=False)
BUILT = click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True)


@click.command("audit")
@setting_options("entry", "target", "react", "model", "engine", "browser_path")
@panel_argument
@click.option("--profile", "profiles", multiple=True, default=("mid",), show_default=True,
        help="Phone: mid, low or fast; may be given more than once.")  # fmt: skip
@click.option("--browser", type=click.Choice(("chromium", "webkit")), default="chromium", show_default=True,
        help="Browser to open the panel in.")  # fmt: skip
@click.option("--js", type=BUILT, help="Built panel, in place of the sources.")
@click.option("--css", type=BUILT, help="Style sheet of the built panel.")
@click.option("--html", type=FILE, default="audit.html", show_default=True, help="Report with pictures.")
@click.option("--junit", type=FILE, help="Write a JUnit report.")
@option("json_file", type=FILE, help="Keep the audit, for --against.")
@click.option("--against", type=FILE, help="Compare with an audit that was kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the audit as one JSON object.")
@trust_option
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    profiles: tuple[str, ...],
    browser: str,
    js: Path | None,
    css: Path | None,
    html: Path,
    junit: Path | None,
    json_file: Path | None,
    against: Path | None,
    as_json: bool,
    trust: bool,
) -> None:
    """Build the panel as for a release, open it headless on slowed-down phones, and look for what is wrong.

    Size by package, time to first pixels, frames and memory while the device reports, target, accessibility,
    dark, 320 px, large letters, languages, offline, slow and failing cloud. Ends with exit code 1 when the
    panel does not run, or is over the [budget] of devkit.toml. Times depend on the machine: compare on one
    with --against.
    """
    from devkit.testing.audit.comparison import compare, of_each, read_audit, write_audits
    from devkit.testing.audit.profiles import profile
    from devkit.testing.audit.report import text_lines, write_html, write_junit
    from devkit.testing.audit.run import audit_all, audited_panel, unmeasured
    from devkit.testing.run.report import make_folders

    phones = [profile(name) for name in dict.fromkeys(profiles)]
    before = read_audit(against) if against else None
    check_trust(settings, trust=trust, builds=js is None)
    make_folders(file for file in (html, junit, json_file) if file)
    panel = audited_panel(settings, js, css, say)
    audits = audit_all(settings, panel, phones, say, browser)
    broken = of_each(audits, lambda audit: settings.budget.broken(audit.metrics, unmeasured(audit.engine)))
    compared = of_each(audits, lambda audit: compare(audit, before)) if before else []
    write_html(html, audits, compared, broken)
    if junit:
        write_junit(junit, audits, broken)
    if json_file:
        write_audits(json_file, audits)
    if as_json:
        told = {"audits": [audit.to_json() for audit in audits], "over_budget": broken, "compared": compared}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print([line for audit in audits for line in text_lines(audit)], compared, broken)
        click.echo(_(f"Report: {html}"))
    if broken or any(finding.rule == "runs" for audit in audits for finding in audit.findings):
        ctx.exit(1)


def _print(lines: list[str], compared: list[str], broken: list[str]) -> None:
    for line in lines:
        click.echo(line)
    if compared:
        click.echo(_("Since the audit before:"))
        click.echo("\n".join(f"  {line}" for line in compared))
    for line in broken:
        click.secho(_(f"Over budget: {line}"), fg="red")
