"""The device side of the emulator, over connections in memory."""
