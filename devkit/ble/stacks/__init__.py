"""Ways for a central to reach devices: the air of virtual peripherals, bleak and bumble."""
