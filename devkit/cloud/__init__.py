"""The cloud emulator and its virtual devices."""

from devkit.cloud.devices.device import ActionFailedError as ActionFailedError
from devkit.cloud.devices.device import VirtualDevice as VirtualDevice
from devkit.cloud.emulator import Emulator as Emulator
