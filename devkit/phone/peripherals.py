"""The setting `peripherals`: Bluetooth devices written in Python, with their keys from the cloud."""

from __future__ import annotations

import difflib
import inspect
import os
from pathlib import Path

from devkit.ble import Peripheral
from devkit.ble.llsync import Binding, LLSyncPeripheral
from devkit.errors import BleError, SettingsError
from devkit.language import _, marked
from devkit.model import ThingModel
from devkit.model.project import project_model, project_product
from devkit.phone.classes import classes_of, load_source, split_class
from devkit.settings import Settings
from devkit.transport.base import CONNECTION_KEY, DeviceKeys, Transport

SECRET_VARIABLE = "DEVKIT_DEVICE_SECRET"  # noqa: S105  the name of a variable
FORMS = marked("Write file.py:Class or package.module:Class.")


async def load_peripherals(settings: Settings, transport: Transport) -> list[Peripheral]:
    """Return a peripheral for each class that the setting names, in its order.

    Errors: SettingsError for a file, module or class that cannot be used.
    """
    made: list[Peripheral] = []
    for spec in settings.peripherals:
        kind = load_class(spec, settings.project)
        twins = sum(isinstance(item, LLSyncPeripheral) for item in made)
        made.append(await make_peripheral(kind, settings, transport, number=twins + 1))
    return made


async def make_peripheral(
    kind: type[Peripheral],
    settings: Settings,
    transport: Transport,
    *,
    device_name: str = "",
    number: int = 1,
    model: ThingModel | None = None,
) -> Peripheral:
    """Return a peripheral of a class.

    An LLSync device gets a thing model, the project's when none is given, the product, and its keys from the
    cloud: bound to its user when it is in a family, and waiting for one when it is not. Its name is
    device_name, the class attribute device_name, or that of the settings, to which number is added when it is
    not 1.
    Errors: SettingsError when the class does not take what it is given.
    """
    if not issubclass(kind, LLSyncPeripheral):
        return _call(kind)
    model = model or project_model(settings)
    product_id = project_product(settings, model)
    suffix = "" if number == 1 else f"-{number}"
    name = device_name or str(getattr(kind, "device_name", "")) or f"{settings.device_name}{suffix}"
    made = _call(kind, model, product_id, name)
    if not isinstance(made, LLSyncPeripheral):
        raise SettingsError(_(f"peripherals: {kind.__name__} makes {type(made).__name__}, not itself."))
    keys = await keys_of(transport, product_id, name)
    made.secret = keys.secret or made.secret
    if keys.local_psk and keys.user_id:
        made.binding = Binding.of(keys.local_psk, keys.user_id)
    if transport.bench is not None:
        transport.bench.carry(f"{product_id}/{name}", wifi=made.wifi)
    return made


async def keys_of(transport: Transport, product_id: str, device_name: str) -> DeviceKeys:
    """Return the keys of a device: from the emulator, or what an app has left in the cloud.

    The cloud does not tell a device's own key; the variable DEVKIT_DEVICE_SECRET does.
    Errors: DeviceNotFoundError, TransportError.
    """
    if transport.bench is not None:
        return transport.bench.keys(product_id, device_name)
    from devkit.errors import CloudApiError

    secret = os.environ.get(SECRET_VARIABLE, "")
    asked = {"DeviceId": f"{product_id}/{device_name}", "DeviceKey": CONNECTION_KEY}
    try:
        configs = (await transport.call("AppGetDeviceConfig", asked)).get("Configs") or {}
        user = (await transport.call("AppGetUser", {})).get("Data") or {}
    except CloudApiError:  # not this user's device: it waits to be bound
        return DeviceKeys(secret)
    return DeviceKeys(secret, str(user.get("UserID", "")), str(configs.get(CONNECTION_KEY) or ""))


def load_class(spec: str, project: Path) -> type[Peripheral]:
    """Return the peripheral class that file.py:Class or package.module:Class names; project holds the file.

    Errors: SettingsError naming the nearest file or class.
    """
    place, name = split_class(spec)
    if not place:
        raise SettingsError(_(f'peripherals: "{spec}" names no file.'), FORMS)
    module = load_source("peripherals", place, project)
    known = {
        item.__name__: item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Peripheral)
    }
    own = {key: item for key, item in known.items() if key in classes_of(module)}
    if not name and len(own) == 1:
        return next(iter(own.values()))
    if name in known:
        return known[name]
    if hasattr(module, name) and name:
        raise SettingsError(_(f"peripherals: {name} in {place} is no Peripheral."), f"{_names(own)} {FORMS}")
    close = difflib.get_close_matches(name, known, n=1)
    hint = _(f"Did you mean {place}:{close[0]}?") if close else f"{_names(own)} {FORMS}"
    problem = _(f"has no class {name}") if name else _("must have one peripheral class, or a name behind it")
    raise SettingsError(_(f"peripherals: {place} {problem}."), hint)


def _names(found: dict[str, type[Peripheral]]) -> str:
    return _(f"Its peripherals: {', '.join(found)}.") if found else _("It has no peripherals.")


def _call(kind: type[Peripheral], *arguments: object) -> Peripheral:
    try:
        return kind(*arguments)  # type: ignore[arg-type]
    except (TypeError, BleError) as error:
        takes = "(model, product_id, device_name)" if arguments else _("no arguments")
        raise SettingsError(
            _(f"peripherals: {kind.__name__} cannot be made: {error}"), _(f"It is called with {takes}.")
        ) from error
