"""devkit product devices, data and history, run as a user runs them on an API on loopback."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.iotexplorer.v20190423 import models

from devkit.errors import WrongUsageError
from devkit.product.moments import moment_ms, moment_text
from tests.contract.product.conftest import run
from tests.helpers.product_api import ProductApi, filled

NOW = 1_780_000_000_000


def device(**fields: Any) -> dict[str, Any]:
    return {**filled(models.DeviceInfo), **fields}


def test_devices_of_all_pages(api: ProductApi, project: Path) -> None:
    total = [
        device(DeviceName=f"d{number}", Status=number % 5, LoginTime=NOW // 1000) for number in range(103)
    ]
    api.answers["GetDeviceList"] = lambda asked: {
        "Devices": total[asked["Offset"] : asked["Offset"] + asked["Limit"]],
        "Total": len(total),
    }
    lines = run("product", "devices").stdout.splitlines()
    assert lines[0].split() == ["DEVICE", "STATE", "VERSION", "LAST", "ONLINE"]
    assert [line.split()[0] for line in lines[1:]] == [f"d{number}" for number in range(103)]
    assert "not activated" in lines[4]
    assert all(line.endswith(moment_text(NOW)) for line in lines[1:])
    assert [asked["Offset"] for asked in api.asked("GetDeviceList")] == [0, 100]
    assert api.asked("GetDeviceList")[0]["ProductId"] == "K7M2QX9D4A"


def test_keys_of_devices_are_not_shown(api: ProductApi, project: Path) -> None:
    one = device(DevicePsk="psk-1", AppKey="app-1", AppSKey="session-1", NwkSKey="network-1")
    api.answers["GetDeviceList"] = {"Devices": [one], "Total": 1}
    row = json.loads(run("product", "devices", "--json").stdout)
    assert [row[name] for name in ("DevicePsk", "AppKey", "AppSKey", "NwkSKey")] == ["***"] * 4
    assert row["DeviceName"] == one["DeviceName"]


def test_no_devices(api: ProductApi, project: Path) -> None:
    api.answers["GetDeviceList"] = {"Devices": [], "Total": 0}
    result = run("product", "devices", "--product-id", "OTHER")
    assert "There are none." in result.stderr
    assert api.asked("GetDeviceList")[0]["ProductId"] == "OTHER"


def test_data(api: ProductApi, project: Path) -> None:
    told = {"brightness": {"Value": 42, "LastUpdate": NOW}, "title": {"Value": "\x1b[31m灯", "LastUpdate": 0}}
    api.answers["DescribeDeviceData"] = {"Data": json.dumps(told)}
    output = run("product", "data").stdout
    assert "brightness  42" in output
    assert "\x1b" not in output
    assert api.asked("DescribeDeviceData")[0]["DeviceName"] == "lamp01"
    lines = [json.loads(line) for line in run("product", "data", "--json").stdout.splitlines()]
    assert lines[0] == {"property": "brightness", "Value": 42, "LastUpdate": NOW}


@pytest.mark.parametrize("text", ["", "[", "[]", '{"brightness": 1}', None])
def test_data_that_is_none(api: ProductApi, project: Path, text: str | None) -> None:
    api.answers["DescribeDeviceData"] = {"Data": text}
    assert "Error" in run("product", "data", fails=1).output


def test_history_of_all_pages(api: ProductApi, project: Path) -> None:
    values = [{"Time": str(NOW - number), "Value": str(number)} for number in range(250)]

    def page(asked: dict[str, Any]) -> dict[str, Any]:
        begin = int(asked["Context"] or 0)
        end = begin + asked["Limit"]
        return {
            "FieldName": asked["FieldName"],
            "Results": values[begin:end],
            "Listover": end >= len(values),
            "Context": str(end),
        }

    api.answers["DescribeDeviceDataHistory"] = page
    lines = run("product", "history", "brightness", "--limit", "230", "--json").stdout.splitlines()
    assert [json.loads(line)["value"] for line in lines] == [str(number) for number in range(230)]
    (first, *_), last = api.asked("DescribeDeviceDataHistory")[:1], api.asked("DescribeDeviceDataHistory")[-1]
    assert first["MaxTime"] - first["MinTime"] == 86_400_000
    assert abs(first["MaxTime"] - time.time() * 1000) < 60_000
    assert last["Context"] == "200"
    assert len(run("product", "history", "brightness", "--limit", "5").stdout.splitlines()) == 6


def test_a_list_that_never_ends_is_ended(api: ProductApi, project: Path) -> None:
    row = {"Time": str(NOW), "Value": "1"}
    api.answers["DescribeDeviceDataHistory"] = {"Results": [row], "Listover": False, "Context": "same"}
    assert len(run("product", "history", "brightness").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "yesterday"), "'yesterday' is no time"),
        (("--since", "1h", "--until", "2h"), "--since 1h is not before --until 2h"),
    ],
)
def test_times_that_cannot_be(project: Path, arguments: tuple[str, ...], message: str) -> None:
    assert message in run("product", "history", "brightness", *arguments, fails=2).output


def test_what_is_missing_is_named(api: ProductApi, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api.refuse("ResourceNotFound.StudioProductNotExist", "no such product")
    assert "Check product id" in run("product", "devices", fails=1).output
    (project / "thing-model.json").unlink()
    assert "Which product?" in run("product", "devices", fails=2).output
    monkeypatch.setattr("devkit.product.keys.from_keyring", lambda name: "")
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.delenv(name)
    output = run("product", "devices", "--product-id", "P", fails=1).output
    assert "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY" in output


def test_a_checkout_does_not_choose_who_is_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "devkit.toml").write_text('product_url = "https://example.com"\n', "utf-8")
    assert "another machine" in run("product", "devices", fails=1).output


def test_moments() -> None:
    assert [moment_ms(text, NOW) for text in ("now", "90m", "7d")] == [
        NOW,
        NOW - 5_400_000,
        NOW - 604_800_000,
    ]
    assert moment_ms("2026-03-01T08:00+08:00", NOW) == 1_772_323_200_000
    assert moment_text(None) == moment_text(0) == "-"
    assert moment_text(10**20) == str(10**20)
    for text in ("", "7w", "9999999d", "2026-13-01"):
        with pytest.raises(WrongUsageError):
            moment_ms(text, NOW)
