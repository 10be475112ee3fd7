"""Devices written in Python: what they declare and advertise, their connection, and the air they live in."""
