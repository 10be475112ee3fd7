"""The devkit command: a table of subcommands, each imported when it is needed."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Any

import click

from devkit import log
from devkit.cli import interrupts
from devkit.errors import DevkitError, WrongUsageError
from devkit.language import _, language, marked

COMMANDS = {
    "new": marked("Create a panel project."),
    "migrate": marked("Take over a webpack, Vite, Vue CLI, CRA or umi project."),
    "dev": marked("Build, serve and simulate the panel in this folder."),
    "preview": marked("Run an already built panel in the simulator."),
    "release": marked("Build the files to upload."),
    "upload": marked("Upload a release by hand, checked and noted."),
    "test": marked("Run panel tests without a screen."),
    "shots": marked("Render the panel's states into a contact sheet."),
    "audit": marked("Find what a panel costs and lacks on phones."),
    "cloud": marked("Serve the cloud emulator and manage its data."),
    "call": marked("Perform one cloud action."),
    "device": marked("Devices over MQTT: real and virtual ones."),
    "firmware": marked("Check real firmware."),
    "pull": marked("Fetch a product's thing model from the cloud."),
    "product": marked("Look at the real product, by its account's keys."),
    "ble": marked("Use a real Bluetooth radio."),
    "mcp": marked("Give the panel to a coding agent as tools."),
    "ca": marked("Show, trust or forget the local certificate authority."),
    "doctor": marked("Show what is missing or wrong, with fixes."),
    "types": marked("Write the types of the thing model for the editor."),
    "completion": marked("Print a shell's completion script."),
}
"""{name: what it is for, its short_help}: the list of commands imports none of them."""


class _WrongUsage(click.ClickException):
    """An error of ours that is the command line's: without the lines on help that click's own has."""

    exit_code = 2


class LazyGroup(click.Group):
    """A group whose commands live in devkit.cli.commands.<name>, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        command = self.imported(cmd_name)
        return self.chinese().localized(command) if command and language() == "zh" else command

    @staticmethod
    def imported(name: str) -> click.Command | None:
        """Return a command as it is written; None when there is none of that name."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"devkit.cli.commands.{name}").command
        command.short_help = COMMANDS[name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        click.Group.format_commands(_Listed(), ctx, formatter)

    def main(self, *args: Any, **options: Any) -> Any:
        """Speak the user's language."""
        if language() != "zh":
            return super().main(*args, **options)
        chinese = self.chinese()
        chinese.speak()
        return super(LazyGroup, chinese.localized(self)).main(*args, **options)

    @staticmethod
    def chinese() -> ModuleType:
        """Return the module of the command line in Chinese, which English need not import."""
        return importlib.import_module("devkit.cli.chinese")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], COMMANDS, n=1) if args else []
            if not close or "Did you mean" in error.message:
                raise
            raise click.UsageError(_(f"{error.message} Did you mean {close[0]}?"), ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Turn expected errors into one message and exit code 1."""
        try:
            with interrupts.unwinding():
                result = super().invoke(ctx)
        except BaseException as error:
            if code := interrupts.exit_code():
                ctx.exit(code)  # whatever an interrupted import or a library has made of it
            if isinstance(error, DevkitError) and not ctx.params.get("debug"):
                wrong = isinstance(error, WrongUsageError)
                raise (_WrongUsage if wrong else click.ClickException)(str(error)) from error
            raise
        if code := interrupts.exit_code():
            ctx.exit(code)
        return result


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"devkit {version('h5-devkit')}")
        ctx.exit()


class _Listed(LazyGroup):
    """The commands as a list shows them."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return what stands for a command."""
        return click.Command(cmd_name, short_help=_(COMMANDS[cmd_name]))


@click.group("devkit", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Show the version."
)
@click.option("--debug", is_flag=True, help="Show debug logs and full tracebacks.")
def main(debug: bool) -> None:
    """Build, simulate, test and release H5 device panels for Tencent IoT Explorer."""
    log.install(debug=debug or os.environ.get("DEVKIT_DEBUG") == "1", stream=sys.stderr)
