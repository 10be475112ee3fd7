"""The device side of the emulator: virtual devices, their shadows, keys and firmware."""
