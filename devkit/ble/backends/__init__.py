"""Ways to reach Bluetooth devices: written in Python, or by a real radio."""

from devkit.ble.backends.factory import open_central as open_central
