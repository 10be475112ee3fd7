"""Settings: one table, and the frozen result of flags, environment, devkit.toml and defaults."""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devkit.errors import SettingsError

PROJECT_FILE = "devkit.toml"
PORT_RANGE = (1, 65535)


@dataclass(frozen=True)
class Setting:
    """One row of SETTINGS.

    kind is the Python type of the value; Path values are relative to the project; a dict maps text to text; a
    list holds texts, separated by commas in the environment. choices and bounds limit it. flag is the name of
    its option where that differs, such as one for each item of a list.
    """

    name: str
    kind: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    flag: str = ""

    @property
    def variable(self) -> str:
        """Return the name of the environment variable that sets it."""
        return f"DEVKIT_{self.name.upper()}"

    def convert(self, value: object, source: str) -> Any:
        """Return value as kind.

        Errors: SettingsError naming source and value.
        """
        if self.kind is dict:
            return self._convert_table(value, source)
        if self.kind is list:
            return self._convert_list(value, source)
        if self.kind is bool and isinstance(value, str):
            value = _BOOLEANS.get(value.lower(), value)
        if self.kind is int and isinstance(value, str) and value.lstrip("-").isdigit():
            value = int(value)
        if self.kind is Path and isinstance(value, str):
            value = Path(value)
        if not isinstance(value, self.kind) or (self.kind is int and isinstance(value, bool)):
            raise SettingsError(f"{source}: {self.name} must be {_KIND_WORDS[self.kind]}, not {value!r}.")
        if self.choices and value not in self.choices:
            raise SettingsError(
                f"{source}: {self.name} must be one of {', '.join(self.choices)}, not {value!r}."
            )
        if self.bounds and not self.bounds[0] <= value <= self.bounds[1]:  # type: ignore[operator]
            raise SettingsError(
                f"{source}: {self.name} must be {self.bounds[0]} to {self.bounds[1]}, not {value!r}."
            )
        return value

    def _convert_table(self, value: object, source: str) -> dict[str, str]:
        if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
        raise SettingsError(f"{source}: {self.name} must be a table of texts, not {value!r}.")

    def _convert_list(self, value: object, source: str) -> list[str]:
        items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) and item for item in items):
            return list(items)
        raise SettingsError(f"{source}: {self.name} must be a list of texts, not {value!r}.")


_BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_KIND_WORDS = {str: "a text", int: "a whole number", bool: "true or false", Path: "a path", dict: "a table"}

