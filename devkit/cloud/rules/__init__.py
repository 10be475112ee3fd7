"""What happens by itself: timers, scenes and automations on the emulator's clock."""
