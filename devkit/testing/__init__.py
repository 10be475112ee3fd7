"""Headless panel tests."""