SETTINGS: tuple[Setting, ...] = (
    Setting("product_id", str, "", "Product whose panel this is."),
    Setting("device_name", str, "dev01", "Device that the panel controls."),
    Setting("display_name", str, "", "Name that the user gave to the device."),
    Setting("model", Path, Path("thing-model.json"), "Thing model of the product (JSON)."),
    Setting("entry", Path, Path(), "Entry module; found in src/ when not given."),
    Setting("target", str, "es2017,ios12,chrome70", "Oldest browsers to build for, as esbuild names them."),
    Setting("engine", str, "auto", "Build engine.", choices=("auto", "node", "esbuild-py")),
    Setting(
        "react",
        str,
        "host",
        "Use the React of the host page, or bundle the project's.",
        choices=("host", "bundle"),
    ),
    Setting("format", str, "iife", "Module format of index.js.", choices=("iife", "umd")),
    Setting("global_name", str, "", "Global that index.js assigns its exports to."),
    Setting(
        "px_to_viewport", int, 0, "Design width in px; rewrites px to vw when above 0.", bounds=(0, 10000)
    ),
    Setting(
        "less_math",
        str,
        "always",
        "LESS math mode.",
        choices=("always", "parens-division", "parens", "strict"),
    ),
    Setting(
        "inline_limit", int, 65536, "Inline images and fonts up to this size, in bytes.", bounds=(0, 2**31)
    ),
    Setting("env_prefix", str, "PANEL_", "Prefix of .env variables that the panel may read."),
    Setting("sourcemap", bool, True, "Write source maps in development."),
    Setting("alias", dict, {}, "Import aliases: name = path or package."),
    Setting("define", dict, {}, "Global constants: name = JavaScript expression."),
    Setting("out", Path, Path("dist"), "Folder of a release."),
    Setting("port", int, 9000, "Port of the dev server; 0 takes a free one.", bounds=(0, 65535)),
    Setting("proxy_port", int, 8899, "Port of the proxy.", bounds=PORT_RANGE),
    Setting("proxy", bool, True, "Map developing.script and developing.style with a local proxy."),
    Setting("host", str, "127.0.0.1", "Address to listen on; anything but loopback exposes the panel."),
    Setting("open", bool, False, "Open the device console in a browser."),
    Setting("lang", str, "en", "Language of the simulator.", choices=("en", "zh")),
    Setting("sdk", str, "devkit", "SDK in the page: this tool's or npm's.", choices=("devkit", "official")),
    Setting("transport", str, "local", "Where cloud calls go.", choices=("local", "cloud")),
    Setting(
        "region",
        str,
        "mainland",
        "Platform region for the cloud transport.",
        choices=("mainland", "overseas"),
    ),
    Setting("cloud_url", str, "", "Address of a served emulator, in place of the region's platform."),
    Setting(
        "db",
        str,
        "",
        "Where the emulator keeps its state: project (.devkit/cloud.db), memory, or a database URL.",
    ),
    Setting("record", Path, Path(), "File to keep a recording of the cloud session in."),
    Setting("replay", Path, Path(), "Recording to play back in place of a cloud."),
    Setting("ultrafast", bool, False, "Load the page first and its data after, as the ultrafast mode does."),
    Setting("scenario", str, "", "Virtual device script (.py or .yaml), or module:Class."),
    Setting(
        "peripherals",
        list,
        [],
        "Bluetooth devices written in Python: file.py:Class or package.module:Class.",
        flag="peripheral",
    ),
    Setting(
        "ble",
        str,
        "virtual",
        "Bluetooth of the phone: virtual, bleak (this computer's), or bumble:<HCI transport>.",
    ),
    Setting("browser_path", str, "", "Chromium to use."),
    Setting(
        "hot",
        str,
        "restart",
        "What new JavaScript does to an open page: restart the panel in place, or reload the page.",
        choices=("restart", "reload"),
    ),
    Setting("upstream", str, "", "Proxy behind the proxy, as http://host:port; HTTPS_PROXY when not given."),
    Setting("live_reload", bool, False, "Reload the platform's own page, too, when the panel changes."),
    Setting("mirror", dict, {}, "Extra hosts for the proxy: host = URL."),
)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings of one run. project is absolute; values holds one entry per row of SETTINGS."""

    project: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name in BY_NAME:
            return self.values.get(name, BY_NAME[name].default)
        raise AttributeError(name)

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with some values changed.

        Errors: SettingsError for an unknown name or a value that does not fit.
        """
        converted = {
            name: _row(name, "settings").convert(value, "settings") for name, value in changes.items()
        }
        return dataclasses.replace(
            self, values={**self.values, **converted}, given=self.given | converted.keys()
        )

    def path(self, name: str) -> Path:
        """Return a Path setting as an absolute path."""
        relative: Path = getattr(self, name)
        return (self.project / relative).resolve()


def _row(name: str, source: str) -> Setting:
    if name in BY_NAME:
        return BY_NAME[name]
    close = difflib.get_close_matches(name, BY_NAME, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known settings: {', '.join(BY_NAME)}."
    raise SettingsError(f"{source}: unknown setting {name!r}.", hint)


def read_project_file(file: Path) -> dict[str, Any]:
    """Return the converted values of a devkit.toml; {} when there is none.

    Errors: SettingsError for bad TOML, an unknown name or a value that does not fit.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}.") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}.", "Text values need quotes.") from error
    return {name: _row(name, str(file)).convert(value, str(file)) for name, value in table.items()}


def load_settings(
    project: Path, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Combine flags, DEVKIT_* variables, devkit.toml and defaults, in that order of rank.

    flags: {setting name: value}; None, or () for a list, means not given.
    Errors: SettingsError.
    """
    environ = os.environ if environ is None else environ
    project = project.resolve()
    values = read_project_file(project / PROJECT_FILE)
    for setting in SETTINGS:
        if setting.kind is not dict and environ.get(setting.variable):
            values[setting.name] = setting.convert(environ[setting.variable], setting.variable)
    for name, value in (flags or {}).items():
        if value is not None and value != ():
            values[name] = _row(name, "command line").convert(value, "command line")
    return Settings(project, values, frozenset(values))
