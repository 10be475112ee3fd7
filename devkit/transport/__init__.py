"""Where cloud calls go: the local emulator or the real platform."""
