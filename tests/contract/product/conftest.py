"""A product API on loopback, and a project whose product it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from devkit.product.client import ProductClient
from devkit.product.keys import SecretKeys
from tests.helpers import product_api as helper
from tests.helpers.models import LAMP_TEXT


@pytest.fixture(scope="session")
def served() -> Iterator[helper.ProductApi]:
    with helper.product_api() as api:
        yield api


@pytest.fixture
def api(served: helper.ProductApi, monkeypatch: pytest.MonkeyPatch) -> helper.ProductApi:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served.__init__(url=served.url)  # type: ignore[misc]
    return served


@pytest.fixture
def client(api: helper.ProductApi) -> ProductClient:
    keys = SecretKeys(helper.SECRET_ID, helper.SECRET_KEY)
    return ProductClient(keys, "ap-guangzhou", api.url, sleep=lambda seconds: None)


@pytest.fixture
def project(api: helper.ProductApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "TENCENTCLOUD_SECRET_ID": helper.SECRET_ID,
        "TENCENTCLOUD_SECRET_KEY": helper.SECRET_KEY,
        "DEVKIT_PRODUCT_URL": api.url,
        "DEVKIT_DEVICE_NAME": "lamp01",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("DEVKIT_ACCESS_TOKEN", "TENCENTCLOUD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str, fails: int = 0, answer: str = "") -> Result:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False, input=answer)
    assert result.exit_code == fails, result.output
    return result
