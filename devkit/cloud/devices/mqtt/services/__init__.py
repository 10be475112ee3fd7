"""What the platform answers on each of its topics."""
