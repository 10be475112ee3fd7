"""The cloud emulator and its virtual devices."""
