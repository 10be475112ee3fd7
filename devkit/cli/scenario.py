"""--scenario: let a class of the project play the virtual device."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from devkit.errors import SettingsError
from devkit.settings import Settings

if TYPE_CHECKING:
    from devkit.cloud import VirtualDevice
    from devkit.transport import Transport

HINT = "Name a Python file with a subclass of devkit.cloud.VirtualDevice, or module:Class."


def play(settings: Settings, transport: Transport) -> None:
    """Put the class of settings.scenario in the place of the plain virtual device.

    Errors: SettingsError when there is no such class, or the device is a real one.
    """
    from devkit.transport.local import LocalTransport

    if not isinstance(transport, LocalTransport):
        raise SettingsError("--scenario plays the virtual device.", "It works with --transport local alone.")
    kind = load_device(settings.project, settings.scenario)
    for device_id in transport.bench.snapshot()["devices"]:
        transport.bench.script(device_id, kind)


def load_device(project: Path, scenario: str) -> type[VirtualDevice]:
    """Return the class that "file.py", "file.py:Class" or "module:Class" names.

    Errors: SettingsError.
    """
    from devkit.cloud import VirtualDevice

    source, _, name = scenario.partition(":") if not Path(scenario).is_absolute() else (scenario, "", "")
    module = _load_module(project, source)
    if name:
        found = [getattr(module, name, None)]
    else:
        found = [item for item in vars(module).values() if _is_own_class(item, module, VirtualDevice)]
    classes = [item for item in found if isinstance(item, type) and issubclass(item, VirtualDevice)]
    if len(classes) != 1:
        wanted = f"no subclass of VirtualDevice called {name}" if name else f"{len(classes)} of them, not one"
        raise SettingsError(f"scenario {scenario!r}: {source} has {wanted}.", HINT)
    return classes[0]


def _is_own_class(item: object, module: ModuleType, base: type) -> bool:
    return isinstance(item, type) and issubclass(item, base) and item.__module__ == module.__name__


def _load_module(project: Path, source: str) -> Any:
    file = project / source
    if source.endswith(".py"):
        spec = importlib.util.spec_from_file_location(f"devkit_scenario_{file.stem}", file)
        if spec is None or spec.loader is None or not file.is_file():
            raise SettingsError(f"scenario: {file} does not exist.", HINT)
        module = importlib.util.module_from_spec(spec)
        return _run(source, lambda: spec.loader.exec_module(module)) or module
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    return _run(source, lambda: importlib.import_module(source))


def _run(source: str, load: Any) -> Any:
    try:
        return load()
    except Exception as error:
        raise SettingsError(f"scenario: {source} cannot be loaded: {error!r}.", HINT) from error
