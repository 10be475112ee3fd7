"""The device's side of MQTT: virtual devices on a real connection, one or many, and checks of firmware."""
