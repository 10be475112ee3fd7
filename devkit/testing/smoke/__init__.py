"""Smoke tests: try any panel without a test written for it."""

from devkit.testing.smoke.run import run_smoke as run_smoke
