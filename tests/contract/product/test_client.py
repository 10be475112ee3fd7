"""The product API: signatures, every field of the SDK's models, refusals and what a person reads of them."""

from __future__ import annotations

import logging
import socket
import sys
import time
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
from tencentcloud.iotexplorer.v20190423 import models

from devkit.errors import CloudApiError, SettingsError, TransportError, TransportTimeoutError
from devkit.product.client import ProductClient, _checked
from devkit.product.keys import SecretKeys
from devkit.product.refusals import WAYS_OUT, refusal
from tests.helpers.product_api import SECRET_ID, SECRET_KEY, ProductApi, filled

ACTIONS = (
    "DescribeStudioProduct",
    "DescribeModelDefinition",
    "GetDeviceList",
    "DescribeDeviceData",
    "DescribeDeviceDataHistory",
    "ListEventHistory",
    "ListFirmwares",
    "GetCOSURL",
    "UploadFirmware",
    "ControlDeviceData",
    "CallDeviceActionSync",
)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_field_goes_and_comes(action: str, api: ProductApi, client: ProductClient) -> None:
    given = filled(getattr(models, f"{action}Request"))
    answer = filled(getattr(models, f"{action}Response"))
    api.answers[action] = answer
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.call(action, **given) == answer
    assert api.asked(action) == [given]


def test_a_call_says_who_and_where(api: ProductApi, client: ProductClient) -> None:
    api.answers["DescribeDeviceData"] = {"Data": "{}"}
    client.call("DescribeDeviceData", ProductId="P", DeviceName="灯")
    (headers,) = api.headers
    assert headers["x-tc-region"] == "ap-guangzhou"
    assert headers["x-tc-version"] == "2019-04-23"
    assert headers["x-tc-language"] == "en-US"
    assert headers["x-tc-requestclient"].endswith("devkit")
    assert "x-tc-token" not in headers
    temporary = ProductClient(SecretKeys(SECRET_ID, SECRET_KEY, "temporary"), "ap-guangzhou", api.url)
    temporary.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    assert api.headers[1]["x-tc-token"] == "temporary"


def test_fields_newer_than_the_sdk_do_no_harm(
    api: ProductApi, client: ProductClient, caplog: pytest.LogCaptureFixture
) -> None:
    api.answers["DescribeDeviceData"] = {"Data": "{}", "Newer": 1, "DeprecatedWarning": "goes in May"}
    before = list(warnings.filters)
    assert client.call("DescribeDeviceData", ProductId="P", DeviceName="d")["Data"] == "{}"
    assert warnings.filters == before
    (line,) = caplog.messages
    assert line == "DescribeDeviceData: This action is deprecated, detail: goes in May"


def test_without_the_sdk_the_extra_is_named(client: ProductClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tencentcloud"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        SettingsError, match=r"needs the package tencentcloud[^ ]*\.\nInstall it: .*\[product\]"
    ):
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")


def test_a_throttled_call_is_tried_again(api: ProductApi, client: ProductClient) -> None:
    waited: list[float] = []
    patient = ProductClient(client.keys, client.region, client.url, sleep=waited.append)
    api.answers["DescribeDeviceData"] = {"Data": "{}"}
    api.refuse("RequestLimitExceeded.UinLimitExceeded", times=2)
    assert patient.call("DescribeDeviceData", ProductId="P", DeviceName="d")["RequestId"] == "req-1"
    assert waited == [1, 2]


def test_a_throttled_call_fails_in_the_end(api: ProductApi, client: ProductClient) -> None:
    api.refuse("RequestLimitExceeded", "20 a second", times=4)
    with pytest.raises(CloudApiError) as failure:
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    assert str(failure.value) == (
        "RequestLimitExceeded: 20 a second (request req-9)\n"
        "Wait a minute, or have fewer programs call at once; devkit has tried 4 times."
    )
    assert not api.refusals


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("UnsupportedRegion", "product_region is 'ap-guangzhou': name the product's with --product-region"),
        ("AuthFailure.SignatureExpire", "clock"),
        ("AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY is not that of TENCENTCLOUD_SECRET_ID"),
        ("AuthFailure.SecretIdNotFound", "mistyped, switched off or deleted"),
        ("AuthFailure.TokenFailure", "temporary key has expired"),
        ("AuthFailure.NewReason", "Check TENCENTCLOUD_SECRET_ID"),
        ("UnauthorizedOperation.PermissionDenied", "allow iotexplorer:DescribeDeviceData in CAM"),
        ("ResourceNotFound.StudioProductNotExist", "in ap-guangzhou"),
        ("FailedOperation.DeviceOffline", "offline"),
        ("InternalError.DBOperationError", "request id"),
        ("SomethingNew", ""),
    ],
)
def test_a_refusal_tells_the_way_out(code: str, way_out: str, api: ProductApi, client: ProductClient) -> None:
    api.refuse(code, "the platform's words")
    with pytest.raises(CloudApiError, match="the platform's words") as failure:
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    assert failure.value.code == code
    assert failure.value.request_id == "req-9"
    assert way_out in failure.value.hint
    assert bool(way_out) == bool(failure.value.hint)
    assert api.refusals == []


