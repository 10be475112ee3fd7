"""LLSync, the platform's standard Bluetooth protocol: both sides in Python."""

from devkit.ble.llsync.central import LLSyncCentral as LLSyncCentral
from devkit.ble.llsync.central import SignedName as SignedName
from devkit.ble.llsync.device import LLSyncFaults as LLSyncFaults
from devkit.ble.llsync.device import LLSyncPeripheral as LLSyncPeripheral
from devkit.ble.llsync.identity import Binding as Binding
from devkit.ble.llsync.ota import OtaPlan as OtaPlan
from devkit.ble.llsync.words import frame_words as frame_words
