"""devkit product events, control and action: what changes a device is checked, told and asked about first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tencentcloud.iotexplorer.v20190423 import models

from tests.contract.product.conftest import run
from tests.helpers.models import LAMP_TEXT
from tests.helpers.product_api import ProductApi, filled

CONTROL = ("product", "control", '{"brightness": 42, "title": "灯"}')
ACTION = ("product", "action", "blink", '{"times": 2}')


@pytest.fixture(autouse=True)
def _platform(api: ProductApi, project: Path) -> None:
    api.answers |= {
        "DescribeModelDefinition": {"Model": {"ModelDefine": LAMP_TEXT}},
        "ControlDeviceData": {
            **filled(models.ControlDeviceDataResponse), "Result": '{"Sent": 1, "pushResult": 0}',
        },
        "CallDeviceActionSync": {
            **filled(models.CallDeviceActionSyncResponse), "OutputParams": '{"done": 1}', "Status": "success",
        },
    }  # fmt: skip


def test_events(api: ProductApi) -> None:
    row = filled(models.EventHistoryItem)
    found = [
        {**row, "TimeStamp": 1_780_000_000, "EventId": "low_voltage", "Data": '{"voltage": 3.1}'},
        {**row, "TimeStamp": 1_780_000_000_500, "EventId": "note", "Data": ""},
    ]
    api.answers["ListEventHistory"] = {"EventHistory": found, "Listover": True, "Total": 2, "Context": ""}
    first, second = map(json.loads, run("product", "events", "--json").stdout.splitlines())
    assert (first["TimeStamp"], first["Data"]) == (1_780_000_000_000, {"voltage": 3.1})
    assert (second["TimeStamp"], second["Data"]) == (1_780_000_000_500, {})
    assert 'low_voltage  Type  {"voltage": 3.1}' in run("product", "events").stdout
    asked = api.asked("ListEventHistory")[0]
    assert asked["EndTime"] - asked["StartTime"] in (86_400, 86_401)
    api.answers["ListEventHistory"] = {"EventHistory": None, "Listover": True}
    assert "There are none." in run("product", "events").stderr


def test_control(api: ProductApi) -> None:
    result = run(*CONTROL, "--yes")
    (asked,) = api.asked("ControlDeviceData")
    assert json.loads(asked.pop("Data")) == {"brightness": 42, "title": "灯"}
    assert asked == {"ProductId": "K7M2QX9D4A", "DeviceName": "lamp01"}
    told = json.loads(result.stdout)
    assert (told["Data"], told["Result"]) == ("Data", {"Sent": 1, "pushResult": 0})
    assert "on the real device K7M2QX9D4A/lamp01" in result.stderr


def test_action(api: ProductApi) -> None:
    told = json.loads(run(*ACTION, "--yes").stdout)
    assert (told["OutputParams"], told["Status"]) == ({"done": 1}, "success")
    (asked,) = api.asked("CallDeviceActionSync")
    assert (asked["ActionId"], json.loads(asked["InputParams"])) == ("blink", {"times": 2})


@pytest.mark.parametrize("arguments", [CONTROL, ACTION], ids=["control", "action"])
def test_nothing_is_done_without_a_yes(api: ProductApi, arguments: tuple[str, ...]) -> None:
    assert "Nothing was done (--dry-run)." in run(*arguments, "--dry-run").stderr
    assert "Nothing was done" in run(*arguments, "--dry-run", "--yes").stderr
    assert "Aborted" in run(*arguments, fails=1, answer="n\n").output
    assert "Aborted" in run(*arguments, fails=1).output
    assert [name for name, _ in api.calls] == ["DescribeModelDefinition"] * 4
    run(*arguments, answer="y\n")
    assert len(api.calls) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("control", '{"brightness": 420}'), 1, "brightness must be"),
        (("control", '{"nothing": 1}'), 1, "nothing"),
        (("control", '{"cleaned": 1}'), 1, "read-only"),
        (("control", "{"), 2, "VALUES"),
        (("control", "[1]"), 2, "must be a JSON object"),
        (("action", "blink", '{"times": "x"}'), 1, "times"),
        (("action", "nothing"), 1, "nothing"),
        (("action", "blink", "{"), 2, "PARAMS"),
    ],
)
def test_what_cannot_be_is_not_sent(
    api: ProductApi, arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert message in run("product", *arguments, "--yes", fails=code).output
    assert not api.asked("ControlDeviceData")
    assert not api.asked("CallDeviceActionSync")


def test_a_refused_control_is_not_repeated(api: ProductApi) -> None:
    api.answers["ControlDeviceData"] = {"Error": {"Code": "FailedOperation.DeviceOffline", "Message": "off"}}
    assert "The device is offline" in run(*CONTROL, "--yes", fails=1).output
    assert len(api.asked("ControlDeviceData")) == 1
    api.answers["ControlDeviceData"] = {"Result": '{"Sent": 0, "pushResult": 23101}'}
    assert "lamp01 did not get it: it is offline" in run(*CONTROL, "--yes", fails=1).output
