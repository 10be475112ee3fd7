"""LLSync, the platform's standard Bluetooth protocol: the device's side in Python."""

from devkit.ble.llsync.device import LLSyncFaults as LLSyncFaults
from devkit.ble.llsync.device import LLSyncPeripheral as LLSyncPeripheral
from devkit.ble.llsync.identity import Binding as Binding
from devkit.ble.llsync.ota import OtaPlan as OtaPlan
from devkit.ble.llsync.words import frame_words as frame_words
