"""Coverage tables, stories and smoke values: what needs no browser."""

import random

from devkit.model import read_model
from devkit.sdk import Timeline
from devkit.testing.run.coverage import gaps, table
from devkit.testing.smoke.samples import samples
from devkit.testing.world.record import describe, format_timeline
from devkit.timeline.kinds import ConsoleLine, DeviceReport, LinkChange, SdkCall
from tests.browser.testing.panels import MODEL_JSON


def test_a_timeline_is_told_with_what_matters() -> None:
    timeline = Timeline()
    assert format_timeline(timeline.since(0)) == "  nothing happened yet"
    timeline.record(LinkChange("open"))
    timeline.record(SdkCall("controlDeviceData", [{"a": 1}, None], error={"code": 1}))
    timeline.record(ConsoleLine("exception", "told as a problem"))
    for number in range(30):
        timeline.record(DeviceReport("P/D", {"n": number}))
    text = format_timeline(timeline.since(0))
    assert text.splitlines()[0] == "  … 11 earlier"
    assert 'P/D report {"values":{"n":29}}' in text
    assert "told as a problem" not in text
    entry = timeline.of_kind("sdk")
    assert entry
    assert describe(timeline.since(1)[0]) == 'sdk.controlDeviceData({"a":1}) rejected: {"code":1}'


def test_gaps_and_table_of_coverage() -> None:
    assert gaps([3, 4, 5, 9]) == "3-5, 9"
    assert gaps(list(range(1, 40, 2))).endswith("… 14 more")
    part = {name: {"pct": 50} for name in ("lines", "functions", "branches")}
    lines = table({"rows": [{"file": "src/a.js", "missed": [2], **part}], "total": part})
    assert lines[1].split() == ["src/a.js", "50.0%", "50.0%", "50.0%", "2"]
    assert lines[-1].startswith("Total")


def test_smoke_values_fit_the_thing_model_and_a_seed_repeats_them() -> None:
    model = read_model(MODEL_JSON)
    assert samples(model, "power_switch", random.Random(1)) == [1, 0]
    values = samples(model, "brightness", random.Random(1))
    assert values == samples(model, "brightness", random.Random(1))
    assert values[-1] == 0
    assert 100 in values
    for value in values:
        model.validate({"brightness": value})
