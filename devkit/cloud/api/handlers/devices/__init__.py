"""Devices, their data, control, firmware, groups and gateways."""
