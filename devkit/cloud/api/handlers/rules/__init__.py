"""Timers, scenes and automations as applications edit them."""
