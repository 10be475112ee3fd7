"""The command line in Chinese: click's own words and its help, wrapped at the width that Chinese has."""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, TypeVar

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types
import click.utils

from devkit.language import _

C = TypeVar("C", bound=click.Command)

_SPEAKING = (
    click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.termui, click.types,
    click.utils,
)  # fmt: skip
_PIECES = re.compile(r"（?(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。；：、？！）]*|\s+")
_KINDS = ("TEXT", "FILE", "PATH", "DIRECTORY")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SPACE = re.compile(r"(?<=[，。：；！？、）])[ ]+(?=\S)|(?<=\S)[ ]+(?=（)|(?<='\.)[ ]+(?=[\u2e80-\uffef])")
_PERIOD = re.compile(r"(?<=')\.(?=[\u2e80-\uffef]|$)", re.MULTILINE)
_latin_wrap = click.formatting.wrap_text


class ChineseFormatter(click.HelpFormatter):
    """Help with the colon of Chinese, which has no space behind it."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that says how a command is called."""
        super().write_usage(prog, args, _("Usage:") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write the title of a list."""
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


class ChineseContext(click.Context):
    """The context of a command whose help is Chinese."""

    formatter_class = ChineseFormatter


def speak() -> None:
    """Let click look up its words in the catalogue, and wrap lines by their width on the screen."""
    for module in _SPEAKING:
        vars(module).update(_=_, ngettext=lambda one, many, count: _(one if count == 1 else many))
    vars(click.formatting).update(wrap_text=wrap_text, term_len=lambda text: width_of(click.unstyle(text)))
    vars(click.exceptions).update(echo=_say)


def _say(message: str, **where: Any) -> None:
    click.echo(punctuated(message), **where)


def punctuated(text: str) -> str:
    """Return a text that click has put together, with the spaces and periods that Chinese has."""
    if _CHINESE.search(text) is None:
        return text
    return _PERIOD.sub("。", _SPACE.sub("", text))


def localized(command: C) -> C:
    """Return a copy of a command whose help, and that of its options and commands, is Chinese."""
    made = titled(command)
    vars(made)["_help_option"] = None  # click keeps the one that it has made
    vars(made)["context_class"] = ChineseContext
    made.params = [_localized_parameter(parameter) for parameter in command.params]
    made.options_metavar = _(made.options_metavar or "") or None
    if isinstance(made, click.Group):
        made.subcommand_metavar = _(made.subcommand_metavar)
        made.commands = {name: localized(inner) for name, inner in made.commands.items()}
    return made


def titled(command: C) -> C:
    """Return a copy of a command that is Chinese in a list: its help is, its options' is not."""
    made = copy.copy(command)
    made.help = _(cleandoc(command.help or ""))
    made.short_help = _(command.short_help) if command.short_help else re.split(r"[。\n]", made.help)[0]
    return made


def _localized_parameter(parameter: click.Parameter) -> click.Parameter:
    made = copy.copy(parameter)
    if isinstance(made, click.Option):
        made.help = _(made.help or "") or None
        if made.metavar in _KINDS:
            made.metavar = _(made.metavar.lower())
        if type(made.type) in (click.types.StringParamType, click.types.IntParamType, click.Path):
            made.metavar = made.metavar or _(made.type.name).upper()
        if isinstance(made.type, click.types.IntParamType | click.types.FloatParamType):
            made.metavar = made.metavar or _(made.type.name).upper()
            made.type = copy.copy(made.type)
            made.type.name = _(made.type.name)
        if isinstance(made.show_default, str):
            made.show_default = _(made.show_default)
    return made


def padded(text: str, width: int) -> str:
    """Return text with spaces up to a width on the screen: behind it, or before it for one below 0."""
    spaces = " " * (abs(width) - width_of(text))
    return text + spaces if width > 0 else spaces + text


def fitted(text: str, room: int) -> str:
    """Return text, or as much of it as a number of columns has room for, and a dot that says so."""
    if width_of(text) <= room:
        return text
    while width_of(text) >= room:
        text = text[:-1]
    return f"{text}…"


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrap_text(
    text: str,
    width: int = 78,
    initial_indent: str = "",
    subsequent_indent: str = "",
    preserve_paragraphs: bool = False,
) -> str:
    """Wrap a text as click does, with Chinese broken between any two characters."""
    if text.isascii():
        return _latin_wrap(text, width, initial_indent, subsequent_indent, preserve_paragraphs)
    if not preserve_paragraphs:
        return "\n".join(_lines(text, width, initial_indent, subsequent_indent))
    paragraphs = text.split("\n\n")
    return "\n\n".join("\n".join(_lines(part, width, initial_indent, initial_indent)) for part in paragraphs)


def _lines(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    line = first
    for piece in _PIECES.findall(text.replace("\n", "")):
        if width_of(line) + width_of(piece) > width and line.strip():
            yield line.rstrip()
            line = rest
        if line.strip() or not piece.isspace():
            line += piece
    yield line.rstrip()
