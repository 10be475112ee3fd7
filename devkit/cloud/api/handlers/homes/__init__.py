"""Users, families and what they share."""
