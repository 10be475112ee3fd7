"""`devkit test`: run the panel's tests without a screen."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from devkit.cli.options import option, panels_of
from devkit.cli.output import say
from devkit.cli.trusting import check_trust, trust_option
from devkit.errors import SettingsError, WrongUsageError
from devkit.language import _
from devkit.panels import PANEL_VARIABLE
from devkit.settings import Settings, load_settings

# Those of pytest that people type most; `devkit test` knows its own.
PYTEST_OPTIONS = (
    "--collect-only", "--color", "--continue-on-collection-errors", "--durations", "--exitfirst",
    "--failed-first", "--full-trace", "--last-failed", "--lf", "--maxfail", "--pdb", "--quiet", "--rootdir",
    "--stepwise", "--tb", "--verbose",
)  # fmt: skip
REPORTS = ("junit", "html")


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@click.option("-n", "--workers", default="", metavar="N|auto", help="Run tests in so many processes.")
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option("--slowmo", type=click.IntRange(0), default=0, metavar="MS", help="Slow every step down.")
@click.option("--debug", is_flag=True, help="Show the browser, print at once and never time out.")
@click.option("--panel", "panel", default="", metavar="NAME", help="Panel of [panels] to test.")
@click.option("--all", "every", is_flag=True, help="Test every panel of [panels].")
@click.option("--watch", is_flag=True, help="Build and test again after every save.")
@click.option("--browser", "browsers", multiple=True, type=click.Choice(("chromium", "webkit")),
        help="Browser to test in; may be given more than once.")  # fmt: skip
@option(
    "browser_path",
    default="",
    metavar="PATH",
    help="Browser to use: the only one of --browser, else Chromium.",
)
@option("browser_ws", default="", metavar="URL[,URL]", help="Playwright servers whose browsers to use.")
@click.option("--shard", default="", metavar="PART/PARTS", help="Run one part of the tests, such as 3/8.")
@click.option(
    "--merge",
    default="",
    metavar="FOLDER",
    help="Make one report of the parts in this folder, and run nothing.",
)
@option("json", is_flag=True, help="Print one JSON object a line; what pytest prints goes to stderr.")
@click.option("--junit", default="", metavar="FILE", help="Write a JUnit report.")
@click.option("--html", default="", metavar="FILE", help="Write an HTML report with screenshots.")
@click.option(
    "--trace",
    type=click.Choice(("off", "on", "retain-on-failure")),
    default="retain-on-failure",
    show_default=True,
    help="Keep Playwright traces in test-results.",
)
@click.option(
    "--coverage", is_flag=True, help="Show which lines of the sources ran; writes coverage/lcov.info."
)
@option("update_snapshots", is_flag=True, help="Keep the screenshots as they are now.")
@click.option("--devices", default="", metavar="NAME[,NAME]", help="Run every test on these devices.")
@click.option("--smoke", is_flag=True, help="Try the panel without any test written.")
@click.option("--seed", type=int, default=None, help="Repeat a smoke test's random choices.")
@click.option("--js", default="", metavar="FILE", help="Built panel to test, in place of the sources.")
@click.option("--css", default="", metavar="FILE", help="Style sheet of the built panel.")
@click.option("--model", default="", metavar="FILE", help="Thing model, in place of the project's.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for the panel and for what a test expects (default: 5).",
)
@trust_option
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Build the panel once and run its tests with pytest, in a headless browser and without any server.

    Further arguments go to pytest: files, -k EXPRESSION, -x and so on. Ends with exit code 1 when a test
    fails.
    """
    from devkit.build.toolchain import fetch
    from devkit.testing.run.project import find_project

    project = find_project(Path.cwd())
    _check_shard(given)
    if reports := [Path(given[flag]) for flag in REPORTS if given[flag]]:
        from devkit.testing.run.report import make_folders

        make_folders(reports)
    if given["merge"]:
        ctx.exit(_merge(project, given))
    if given["every"]:
        ctx.exit(_each_panel(load_settings(project), given))
    settings = load_settings(project, panel=str(given["panel"]))
    if not given["js"]:
        settings = panels_of(settings, every=False, named=_("Give --panel NAME"))[0]
    if settings.panel:
        _enter(settings, given)
    check_trust(settings, trust=bool(given["trust"]), builds=not given["js"], tests=not given["smoke"])
    for name in filter(None, str(given["devices"]).split(",")):
        _check_device(name)
    if not given["js"]:
        fetch(settings.engine, say)
    if given["smoke"]:
        from devkit.testing.smoke import run_smoke

        ctx.exit(run_smoke(settings, given, click.echo))
    with tempfile.TemporaryDirectory(prefix="devkit-test-") as name:
        ctx.exit(_run(settings, given, Path(name)))


def _check_shard(given: dict[str, Any]) -> None:
    """Refuse what cannot be one part of a run, or use servers, before anything is built."""
    from devkit.testing.farm.shards import shard_of

    if given["smoke"] and given["browser_ws"]:
        raise WrongUsageError(_("--browser-ws does not go with --smoke."), _("Leave out one of them."))
    if given["smoke"] and len(given["browsers"]) > 1:
        raise WrongUsageError(_("--smoke tries the panel in one browser."), _("Give --browser once."))
    other = next((flag for flag in ("watch", "smoke", "merge") if given[flag]), "")
    named = next((flag for flag in ("shard", "json") if given[flag]), "")
    if named and other:
        raise WrongUsageError(_(f"--{named} does not go with --{other}."), _("Leave out one of them."))
    if given["shard"]:
        try:
            shard_of(given["shard"])
        except SettingsError as error:
            raise WrongUsageError(error.message, error.hint) from error


