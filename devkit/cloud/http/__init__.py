"""The emulator at the platform's real paths."""
