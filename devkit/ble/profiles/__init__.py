"""Peripherals that ship with devkit: examples to read, and devices to develop panels against."""
