"""Videos, music and files."""
