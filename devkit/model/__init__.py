"""Thing models: reading, checking, defaults and values."""
