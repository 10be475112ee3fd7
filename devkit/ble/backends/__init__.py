"""Ways to reach Bluetooth devices: written in Python, or by a real radio."""
