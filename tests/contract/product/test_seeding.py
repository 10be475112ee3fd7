"""devkit product seed: a real device's past in the project's sandbox."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.product.conftest import run
from tests.helpers.models import LAMP_ID
from tests.helpers.product_api import ProductApi

NOW = int(time.time() * 1000)
PAST = {
    "power": ["1", "0"],
    "brightness": ["42", "7", "900"],
    "heat": ["21.5"],
    "scene": ["sleep"],
    "title": ["7", "灯"],
    "hsv": ['{"h": 5, "v": 6}', "broken"],
    "log": ['["a"]'],
}


@pytest.fixture(autouse=True)
def _past(api: ProductApi, project: Path) -> None:
    def history(asked: dict[str, Any]) -> dict[str, Any]:
        values = PAST.get(asked["FieldName"], [])
        rows = [{"Time": str(NOW - index // 2 * 1000), "Value": value} for index, value in enumerate(values)]
        return {"FieldName": asked["FieldName"], "Results": rows, "Listover": True, "Context": ""}

    event = {"TimeStamp": NOW // 1000, "EventId": "low_voltage", "Type": "alert", "Data": '{"voltage": 3.1}'}
    api.answers |= {
        "DescribeDeviceDataHistory": history,
        "DescribeDeviceData": {
            "Data": json.dumps(
                {"brightness": {"Value": 42, "LastUpdate": NOW}, "gone": {"Value": 1, "LastUpdate": NOW}}
            )
        },
        "ListEventHistory": {
            "EventHistory": [event, {**event, "EventId": "unknown"}], "Listover": True, "Context": "",
        },
    }  # fmt: skip


def call(action: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        run("call", action, json.dumps({"DeviceId": LAMP_ID, **params})).stdout
    )
    return found


def kept(field: str) -> list[str]:
    span = {"Limit": 100, "MinTime": NOW - 3_600_000, "MaxTime": NOW + 3_600_000}
    return [row["Value"] for row in call("AppGetDeviceDataHistory", FieldName=field, **span)["Results"]]


@pytest.mark.parametrize("times", [1, 2])
def test_the_past_is_there_once(times: int) -> None:
    for _ in range(times):
        result = run("product", "seed", "--yes")
    assert f"the past of {LAMP_ID}" in result.stdout
    assert "Put 10 values and 1 events since 24h into the sandbox." in result.stderr
    for message in ("brightness must be", "hsv must be", "gone", "unknown"):
        assert message in result.stderr
    assert kept("brightness") == ["42", "7"]
    assert kept("title") == ["7", "灯"]
    assert [json.loads(value) for value in kept("hsv")] == [{"h": 5, "v": 6}]
    data = json.loads(call("AppGetDeviceData")["Data"])
    assert data["brightness"] == {"Value": 42, "LastUpdate": NOW}
    (event,) = call("AppListEventHistory")["EventHistory"]
    assert (event["EventId"], json.loads(event["Data"])) == ("low_voltage", {"voltage": 3.1})


def test_a_dry_run_makes_no_sandbox(project: Path) -> None:
    assert "Nothing was done" in run("product", "seed", "--dry-run").stderr
    run("product", "seed", fails=1, answer="n\n")
    assert not (project / ".devkit").exists()


def test_what_was_before_that_time_stays() -> None:
    run("call", "AppControlDeviceData", json.dumps({"DeviceId": LAMP_ID, "Data": '{"brightness": 9}'}))
    run("product", "seed", "--yes", "--since", "2026-01-01", "--until", "2026-01-02")
    assert "9" in kept("brightness")
