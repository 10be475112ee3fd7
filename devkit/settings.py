"""Settings: one dataclass whose fields say what each is, read from flags, environment and devkit.toml."""
# ruff: noqa: RUF009  setting() makes a field

from __future__ import annotations

import copy
import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from devkit.budget import Budget
from devkit.design import PxToViewport
from devkit.errors import ProjectFileError, SettingsError
from devkit.language import _, language, marked
from devkit.panels import FOLDER, PANEL_VARIABLE, PanelTable

T = TypeVar("T")
MOST_OF_A_GROUP = 20
Value = str | int | bool | Path | dict[str, str] | list[str] | PxToViewport | PanelTable | Budget

PROJECT_FILE = "devkit.toml"
TABLES = (dict, PanelTable, Budget)
WRITTEN = ("out", "record", "replay")
_FILE_URL = "sqlite:///"


@dataclass(frozen=True)
class Setting:
    """What is known of a field of Settings.

    kind is the Python type of the value; Path values are relative to the project; a dict maps text to text; a
    list holds texts, separated by commas in the environment. choices and bounds limit it. flag is the name of
    its option where that differs, such as one for each item of a list.
    """

    name: str
    kind: type
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    flag: str = ""

    @property
    def variable(self) -> str:
        """Return the name of the environment variable that sets it."""
        return f"DEVKIT_{self.name.upper()}"

    def convert(self, value: object, source: str) -> Value:
        """Return value as kind.

        Errors: SettingsError naming source and value.
        """
        if self.kind is dict:
            return self._convert_table(value, source)
        if self.kind is list:
            return self._convert_list(value, source)
        if self.kind is PxToViewport:
            return PxToViewport.read(value, source)
        if self.kind is PanelTable:
            return PanelTable.read(value, source)
        if self.kind is Budget:
            return Budget.read(value, source)
        if self.kind is bool and isinstance(value, str):
            value = _BOOLEANS.get(value.lower(), value)
        if self.kind is int and isinstance(value, str) and value.lstrip("-").isdigit():
            value = int(value)
        if self.kind is Path and isinstance(value, str):
            value = Path(value)
        if not isinstance(value, str | int | Path) or not self._is_of_kind(value):
            raise SettingsError(_(f"{source}: {self.name} must be {_KIND_WORDS[self.kind]}, not {value!r}."))
        if self.choices and value not in self.choices:
            raise SettingsError(
                _(f"{source}: {self.name} must be one of {', '.join(self.choices)}, not {value!r}.")
            )
        if self.bounds and isinstance(value, int) and not self.bounds[0] <= value <= self.bounds[1]:
            raise SettingsError(
                _(f"{source}: {self.name} must be {self.bounds[0]} to {self.bounds[1]}, not {value!r}.")
            )
        return value

    def _is_of_kind(self, value: object) -> bool:
        return isinstance(value, self.kind) and not (self.kind is int and isinstance(value, bool))

    def _convert_table(self, value: object, source: str) -> dict[str, str]:
        if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
        raise SettingsError(_(f"{source}: {self.name} must be a table of texts, not {value!r}."))

    def _convert_list(self, value: object, source: str) -> list[str]:
        items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) and item for item in items):
            return list(items)
        raise SettingsError(_(f"{source}: {self.name} must be a list of texts, not {value!r}."))


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
_KIND_WORDS = {
    str: marked("a text"),
    int: marked("a whole number"),
    bool: marked("true or false"),
    Path: marked("a path"),
    dict: marked("a table"),
}


def setting(
    default: T,
    help: str,  # noqa: A002  as argparse and click call it
    *,
    choices: tuple[str, ...] = (),
    bounds: tuple[int, int] | None = None,
    flag: str = "",
) -> T:
    """Declare a field of Settings with what a row of SETTINGS tells of it."""
    metadata = {"help": help, "choices": choices, "bounds": bounds, "flag": flag}
    made: T = field(default_factory=lambda: copy.copy(default), metadata=metadata)
    return made


