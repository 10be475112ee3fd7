"""Expectations: wait for what should happen, and tell the story when it does not."""
