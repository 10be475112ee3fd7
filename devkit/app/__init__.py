"""The product as a library: a run that builds, serves, simulates and proxies a panel, and tells of it."""
