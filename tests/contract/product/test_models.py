"""devkit pull by keys, and devkit product diff."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.iotexplorer.v20190423 import models

from devkit.model import read_model
from devkit.product.differences import differences
from tests.contract.product.conftest import run
from tests.helpers.models import LAMP
from tests.helpers.product_api import ProductApi, filled


def at_platform(api: ProductApi, template: Any, **about: Any) -> None:
    entry = {**filled(models.ProductEntry), "ProductName": "灯", "CategoryId": 141, "NetType": "ble"}
    entry |= {"ProductType": 5, "DeviceCount": 3, "DevStatus": "dev", **about}
    text = template if isinstance(template, str) else json.dumps(template, ensure_ascii=False)
    api.answers |= {
        "DescribeStudioProduct": {"Product": entry},
        "DescribeModelDefinition": {"Model": {**filled(models.ProductModelDefinition), "ModelDefine": text}},
        "ListFirmwares": lambda asked: {
            "TotalCount": 101,
            "Firmwares": [{"Version": f"{asked['PageNum']}.0"}] * (100 if asked["PageNum"] == 1 else 1),
        },
    }


def changed() -> dict[str, Any]:
    template = copy.deepcopy(LAMP)
    template["properties"].reverse()
    return template


def test_pull_needs_no_application(api: ProductApi, project: Path) -> None:
    at_platform(api, LAMP)
    (project / "thing-model.json").unlink()
    output = run("pull", "--product-id", "K7M2QX9D4A").output
    assert "9 properties, 9 new, 0 gone" in output
    assert "灯: category 141, ble, 3 devices, state dev; firmware: 1.0, " in output
    assert output.rstrip().endswith(", 2.0.")
    model = read_model((project / "thing-model.json").read_text("utf-8"))
    assert (model.product_id, model.category_id) == ("K7M2QX9D4A", "141")
    assert (model.net_type, model.product_type) == ("ble", 5)
    assert model.raw["properties"] == LAMP["properties"]
    assert "is what the platform has" in run("product", "diff").output


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', None])
def test_a_model_that_is_none_leaves_the_file(api: ProductApi, project: Path, text: str | None) -> None:
    at_platform(api, LAMP)
    api.answers["DescribeModelDefinition"] = {"Model": {"ModelDefine": text}}
    before = (project / "thing-model.json").read_bytes()
    output = run("pull", "--product-id", "K7M2QX9D4A", fails=1).output
    assert "The thing model of K7M2QX9D4A at the platform" in output
    assert (project / "thing-model.json").read_bytes() == before


def test_an_answer_without_its_part(api: ProductApi, project: Path) -> None:
    api.answers["DescribeStudioProduct"] = {}
    assert "without Product (request req-1)" in run("pull", "--product-id", "P", fails=1).output


def test_diff_tells_what_differs(api: ProductApi, project: Path) -> None:
    template = changed()
    template["properties"] = [item for item in template["properties"] if item["id"] != "heat"]
    by_id = {item["id"]: item for item in template["properties"]}
    by_id["brightness"]["define"]["max"] = 80
    by_id["hsv"]["define"]["specs"][0]["dataType"]["min"] = "1"
    template["properties"].append({"id": "new", "name": "n", "mode": "rw", "define": {"type": "string"}})
    template["events"][0]["type"] = "fault"
    at_platform(api, template)
    lines = run("product", "diff", fails=1).stdout.splitlines()
    assert lines == [
        '~ property brightness: define.max is "100" here, 80 at the platform',
        "- property heat: only in the project",
        '~ property hsv: define.specs.h.dataType.min is "0" here, "1" at the platform',
        "+ property new: only at the platform",
        '~ event low_voltage: type is "alert" here, "fault" at the platform',
    ]
    told = [json.loads(line) for line in run("product", "diff", "--json", fails=1).stdout.splitlines()]
    assert told[0] == {
        "part": "property", "id": "brightness", "where": "define.max", "here": "100", "there": 80,
    }  # fmt: skip
    assert len(told) == len(lines)


def test_what_means_the_same_is_no_difference() -> None:
    template = changed()
    template["profile"] = {"ProductId": "OTHER"}
    brightness = next(item for item in template["properties"] if item["id"] == "brightness")
    brightness["define"] |= {"min": 0, "max": "100.0"}
    brightness |= {"desc": "", "required": False}
    assert differences(read_model(json.dumps(LAMP)), read_model(json.dumps(template))) == []


def test_every_change_of_a_value_is_a_difference() -> None:
    here = read_model(json.dumps(LAMP))
    for part in ("properties", "events", "actions"):
        for index, item in enumerate(LAMP[part]):
            template = copy.deepcopy(LAMP)
            template[part][index]["name"] = "another"
            (found,) = differences(here, read_model(json.dumps(template)))
            assert (found.id, found.where, found.here, found.there) == (
                item["id"], "name", item["name"], "another",
            )  # fmt: skip
