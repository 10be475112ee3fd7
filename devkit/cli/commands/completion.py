"""`devkit completion`: print what makes a shell complete devkit's commands and options."""

from __future__ import annotations

import click

from devkit.language import _

VARIABLE = "_DEVKIT_COMPLETE"  # click's name for a program called devkit
SHELLS = {
    "bash": "echo 'eval \"$(devkit completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(devkit completion zsh)\"' >> ~/.zshrc",
    "fish": "devkit completion fish > ~/.config/fish/completions/devkit.fish",
    "powershell": 'Add-Content $PROFILE "devkit completion powershell | Out-String | Invoke-Expression"',
}
USES = "\n\n".join(f"\b\n{shell}:\n  {line}" for shell, line in SHELLS.items())


@click.command(
    "completion",
    help=f"Print the script that completes devkit's commands, options and names in SHELL.\n\n"
    f"To have it in every new shell:\n\n{USES}",
)
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print click's script; zsh gets its completion system started where nothing has."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(_(f"This click knows no {shell}."), ctx)
    script = made(ctx.find_root().command, {}, "devkit", VARIABLE).source()
    if shell == "zsh":
        start = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
        head, rest = script.split("\n", 1)  # "#compdef devkit" must stay the first line
        script = f"{head}\n{start}{rest}"
    click.echo(script)
