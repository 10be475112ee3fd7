"""The cloud emulator and its virtual devices."""

from devkit.cloud.device import ActionFailedError as ActionFailedError
from devkit.cloud.device import VirtualDevice as VirtualDevice
from devkit.cloud.emulator import Emulator as Emulator
