"""Options that come from the fields of Settings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from devkit.errors import WrongUsageError
from devkit.language import _, choose, marked
from devkit.settings import BY_NAME, Setting, Settings, load_settings

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


def panel_argument(function: F) -> F:
    """Add the name of a panel of [panels] as an argument; setting_options loads its settings."""
    return click.argument("panel", required=False, default="")(function)


def panels_of(settings: Settings, *, every: bool, named: str = marked("Name one")) -> list[Settings]:
    """Return the settings of each panel that a command is to take: the one it names, or all.

    named: how the command names one, for the error.

    Errors: WrongUsageError when there are many and none is named, or --all without [panels].
    """
    if settings.panel or (not settings.panels.rows and not every):
        return [settings]
    names = list(settings.panels.expand(settings.project))
    if not names:
        raise WrongUsageError(
            _("devkit.toml has no [panels]."), _('Name them: [panels] lamp = "panels/lamp".')
        )
    if not every:
        if "entry" in settings.given:
            return [settings]
        raise WrongUsageError(
            _(f"Which panel: {', '.join(names)}?"), _(f"{_(named)}, or take all with --all.")
        )
    return [named_panel(name) for name in names]


def named_panel(name: str) -> Settings:
    """Return the settings of a panel of the current folder, with the options of the command that runs."""
    given = click.get_current_context().params
    flags = {option: value for option, value in given.items() if option in BY_NAME}
    return load_settings(Path.cwd(), flags, panel=name)


def _first_panel(settings: Settings, flags: dict[str, Any]) -> Settings:
    """Return the settings of the first panel of a repository with many, when none is named; say so."""
    if settings.panel or "entry" in settings.given or not settings.panels.rows:
        return settings
    first, *others = settings.panels.expand(settings.project)
    more = _(f" The others: {', '.join(others)}.") if others else ""
    click.echo(_(f"Panel {first}.{more}"), err=True)
    return load_settings(Path.cwd(), flags, panel=first)


def setting_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of some settings; the command gets one `settings` argument in place of them.

    The settings are loaded for the current folder. A command that takes `project` as an argument of its own
    loads them for that folder.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*args: object, **arguments: object) -> object:
            flags = {name: arguments.pop(name) for name in names}
            named = "panel" in arguments
            panel = str(arguments.pop("panel", None) or "")
            settings = load_settings(Path.cwd(), flags, panel=panel)
            choose(settings.lang)
            if named and "every" not in arguments:
                settings = _first_panel(settings, flags)
            return function(*args, settings=settings, **arguments)

        wrapped: Callable[..., Any] = command
        for name in reversed(names):
            wrapped = _setting_option(BY_NAME[name])(wrapped)
        return wrapped

    return decorate


def _setting_option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = setting.help
    if setting.default not in ("", {}, [], Path()) and setting.kind is not bool:
        text = marked(f"{text.removesuffix('.')} (default: {setting.default}).")
    if setting.kind is bool:
        return option(setting.name, is_flag=True, negatable=True, default=None, help=text)
    if setting.kind is list:
        flags = spellings(setting.flag or setting.name)
        return click.option(
            *flags, setting.name, multiple=True, help=marked(f"{text.removesuffix('.')}; repeatable.")
        )
    return option(setting.name, type=_click_type(setting), default=None, help=text)


def _click_type(setting: Setting) -> click.ParamType[Any] | type:
    if setting.choices:
        return click.Choice(setting.choices)
    if setting.bounds:
        return click.IntRange(*setting.bounds)
    return click.Path(path_type=Path) if setting.kind is Path else setting.kind