def _merge(project: Path, given: dict[str, Any]) -> int:
    """Write the reports of all parts; return 1 when a test failed or was not run."""
    from devkit.testing.farm.durations import keep_times
    from devkit.testing.farm.merge import merge, write_junit
    from devkit.testing.run.report import write

    merged = merge(Path(given["merge"]))
    if given["html"]:
        write(Path(given["html"]), _("Panel tests"), merged.rows, merged.longest)
    if given["junit"]:
        write_junit(Path(given["junit"]), merged.rows, merged.seconds)
    if merged.good:
        keep_times(project, {row.name: round(row.seconds * 1000) for row in merged.rows})
    for line in merged.lines():
        click.echo(line)
    for problem in merged.problems:
        click.secho(problem, fg="red", err=True)
    return 0 if merged.good else 1


def _check_device(name: str) -> None:
    from devkit.testing.run.presets import preset

    try:
        preset(name)
    except SettingsError as error:
        raise WrongUsageError(_(f"--devices: {error.message}"), error.hint) from error


def _each_panel(settings: Settings, given: dict[str, Any]) -> int:
    """Test each panel in a process of its own, as pytest keeps what it imports; return the worst code."""
    names = [panel.panel for panel in panels_of(settings, every=True)]
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    reports = {flag: Path(given[flag]) for flag in REPORTS if given[flag]}
    worst = 0
    for name in names:
        click.secho(name, bold=True)
        command = [sys.executable, "-c", "from devkit.cli.main import main; main()", *arguments]
        own = [f"--{flag}={path.with_stem(f'{path.stem}-{name}')}" for flag, path in reports.items()]
        done = subprocess.run([*command, *own, "--panel", name], check=False)
        worst = max(worst, done.returncode)
    return worst


def _enter(settings: Settings, given: dict[str, Any]) -> None:
    """Let the tests of this process find one panel: in its folder, or in the folder of tests by its name."""
    os.environ[PANEL_VARIABLE] = settings.panel
    arguments = [_found(str(item)) for item in given["pytest_args"]]
    given.update({flag: str(Path(given[flag]).absolute()) for flag in (*REPORTS, "css", "js") if given[flag]})
    os.chdir(settings.project)
    own = Path("tests") / settings.panel
    if own.is_dir() and not any(Path(item.split("::")[0]).is_absolute() for item in arguments):
        arguments.append(str(own))
    given["pytest_args"] = tuple(arguments)


def _found(argument: str) -> str:
    """Return an argument of pytest with the path of a file that is there, for another folder."""
    name, separator, test = argument.partition("::")
    return f"{Path(name).absolute()}{separator}{test}" if Path(name).exists() else argument


def _run(settings: Any, given: dict[str, Any], folder: Path) -> int:
    from devkit.testing.run.run import EXIT_CODES, NO_TESTS, WRONG_USAGE, Plan, run_tests

    options = {name: given[name] for name in Plan.__dataclass_fields__ if name in given}
    options["coverage"] = "coverage/lcov.info" if given["coverage"] else ""
    chromium = not given["browsers"] or "chromium" in given["browsers"]
    options["browser_path"] = given["browser_path"] or (settings.browser_path if chromium else "")
    if given["json"]:
        options["events"] = str(_split_output())
    plan = Plan(**options, rest=given["pytest_args"])
    if given["watch"]:
        return _watch(settings, plan, folder)
    code = run_tests(settings, plan, folder)
    if code == WRONG_USAGE:
        _suggest(plan.rest)
    if code == NO_TESTS:
        raise SettingsError(
            _(f"No tests were found in {settings.project}."),
            _("Write tests/test_panel.py (docs/qa.md shows how), or try: devkit test --smoke"),
        )
    return EXIT_CODES.get(code, 1)


def _split_output() -> int:
    """Return a descriptor of stdout for JSON alone; whatever else is printed goes to stderr."""
    events = os.dup(1)
    os.dup2(2, 1)
    return events


def _suggest(arguments: Sequence[str]) -> None:
    """Name the option that each unknown one is nearest to."""
    import difflib

    known = {name for item in command.params for name in item.opts} | {*PYTEST_OPTIONS}
    for name in (argument.partition("=")[0] for argument in arguments):
        close = difflib.get_close_matches(name, known, n=1) if name.startswith("--") else []
        if close and close[0] != name:
            click.echo(_(f"There is no option {name}. Did you mean {close[0]}?"), err=True)


def _watch(settings: Any, plan: Any, folder: Path) -> int:
    from devkit.cli.running import run_until_stopped
    from devkit.testing.run.run import check_packages
    from devkit.testing.run.watch import Watch

    if plan.js:
        raise WrongUsageError(_("--watch builds from the sources."), _("Leave out --js."))
    check_packages(plan)
    return run_until_stopped(lambda stop: Watch(settings, plan, folder, click.echo).run())
