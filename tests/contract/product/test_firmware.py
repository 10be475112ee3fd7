"""devkit product ota publish."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tencentcloud.iotexplorer.v20190423 import models

from tests.contract.product.conftest import run
from tests.helpers.product_api import ProductApi, filled

DATA = b"\x7fimage" * 1000
PUBLISH = ("product", "ota", "publish", "lamp.bin", "1.2.0")


@pytest.fixture(autouse=True)
def _platform(api: ProductApi, project: Path) -> None:
    (project / "lamp.bin").write_bytes(DATA)
    known = {**filled(models.FirmwareInfo), "Version": "1.1.0", "FwType": "mcu", "Md5sum": "abc"}
    api.answers |= {
        "ListFirmwares": {"Firmwares": [known], "TotalCount": 1},
        "GetCOSURL": {"Url": f"{api.url}/store/lamp?sign=private"},
        "UploadFirmware": {},
    }


def test_publish(api: ProductApi) -> None:
    result = run(*PUBLISH, "--name", "灯", "--description", "dims", "--module", "mcu", "--yes")
    digest = hashlib.md5(DATA).hexdigest()
    assert f"K7M2QX9D4A has firmware 1.2.0, MD5 {digest}." in result.stdout
    assert "Publish lamp.bin (6.0 kB) as firmware 1.2.0 of K7M2QX9D4A." in result.stderr
    assert api.uploads == {"/store/lamp?sign=private": DATA}
    about = {"ProductID": "K7M2QX9D4A", "FirmwareVersion": "1.2.0", "FileSize": len(DATA), "FwType": "mcu"}
    assert api.asked("GetCOSURL") == [about]
    names = {"FirmwareName": "灯", "FirmwareDescription": "dims"}
    assert api.asked("UploadFirmware") == [{**about, **names, "Md5sum": digest}]


def test_nothing_is_published_without_a_yes(api: ProductApi) -> None:
    assert "Nothing was done" in run(*PUBLISH, "--dry-run").stderr
    run(*PUBLISH, fails=1, answer="n\n")
    assert [name for name, _ in api.calls] == ["ListFirmwares"] * 2
    assert not api.uploads


def test_a_version_that_is_there_is_refused(api: ProductApi) -> None:
    output = run(*PUBLISH[:4], "1.1.0", "--yes", fails=1).output
    assert "has a firmware 1.1.0 already, MD5 abc" in output
    run(*PUBLISH[:4], "1.1.0", "--module", "other", "--yes")
    assert len(api.asked("UploadFirmware")) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("{api}/denied?sign=private", "127.0.0.1 refused the firmware with status 403"),
        ("http://example.com/x?sign=private", "example.com, without encryption"),
        ("http://127.0.0.1:1/x?sign=private", "did not reach 127.0.0.1: ConnectError"),
        ("", "no address"),
    ],
)
def test_a_storage_that_does_not_take_it(api: ProductApi, url: str, message: str) -> None:
    api.answers["GetCOSURL"] = {"Url": url.format(api=api.url)}
    output = run(*PUBLISH, "--yes", fails=1).output
    assert message in output
    assert "private" not in output
    assert not api.asked("UploadFirmware")


def test_files_that_are_no_firmware(project: Path) -> None:
    (project / "lamp.bin").write_bytes(b"")
    assert "lamp.bin is empty" in run(*PUBLISH, "--yes", fails=1).output
    (project / "lamp.bin").unlink()
    assert "cannot be read: No such file" in run(*PUBLISH, "--yes", fails=1).output
