"""Menus for a terminal: arrow keys choose, each row says what it is. Without a terminal there are none."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.chinese import fitted
from devkit.language import _

if TYPE_CHECKING:
    from questionary import Question, Style

MARGIN = 8  # columns for the pointer, the box and the name's gap


def has_menus() -> bool:
    """Tell whether a person can use arrow keys here."""
    from devkit.cli.running import is_interactive

    return is_interactive() and os.environ.get("TERM") != "dumb"


def choose_one(question: str, choices: Mapping[str, str], default: str) -> str:
    """Return the name that the user points at; choices: {name: what it is}."""
    import questionary

    menu = questionary.select(
        question,
        _rows(choices),
        default=default,
        style=_style("noreverse"),
        instruction=_("(arrows, then Enter)"),
    )
    return str(_answer(menu))


def choose_some(
    question: str, choices: Mapping[str, str], refusal: Callable[[Sequence[str]], str]
) -> tuple[str, ...]:
    """Return the names that the user marks; refusal says why some cannot go together, "" when they can."""
    import questionary

    menu = questionary.checkbox(
        question,
        _rows(choices),
        validate=lambda names: refusal(names) or True,
        style=_style("noreverse bold"),
        instruction=_("(Space marks, Enter goes on)"),
        erase_when_done=True,  # what questionary leaves is English, and a number in place of the names
    )
    names = tuple(_answer(menu))
    click.echo(
        f"{click.style('?', fg='blue')} {question} {click.style(', '.join(names) or _('none'), fg='yellow')}"
    )
    return names


def _style(selected: str) -> Style:
    """Let the row under the pointer stand out, and not the default one."""
    import questionary

    here = "fg:ansicyan bold"
    return questionary.Style([("selected", selected), ("highlighted", here), ("pointer", here)])


def _rows(choices: Mapping[str, str]) -> list[Any]:
    import questionary

    width = max(map(len, choices))
    room = max(20, shutil.get_terminal_size().columns - width - MARGIN)
    return [
        questionary.Choice(f"{name:<{width}}  {fitted(text, room)}", value=name)
        for name, text in choices.items()
    ]


def _answer(menu: Question) -> Any:
    """Return the answer; Ctrl-C, which the menu reads as a key, becomes the signal that it is."""
    try:
        return menu.unsafe_ask()
    except KeyboardInterrupt:
        signal.raise_signal(signal.SIGINT)
        raise
