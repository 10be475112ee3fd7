"""npm packages that only tests use: installed once into the user's cache folder, as the toolchain is."""

from pathlib import Path

from devkit.build.node import find_node
from devkit.build.package_set import PackageSet

SHIPPED = Path(__file__).parents[1] / "data" / "packages"
_PACKAGES = PackageSet("test-packages", SHIPPED, "packages of the tests", "25 MB")


def node_modules() -> Path:
    """Return the folder of webpack, TypeScript and Emotion; the first test that asks installs it."""
    node = find_node()
    assert node, "Node.js 18 or later was not found"
    return _PACKAGES.ensure(node) / "node_modules"
