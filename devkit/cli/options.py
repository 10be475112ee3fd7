"""Options that come from the fields of Settings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from devkit.settings import BY_NAME, Setting, load_settings

F = TypeVar("F", bound=Callable[..., Any])


def spellings(name: str) -> list[str]:
    """Return the kebab-case and camelCase spellings of a long option, without doubles."""
    first, *rest = name.split("_")
    kebab = "-".join([first, *rest])
    camel = first + "".join(word.capitalize() for word in rest)
    return [f"--{kebab}"] if kebab == camel else [f"--{kebab}", f"--{camel}"]


def option(name: str, **attributes: Any) -> Callable[[F], F]:
    """Declare a long option in both spellings; attributes as for click.option."""
    if attributes.get("is_flag") and attributes.pop("negatable", False):
        kebab, *camel = spellings(name)
        declarations = [f"{kebab}/--no-{kebab[2:]}", *camel]
    else:
        declarations = spellings(name)
    return click.option(*declarations, name, **attributes)


def setting_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of some settings; the command gets one `settings` argument in place of them.

    The settings are loaded for the current folder. A command that takes `project` as an argument of its own
    loads them for that folder.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*args: object, **arguments: object) -> object:
            flags = {name: arguments.pop(name) for name in names}
            return function(*args, settings=load_settings(Path.cwd(), flags), **arguments)

        wrapped: Callable[..., Any] = command
        for name in reversed(names):
            wrapped = _setting_option(BY_NAME[name])(wrapped)
        return wrapped

    return decorate


def _setting_option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = setting.help
    if setting.default not in ("", {}, [], Path()) and setting.kind is not bool:
        text = f"{text.removesuffix('.')} (default: {setting.default})."
    if setting.kind is bool:
        return option(setting.name, is_flag=True, negatable=True, default=None, help=text)
    if setting.kind is list:
        flags = spellings(setting.flag or setting.name)
        return click.option(
            *flags, setting.name, multiple=True, help=f"{text.removesuffix('.')}; repeatable."
        )
    return option(setting.name, type=_click_type(setting), default=None, help=text)


def _click_type(setting: Setting) -> click.ParamType[Any] | type:
    if setting.choices:
        return click.Choice(setting.choices)
    if setting.bounds:
        return click.IntRange(*setting.bounds)
    return click.Path(path_type=Path) if setting.kind is Path else setting.kind
