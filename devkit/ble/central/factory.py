"""Which Bluetooth a simulated phone uses: the setting `ble` in a central."""

from __future__ import annotations

import importlib.util

from devkit.ble.central.central import BleCentral
from devkit.ble.central.virtual import VirtualCentral
from devkit.ble.peripheral.radio import Radio
from devkit.ble.stacks.bleak import BleakStack
from devkit.ble.stacks.bumble import BumbleStack
from devkit.errors import SettingsError
from devkit.extras import install_command
from devkit.language import _, marked

VIRTUAL, BLEAK, BUMBLE = "virtual", "bleak", "bumble"
FORMS = marked(
    "Write virtual, bleak for this computer's Bluetooth, or bumble:<transport> for a controller of its own, "
    "such as bumble:usb:0."
)


def open_central(setting: str, radio: Radio | None = None) -> BleCentral:
    """Return one phone's Bluetooth; it reaches the hardware in `open()`, not here.

    setting: "virtual", "bleak", "bleak:<adapter>" or "bumble:<HCI transport>". radio: the air of virtual
    peripherals; a real radio hands it the frames that it sees.
    Errors: SettingsError for another setting, or when the package behind it is not installed.
    """
    kind, _rest, rest = setting.strip().partition(":")
    air = radio or Radio()
    if kind == VIRTUAL and not rest:
        return VirtualCentral(air)
    if kind not in (BLEAK, BUMBLE) or (kind == BUMBLE and not rest):
        raise SettingsError(_(f'ble cannot be "{setting}".'), FORMS)
    need(kind, setting)
    return BleCentral(BumbleStack(rest) if kind == BUMBLE else BleakStack(rest), air)


def need(package: str, setting: str) -> None:
    """See that an optional package is there.

    Errors: SettingsError with the command that installs it.
    """
    if importlib.util.find_spec(package) is None:
        raise SettingsError(
            _(f'ble is "{setting}", but the Python package {package} is not installed.'),
            _(f"Run: {install_command('radio')}"),
        )
