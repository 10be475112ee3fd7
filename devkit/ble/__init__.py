"""Bluetooth: the mini program's central, virtual peripherals and real radio."""
