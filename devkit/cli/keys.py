"""Single keys typed in the terminal while a server runs; nothing without a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from devkit.language import _


@dataclass(frozen=True)
class Key:
    """One row of the table of keys."""

    key: str
    text: str
    act: Callable[[], Any]


def help_text(keys: Sequence[Key]) -> str:
    """Return one line that names every key."""
    names = [*((key.key, key.text) for key in keys), ("h", _("help"))]
    return "  " + "  ".join(f"{click.style(name, bold=True)} {text}" for name, text in names)


@contextlib.contextmanager
def reading_keys(keys: Sequence[Key]) -> Iterator[bool]:
    """Act on keys while the block runs; yields False where there is no terminal to read."""
    try:
        import termios
        import tty
    except ImportError:  # Windows has no such terminals
        yield False
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("CI"):
        yield False
        return
    loop = asyncio.get_running_loop()
    number = sys.stdin.fileno()
    old = termios.tcgetattr(number)
    acts = {key.key: key.act for key in keys}

    def read() -> None:
        typed = os.read(number, 64)
        if not typed:
            loop.remove_reader(number)
        for key in typed.decode("utf-8", "ignore").lower():
            if key == "h":
                click.echo(help_text(keys))
            elif key in acts:
                acts[key]()

    tty.setcbreak(number, termios.TCSANOW)
    loop.add_reader(number, read)
    click.echo(help_text(keys))
    try:
        yield True
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSANOW, old)
