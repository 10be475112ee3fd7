"""The world of a test: cloud, devices, Bluetooth, mini program and time."""
