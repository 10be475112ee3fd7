"""Scaffold, simulate, test and release H5 device panels for Tencent IoT Explorer."""
