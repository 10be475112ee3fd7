"""Ask before a project that this user has not opened before runs code of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import option
from devkit.language import _

if TYPE_CHECKING:
    from devkit.app.running_code import RunningCode
    from devkit.settings import Settings


def trust_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --trust to a command that runs code of the project."""
    return option("trust", is_flag=True, help="Trust the project: its own code may run on this computer.")(
        function
    )


def check_trust(
    settings: Settings, *, trust: bool, builds: bool = True, tests: bool = False, migrates: bool = False
) -> None:
    """Return when the project's code may run: it has none, or the user said so, now or before.

    builds, tests and migrates as for running_code(). In CI nobody is asked: there the project's own job file
    runs.
    Tests alone are no reason to refuse where nobody can be asked, for `devkit test` is told to run them.
    Errors: click.UsageError without a yes.
    """
    from devkit import trust as trusted
    from devkit.app.running_code import TESTS, running_code

    if trusted.is_trusted(settings.project):
        return
    if trust:
        trusted.trust(settings.project)
        return
    code = running_code(settings, builds=builds, tests=tests, migrates=migrates)
    if not code or trusted.says_yes(trusted.VARIABLE):
        return
    if trusted.says_yes("CI"):
        click.echo(_(f"Code of this project runs: {', '.join(item.place for item in code)}."), err=True)
        return
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    if not asked and all(item.reason == TESTS for item in code):
        return
    listed = _(
        f"{settings.project} is new to you, and has code that would run on this computer:\n{_table(code)}"
    )
    if asked:
        click.echo(listed, err=True)
        if _agrees():
            trusted.trust(settings.project)
            return
        raise click.UsageError(_("Nothing was run."))
    raise click.UsageError(
        _(
            f"{listed}\nRead it, then add --trust once (this folder is then remembered), "
            f"or set {trusted.VARIABLE}=1."
        )
    )


def _agrees() -> bool:
    try:
        return click.confirm(_("Do you trust the people who wrote it?"), default=False, err=True)
    except click.Abort:  # the end of the input; Ctrl-C ends the command all the same
        return False


def _table(code: Sequence[RunningCode]) -> str:
    width = max(len(item.reason) for item in code)
    return "\n".join(f"  {item.reason:<{width}}  {item.place}" for item in code)