@dataclass(frozen=True)
class Settings:
    """The settings of one run. project is absolute.

    given names those that do not have their default, in_files those that a devkit.toml says.
    """

    project: Path
    product_id: str = setting("", "Product whose panel this is.")
    device_name: str = setting("dev01", "Device that the panel controls.")
    display_name: str = setting("", "Name that the user gave to the device.")
    model: Path = setting(Path("thing-model.json"), "Thing model of the product (JSON).")
    net_type: str = setting(
        "",
        "How the product is connected, in the platform's words: wifi, ble, cellular; else as the model says.",
    )
    gateway: bool = setting(False, "The product is a gateway; the model says so if not given.")
    sub_devices: dict[str, str] = setting(
        {}, "Sub-devices of the gateway: productId/deviceName = thing model; two with a switch if not given."
    )
    group: int = setting(
        0,
        "Devices of the group that the panel controls, in place of one device; 0 for none.",
        bounds=(0, MOST_OF_A_GROUP),
    )
    entry: Path = setting(Path(), "Entry module; found in src/ when not given.")
    target: str = setting("es2017,ios12,chrome70", "Oldest browsers to build for, as esbuild names them.")
    engine: str = setting("auto", "Build engine.", choices=("auto", "node", "esbuild-py"))
    react: str = setting(
        "host", "Use the React of the host page, or bundle the project's.", choices=("host", "bundle")
    )
    format: str = setting("iife", "Module format of index.js.", choices=("iife", "umd"))
    global_name: str = setting("", "Global that index.js assigns its exports to.")
    px_to_viewport: PxToViewport = setting(
        PxToViewport(),
        "Design width in px; rewrites px to vw when above 0. A table has width, packages, exclude, include.",
    )
    less_math: str = setting(
        "always", "LESS math mode.", choices=("always", "parens-division", "parens", "strict")
    )
    inline_limit: int = setting(
        65536, "Inline images and fonts up to this size, in bytes.", bounds=(0, 2**31)
    )
    env_prefix: str = setting(
        "PANEL_", "Prefix of .env variables for the panel, besides VITE_, REACT_APP_, VUE_APP_."
    )
    sourcemap: bool = setting(True, "Write source maps in development.")
    alias: dict[str, str] = setting({}, "Import aliases: name = path or package.")
    define: dict[str, str] = setting({}, "Global constants: name = JavaScript expression.")
    less_vars: dict[str, str] = setting({}, "LESS variables to set: name = value.")
    style_prelude: dict[str, str] = setting({}, "Text before every style of a language: scss = text.")
    read_configurations: bool = setting(
        True, "Read what is not set here from the project's webpack, Vite, umi or Babel configuration."
    )
    css_modules: str = setting(
        "auto",
        "CSS modules: *.module.* (auto), styles imported with a name as well, or all of the project.",
        choices=("auto", "named", "all"),
    )
    out: Path = setting(Path("dist"), "Folder of a release.")
    port: int = setting(9000, "Port of the dev server; 0 takes a free one.", bounds=(0, 65535))
    proxy_port: int = setting(8899, "Port of the proxy; 0 takes a free one.", bounds=(0, 65535))
    proxy: bool = setting(True, "Map developing.script and developing.style with a local proxy.")
    host: str = setting("127.0.0.1", "Address to listen on; anything but loopback exposes the panel.")
    open: bool = setting(False, "Open the device console in a browser.")
    lang: str = setting(
        "en", "Language of messages and of the simulator; zh on a Chinese system.", choices=("en", "zh")
    )
    sdk: str = setting("devkit", "SDK in the page: this tool's or npm's.", choices=("devkit", "official"))
    transport: str = setting("local", "Where cloud calls go.", choices=("local", "cloud"))
    region: str = setting(
        "mainland", "Platform region for the cloud transport.", choices=("mainland", "overseas")
    )
    cloud_url: str = setting("", "Address of a served emulator, in place of the region's platform.")
    product_region: str = setting("ap-guangzhou", "Region of the account's products, for `devkit product`.")
    product_url: str = setting("", "Address of the product API, in place of the platform's.")
    db: str = setting(
        "", "Where the emulator keeps its state: project (.devkit/cloud.db), memory, or a database URL."
    )
    sandbox: str = setting("", "Sandbox by name, such as one for a branch; the project's own if not given.")
    record: Path = setting(Path(), "File to keep a recording of the cloud session in.")
    replay: Path = setting(Path(), "Recording to play back in place of a cloud.")
    ultrafast: bool = setting(False, "Load the page first and its data after, as the ultrafast mode does.")
    scenario: str = setting("", "Virtual device script (.py or .yaml), or module:Class.")
    peripherals: list[str] = setting(
        [], "Bluetooth devices written in Python: file.py:Class or package.module:Class.", flag="peripheral"
    )
    ble: str = setting(
        "virtual", "Bluetooth of the phone: virtual, bleak (this computer's), or bumble:<HCI transport>."
    )
    mqtt: bool = setting(False, "Let real firmware connect over MQTT, and be the device while it does.")
    mqtt_port: int = setting(1883, "Port of MQTT without TLS; 0 takes a free one.", bounds=(0, 65535))
    mqtt_tls_port: int = setting(
        8883,
        "Port of MQTT over TLS, with certificates or a device's key (Python 3.13); 0 takes a free one.",
        bounds=(0, 65535),
    )
    mqtt_http_port: int = setting(
        0,
        "Port of firmware files, registration and MQTT over WebSocket, 80 for SDKs; 0 takes a free one.",
        bounds=(0, 65535),
    )
    mqtt_https_port: int = setting(
        0,
        "Port of the same over TLS with the authority of devices, 443 for SDKs; 0 takes a free one.",
        bounds=(0, 65535),
    )
    browser_path: str = setting("", "Chromium to use.")
    hot: str = setting(
        "components",
        "What new JavaScript does to an open page: keep the state of components, restart the panel in "
        "place, or reload the page.",
        choices=("components", "restart", "reload"),
    )
    upstream: str = setting("", "Proxy behind the proxy, as http://host:port; HTTPS_PROXY when not given.")
    debug: bool = setting(False, "Let DevTools in the console attach to every open page, on phones too.")
    eruda: bool = setting(False, "Put eruda, a console for those without a laptop, into open pages.")
    live_reload: bool = setting(False, "Reload the platform's own page, too, when the panel changes.")
    mirror: dict[str, str] = setting({}, "Extra hosts for the proxy: host = URL.")
    panels: PanelTable = setting(
        PanelTable(),
        "Panels of a repository with many: name = folder, entry, or table of settings; with globs.",
    )
    budget: Budget = setting(
        Budget(), "What `devkit audit` holds the panel to: js, css, js_gzip, first_pixels, …, score."
    )
    panel: str = ""
    given: frozenset[str] = frozenset()
    in_files: frozenset[str] = frozenset()

    def replace(self, **changes: Value) -> Settings:
        """Return a copy with some values changed.

        Errors: SettingsError for an unknown name or a value that does not fit.
        """
        converted: dict[str, Any] = {
            name: _row(name, "settings").convert(value, "settings") for name, value in changes.items()
        }
        said = self.in_files - converted.keys()
        return dataclasses.replace(self, given=self.given | converted.keys(), in_files=said, **converted)

    def path(self, name: str) -> Path:
        """Return a Path setting as an absolute path."""
        relative: Path = getattr(self, name)
        return (self.project / relative).resolve()


