"""What devkit cloud does for a team: workers, users, sandboxes."""
