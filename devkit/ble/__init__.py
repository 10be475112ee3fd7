"""Bluetooth: the mini program's central, virtual peripherals and real radio."""

from devkit.ble.advertising import Advertising as Advertising
from devkit.ble.advertising import SignalModel as SignalModel
from devkit.ble.backends.virtual import VirtualCentral as VirtualCentral
from devkit.ble.base import AdapterState as AdapterState
from devkit.ble.base import BleCentral as BleCentral
from devkit.ble.base import ConnectionChanged as ConnectionChanged
from devkit.ble.base import DevicesFound as DevicesFound
from devkit.ble.base import FoundDevice as FoundDevice
from devkit.ble.base import ValueChanged as ValueChanged
from devkit.ble.gatt import Att as Att
from devkit.ble.gatt import Characteristic as Characteristic
from devkit.ble.gatt import Service as Service
from devkit.ble.gatt import att_error as att_error
from devkit.ble.peripheral import Faults as Faults
from devkit.ble.peripheral import Peripheral as Peripheral
from devkit.ble.radio import Frame as Frame
from devkit.ble.radio import Radio as Radio
from devkit.ble.refusals import Code as Code
from devkit.ble.timings import INSTANT as INSTANT
from devkit.ble.timings import TYPICAL as TYPICAL
from devkit.ble.timings import Timings as Timings