def _rows() -> Iterator[Setting]:
    for made in dataclasses.fields(Settings):
        if made.default_factory is not dataclasses.MISSING:
            default = made.default_factory()
            kind = Path if isinstance(default, Path) else type(default)
            yield Setting(made.name, kind, default, **made.metadata)


SETTINGS: tuple[Setting, ...] = tuple(_rows())
BY_NAME: Mapping[str, Setting] = {row.name: row for row in SETTINGS}


def _row(name: str, source: str) -> Setting:
    if name in BY_NAME:
        return BY_NAME[name]
    close = difflib.get_close_matches(name, BY_NAME, n=1)
    hint = _(f"Did you mean {close[0]}?") if close else _(f"Known settings: {', '.join(BY_NAME)}.")
    raise SettingsError(_(f"{source}: unknown setting {name!r}."), hint)


def read_project_file(file: Path) -> dict[str, Any]:
    """Return the converted values of a devkit.toml; {} when there is none.

    Errors: SettingsError for bad TOML, an unknown name or a value that does not fit.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_(f"{file}: cannot be read: {error}.")) from error
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise SettingsError(_(f"{file}: its values are nested too deeply.")) from error
    except tomllib.TOMLDecodeError as error:
        said, _rest, where = str(error).partition(" (at ")
        line, column = [int(part) for part in re.findall(r"\d+", where)] or (len(text.splitlines()) or 1, 0)
        raise ProjectFileError(
            _(f"this is not TOML: {said}."),
            _("Text values need quotes."),
            file=file,
            line=line,
            column=column or None,
        ) from error
    except ValueError as error:  # int() refuses thousands of digits
        raise SettingsError(_(f"{file}: a number in it is too long.")) from error
    return {name: _converted(name, value, file, text) for name, value in table.items()}


def _converted(name: str, value: object, file: Path, text: str) -> Any:
    try:
        return _row(name, PROJECT_FILE).convert(value, PROJECT_FILE)
    except SettingsError as error:
        at = re.search(rf"^\s*\[*\s*[\"']?{re.escape(name)}\b", text, re.MULTILINE)
        line = text.count("\n", 0, at.end()) + 1 if at else None
        message = error.message.removeprefix(f"{PROJECT_FILE}: ")
        raise ProjectFileError(message, error.hint, file=file, line=line) from error


def _check_inside(project: Path, values: Mapping[str, Any]) -> None:
    """Refuse a devkit.toml, or a link in the checkout, that makes a run read or write elsewhere.

    Errors: SettingsError.
    """
    places = {name: values.get(name, BY_NAME[name].default) for name in WRITTEN}
    db = str(values.get("db", ""))
    if db.startswith(_FILE_URL):
        places["db"] = Path(db.removeprefix(_FILE_URL).partition("?")[0])
    for name, place in places.items():
        if place != Path() and not (project / place).resolve().is_relative_to(project):
            raise SettingsError(
                _(f"{project / PROJECT_FILE}: {name} = {str(place)!r} is outside the project."),
                _(f"Name a place inside it, or say so yourself: {BY_NAME[name].variable}={place}"),
            )
    for name in ("cloud_url", "product_url"):
        if (url := str(values.get(name, ""))) and not _leads_here(url):
            raise SettingsError(
                _(
                    f"{project / PROJECT_FILE}: {name} = {url!r} is another machine, "
                    "which would get your keys."
                ),
                _(f"Say so yourself: {BY_NAME[name].variable}={url}"),
            )
    keeps = project / ".devkit"
    if keeps.is_symlink() and not keeps.resolve().is_relative_to(project):
        raise SettingsError(
            _(f"{keeps} is a link out of the project."), _("Remove it; devkit makes a folder there.")
        )


def _leads_here(url: str) -> bool:
    """Tell whether a URL is on loopback, as hosts.py does, which is above this module."""
    return re.fullmatch(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(/.*)?", url) is not None


def _with_panel(project: Path, values: dict[str, Any], panel: str) -> tuple[Path, dict[str, Any]]:
    """Return the project and its values with those of one panel over them."""
    table: PanelTable = values.get("panels") or PanelTable()
    row = table.panel(panel, project)
    folder = row.pop(FOLDER, None)
    source = f"{project / PROJECT_FILE}: panels.{panel}"
    own = {name: _row(name, source).convert(value, source) for name, value in row.items()}
    if folder is None:
        return project, {**values, "out": values.get("out", Path("dist")) / panel, **own}
    home = (project / folder).resolve()
    if not home.is_dir() or not home.is_relative_to(project):
        raise SettingsError(_(f"{source}: {folder} is no folder of the project."))
    return home, {**values, **read_project_file(home / PROJECT_FILE), **own}


def load_settings(
    project: Path,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    panel: str = "",
) -> Settings:
    """Combine flags, DEVKIT_* variables, devkit.toml and defaults, in that order of rank.

    flags: {setting name: value}; None, or () for a list, means not given. panel: one of [panels], whose table
    and devkit.toml beat that of the project; DEVKIT_PANEL when not given.
    Errors: SettingsError.
    """
    environ = os.environ if environ is None else environ
    project = project.resolve()
    values = read_project_file(project / PROJECT_FILE)
    if not panel and "panels" in values:
        panel = environ.get(PANEL_VARIABLE, "")
    if panel:
        project, values = _with_panel(project, values, panel)
    _check_inside(project, values)
    said = set(values)
    for setting in SETTINGS:
        if setting.kind not in TABLES and environ.get(setting.variable):
            values[setting.name] = setting.convert(environ[setting.variable], setting.variable)
            said.discard(setting.name)
    for name, value in (flags or {}).items():
        if value is not None and value != ():
            values[name] = _row(name, _("command line")).convert(value, _("command line"))
            said.discard(name)
    given = frozenset(values)
    values.setdefault("lang", language())
    return Settings(project, panel=panel, given=given, in_files=frozenset(said), **values)
