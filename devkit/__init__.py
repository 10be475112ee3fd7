"""Scaffold, simulate, test and release H5 device panels for Tencent IoT Explorer.

PYTEST_DONT_REWRITE: `devkit test` has imported this before pytest starts, which warns of that otherwise.
"""
