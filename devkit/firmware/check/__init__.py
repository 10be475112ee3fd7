"""Checks of firmware: the cloud of one device under test, and a table of rules with the ways to try them."""
