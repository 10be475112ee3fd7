"""Bluetooth: the mini program's central, virtual peripherals and real radio."""

from devkit.ble.central.central import BleCentral as BleCentral
from devkit.ble.central.events import AdapterState as AdapterState
from devkit.ble.central.events import ConnectionChanged as ConnectionChanged
from devkit.ble.central.events import DevicesFound as DevicesFound
from devkit.ble.central.events import FoundDevice as FoundDevice
from devkit.ble.central.events import ValueChanged as ValueChanged
from devkit.ble.central.factory import open_central as open_central
from devkit.ble.central.virtual import VirtualCentral as VirtualCentral
from devkit.ble.peripheral.advertising import Advertising as Advertising
from devkit.ble.peripheral.advertising import SignalModel as SignalModel
from devkit.ble.peripheral.gatt import Att as Att
from devkit.ble.peripheral.gatt import Characteristic as Characteristic
from devkit.ble.peripheral.gatt import Service as Service
from devkit.ble.peripheral.gatt import att_error as att_error
from devkit.ble.peripheral.peripheral import Peripheral as Peripheral
from devkit.ble.peripheral.peripheral import PeripheralFaults as PeripheralFaults
from devkit.ble.peripheral.radio import Frame as Frame
from devkit.ble.peripheral.radio import Radio as Radio
from devkit.ble.peripheral.timings import INSTANT as INSTANT
from devkit.ble.peripheral.timings import TYPICAL as TYPICAL
from devkit.ble.peripheral.timings import Timings as Timings
from devkit.ble.refusals import Code as Code