def test_no_way_out_names_what_is_not_there() -> None:
    for code in WAYS_OUT:
        assert "{" not in refusal(code, "", "r", action="A", region="R", tries=1).hint


def test_wrong_keys_are_refused(api: ProductApi) -> None:
    wrong = ProductClient(SecretKeys(SECRET_ID, "another"), "ap-guangzhou", api.url)
    with pytest.raises(CloudApiError, match="SignatureFailure"):
        wrong.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    unknown = ProductClient(SecretKeys("AKIDother", SECRET_KEY), "ap-guangzhou", api.url)
    with pytest.raises(CloudApiError, match="SecretIdNotFound"):
        unknown.call("DescribeDeviceData", ProductId="P", DeviceName="d")


def test_a_clock_that_is_off_is_told(client: ProductClient, monkeypatch: pytest.MonkeyPatch) -> None:
    late = SimpleNamespace(time=lambda: time.time() - 301)
    monkeypatch.setattr("tencentcloud.common.abstract_client.time", late)
    with pytest.raises(CloudApiError, match=r"SignatureExpire: .*\nThis computer's clock is more than five"):
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")


def test_no_key_gets_into_logs_or_errors(
    api: ProductApi, client: ProductClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.answers["DescribeDeviceData"] = {"Data": "{}"}
    client.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    api.refuse("AuthFailure", f"{SECRET_ID} and {SECRET_KEY} are not known")
    with pytest.raises(CloudApiError) as failure:
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    for text in (str(failure.value), repr(client), caplog.text):
        assert SECRET_ID not in text
        assert SECRET_KEY not in text
    assert failure.value.__context__ is None or failure.value.__suppress_context__


def test_a_body_that_is_no_answer(api: ProductApi, client: ProductClient) -> None:
    api.raw = b"<html>Bad gateway</html>" + b"x" * 1000
    with pytest.raises(TransportError, match=r"did not answer as it should: <html>Bad gateway.* …"):
        client.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    api.raw = b""
    api.answers["GetDeviceList"] = {"Devices": "none"}
    with pytest.raises(TransportError, match="did not answer as it should: AttributeError"):
        client.call("GetDeviceList", ProductId="P", Offset=0, Limit=10)


def test_nobody_there(client: ProductClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = ProductClient(client.keys, client.region, f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(TransportError, match="was not reached"):
            gone.call("DescribeDeviceData", ProductId="P", DeviceName="d")
    late = refusal("ClientNetworkError", "Read timed out. (read timeout=30)", "")
    assert isinstance(late, TransportTimeoutError)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "needs the keys of its account"),
        ({"TENCENTCLOUD_SECRET_ID": "a"}, "TENCENTCLOUD_SECRET_KEY is missing"),
        ({"TENCENTCLOUD_SECRET_KEY": "a"}, "TENCENTCLOUD_SECRET_ID is missing"),
        ({"TENCENTCLOUD_SECRET_ID": "a ", "TENCENTCLOUD_SECRET_KEY": "b"}, "SECRET_ID has spaces"),
        ({"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "键"}, "SECRET_KEY has spaces or signs"),
    ],
)
def test_keys_that_cannot_be(environ: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devkit.product.keys.from_keyring", lambda name: "")
    with pytest.raises(SettingsError, match=message):
        SecretKeys.need(environ)


def test_keys_of_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "b"}
    monkeypatch.setattr("devkit.product.keys.from_keyring", lambda name: kept.get(name, ""))
    assert SecretKeys.need({"TENCENTCLOUD_SECRET_KEY": "c"}) == SecretKeys("a", "c")


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://example.com", "https://a/b", "127.0.0.1:80", "https://a?b"]
)
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(SettingsError, match="product_url"):
        _checked(url)
