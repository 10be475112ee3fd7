"""An LLSync light with Wi-Fi: the cloud reaches it while it is online, a phone near it always.

Source: npm qcloud-iotexplorer-appdev-plugin-wificonf-blecombo@1.9.6 lib/protocols/BleComboDualMode. That
adapter hears binding, authentication and device facts; answers to its controls do not reach it, so that a
control over Bluetooth works and its promise is rejected after ten seconds.
"""

from __future__ import annotations

from devkit.ble.llsync import codes
from devkit.ble.llsync.device import LLSyncPeripheral
from devkit.ble.llsync.handshake import PROTOCOL_VERSION, SET_MTU
from devkit.ble.peripheral.gatt import Service
from devkit.ble.profiles.light import LLSyncLight

SERVICE = "0000FFE8" + codes.TAIL
GET_INFO = 0xE0


class DualModeLight(LLSyncLight):
    """A lamp with the service of dual-mode devices; without Wi-Fi, panels reach it over Bluetooth."""

    llsync = Service(SERVICE)
    info = llsync.characteristic(codes.INFO, "write")
    data = llsync.characteristic(codes.DATA, "write")
    events = llsync.characteristic(codes.EVENT, "notify")
    firmware = llsync.characteristic(codes.OTA, "write", "writeNoResponse")
    advertised_service = "FFE8"
    wifi = True

    @info.on_write
    def info_written(self, value: bytes) -> None:
        """Tell the name to an app that asks for it; everything else is LLSync."""
        if value[:1] != bytes([GET_INFO]):
            super().info_written(value)
        elif not self.faults.silent:
            mtu = self.llsync_mtu | (SET_MTU if self.wish_mtu else 0)
            name = self.device_name.encode()
            body = bytes([PROTOCOL_VERSION]) + mtu.to_bytes(2, "big") + bytes([len(name)]) + name
            self.send(codes.ReportKind.DEVICE_INFO, body)

    data.on_write(LLSyncPeripheral.data_written)
    firmware.on_write(LLSyncPeripheral.firmware_written)
