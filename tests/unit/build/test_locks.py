"""The npm packages that devkit brings: each is pinned by its hash, and none needs an install script."""

import json
from pathlib import Path

import pytest

from devkit.build.package_set import NPM_FLAGS

ROOT = Path(__file__).parents[3]
LOCKS = (
    "devkit/build/toolchain",
    "devkit/build/panel_sdk",
    "devkit/devserver/devtools/chii",
    "devkit/devserver/devtools/eruda",
    "devkit/sdk/client",
)
# Packages with an install script that is left out; SECURITY.md names them. esbuild's puts its binary in the
# place of a launcher that starts it; @parcel/watcher's compiles what its optional packages bring compiled;
# core-js's prints a request for donations.
WITH_SCRIPT = {"esbuild", "@parcel/watcher", "fsevents", "core-js"}


def packages(folder: str) -> dict[str, dict[str, object]]:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    return {path: entry for path, entry in lock["packages"].items() if path and not entry.get("link")}


@pytest.mark.parametrize("folder", LOCKS)
def test_every_package_has_its_hash_and_comes_over_tls(folder: str) -> None:
    found = packages(folder)
    assert found
    wrong = {
        path: entry.get("resolved")
        for path, entry in found.items()
        if not str(entry.get("integrity", "")).startswith("sha512-")
        or not str(entry.get("resolved", "https://")).startswith("https://")
    }
    assert wrong == {}


@pytest.mark.parametrize("folder", LOCKS)
def test_packages_with_install_scripts_are_named(folder: str) -> None:
    names = {
        path.rpartition("node_modules/")[2]
        for path, entry in packages(folder).items()
        if entry.get("hasInstallScript")
    }
    assert names <= WITH_SCRIPT
    assert "--ignore-scripts" in NPM_FLAGS
