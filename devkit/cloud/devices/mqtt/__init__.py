"""The device side of the platform: an MQTT broker in the emulator's process. Imported with --mqtt alone."""
