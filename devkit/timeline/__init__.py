"""What happened in a run: one ordered list of entries."""
