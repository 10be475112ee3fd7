"""What a run checks before it serves a page."""

import json
from pathlib import Path
from typing import Any

import pytest

from devkit.app.prepare import prepare
from devkit.build import node, panel_sdk
from devkit.errors import SettingsError, ToolchainError
from devkit.settings import Settings, load_settings


def settings(folder: Path, **flags: Any) -> Settings:
    return load_settings(folder, flags, {})


async def ready(wanted: Settings) -> Settings:
    return await prepare(wanted, print)


async def test_a_local_run_needs_nothing(tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    assert await ready(wanted) is wanted


@pytest.mark.parametrize("flags", [{"transport": "cloud"}, {"replay": Path("a.jsonl")}])
async def test_the_official_sdk_needs_the_emulator(tmp_path: Path, flags: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="emulator") as caught:
        await ready(settings(tmp_path, sdk="official", product_id="P", **flags))
    assert "--sdk devkit" in caught.value.hint


async def test_the_official_sdk_needs_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(node, "find_node", lambda: None)
    with pytest.raises(ToolchainError, match="qcloud-iotexplorer-h5-panel-sdk") as caught:
        await ready(settings(tmp_path, sdk="official"))
    assert "Node.js" in caught.value.hint


async def test_once_fetched_the_official_sdk_needs_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(node, "find_node", lambda: None)
    folder = panel_sdk.script().parent
    folder.mkdir(parents=True)
    with pytest.raises(ToolchainError, match="is missing"):
        await ready(settings(tmp_path, sdk="official"))
    panel_sdk.script().write_text("", "utf-8")
    wanted = settings(tmp_path, sdk="official")
    assert await ready(wanted) is wanted


def test_the_lock_file_pins_the_sdk_and_names_no_registry() -> None:
    lock = (Path(panel_sdk.__file__).parent / "panel_sdk" / "package-lock.json").read_text("utf-8")
    assert "resolved" not in lock
    package = json.loads(lock)["packages"][f"node_modules/{panel_sdk.NAME}"]
    assert (package["version"], package["integrity"][:7]) == ("1.2.11", "sha512-")


async def test_a_real_cloud_needs_to_know_the_product(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="which product") as caught:
        await ready(settings(tmp_path, transport="cloud"))
    assert "--productId" in caught.value.hint
    model = {"version": "1.0", "profile": {"ProductId": "PRODUCT001"}, "properties": []}
    (tmp_path / "thing-model.json").write_text(json.dumps(model), "utf-8")
    assert (await ready(settings(tmp_path, transport="cloud"))).product_id == "PRODUCT001"
    assert (
        await ready(settings(tmp_path, transport="cloud", product_id="OTHER00001"))
    ).product_id == "OTHER00001"
