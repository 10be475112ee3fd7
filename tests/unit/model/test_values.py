"""Values against their properties."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import PropertyValueError
from devkit.model import read_model
from tests.helpers.models import LAMP_TEXT

MODEL = read_model(LAMP_TEXT)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"power": 2}, "power must be 0 (off) or 1 (on), not 2."),
        ({"power": True}, "power must be 0 (off) or 1 (on), not true."),
        ({"power": "1"}, 'power must be 0 (off) or 1 (on), not "1".'),
        ({"brightness": 101}, "brightness must be a whole number from 0 to 100, not 101."),
        ({"brightness": 1.5}, "brightness must be a whole number from 0 to 100, not 1.5."),
        ({"brightness": None}, "brightness must be a whole number from 0 to 100, not null."),
        ({"heat": 0.05}, "heat must be a number from -25 to 60 in steps of 0.1, not 0.05."),
        ({"heat": math.inf}, "heat must be a number from -25 to 60 in steps of 0.1, not Infinity."),
        ({"color": 3}, "color must be one of 0 (red), 1 (green), 2 (blue), not 3."),
        ({"color": "0"}, 'color must be one of 0 (red), 1 (green), 2 (blue), not "0".'),
        ({"scene": "party"}, 'scene must be one of "work" (工作), "sleep" (睡眠), not "party".'),
        ({"title": "123456789"}, 'title must be a text of at most 8 characters (it has 9), not "123456789".'),
        ({"hsv": {"h": 400}}, "hsv.h must be a whole number from 0 to 360, not 400."),
        ({"hsv": {"s": 1}}, 'hsv must be an object with the fields h, v, not {"s": 1}.'),
        ({"hsv": 5}, "hsv must be an object with the fields h, v, not 5."),
        ({"log": ["ok", 5]}, "log[1] must be a text of at most 4 characters, not 5."),
        ({"log": "x"}, 'log must be a list, each entry a text of at most 4 characters, not "x".'),
        ({"cleaned": 5}, 'cleaned is read-only (mode "r") and cannot be set to 5.'),
        ({"colour": 1}, 'The thing model has no property "colour".'),
    ],
)
def test_refusals_name_property_value_and_what_is_allowed(values: dict[str, Any], text: str) -> None:
    with pytest.raises(PropertyValueError) as caught:
        MODEL.validate(values)
    assert caught.value.message == text
    assert caught.value.property_id == next(iter(values))


def test_hints_name_the_nearest_property() -> None:
    with pytest.raises(PropertyValueError, match="Did you mean color"):
        MODEL.validate({"colour": 1})


def test_accepts_and_normalises() -> None:
    values = {"power": 1, "brightness": 50.0, "heat": 0.3, "color": 2, "scene": "work", "title": "台灯"}
    checked = MODEL.validate({**values, "hsv": {"h": 360}, "log": ["a", "b"]})
    assert checked == {**values, "brightness": 50, "hsv": {"h": 360}, "log": ["a", "b"]}
    assert type(checked["brightness"]) is int


def test_devices_may_report_what_applications_may_not_set() -> None:
    assert MODEL.validate({"cleaned": 1750000000}, write=False) == {"cleaned": 1750000000}
    with pytest.raises(PropertyValueError, match="seconds since 1970, not 1750000000123"):
        MODEL.validate({"cleaned": 1750000000123000}, write=False)


def test_the_maximum_is_reachable_off_the_grid() -> None:
    text = {"properties": [{"id": "n", "define": {"type": "int", "min": "1", "max": "100", "step": "5"}}]}
    model = read_model(json.dumps(text))
    assert model.validate({"n": 96}) == {"n": 96}
    assert model.validate({"n": 100}) == {"n": 100}
    with pytest.raises(PropertyValueError, match="in steps of 5"):
        model.validate({"n": 97})


@pytest.mark.parametrize("values", [None, 5, "power", [1]])
def test_values_must_be_an_object(values: Any) -> None:
    with pytest.raises(PropertyValueError, match="must be an object"):
        MODEL.validate(values)


def test_defaults_fit_their_properties() -> None:
    assert MODEL.validate(MODEL.defaults(), write=False) == MODEL.defaults()
    assert MODEL.defaults()["hsv"] == {"h": 0, "v": 0}


def test_events_and_actions() -> None:
    assert MODEL.validate_event("low_voltage", {"voltage": 2.5}) == {"voltage": 2.5}
    with pytest.raises(PropertyValueError, match='no parameter "volt"'):
        MODEL.validate_event("low_voltage", {"volt": 1})
    with pytest.raises(PropertyValueError, match='no event "fire"'):
        MODEL.validate_event("fire", {})
    with pytest.raises(PropertyValueError, match="times must be a whole number from 1 to 9, not 10"):
        MODEL.validate_input("blink", {"times": 10})
    assert MODEL.validate_output("blink", {"result": 1}) == {"result": 1}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([prop.id for prop in MODEL.properties]) | st.text(), ANYTHING))
def test_any_value_is_taken_or_refused_in_words(values: dict[str, Any]) -> None:
    checked, message = {}, "."
    try:
        checked = MODEL.validate(values, write=False)
    except PropertyValueError as error:
        message = error.message
    assert message.endswith(".")
    assert MODEL.validate(json.loads(json.dumps(checked)), write=False) == checked


@given(
    st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(1, 1000), st.integers(-(10**7), 10**7)
)
def test_the_grid_of_an_int(low: int, span: int, step: int, value: int) -> None:
    define = {"type": "int", "min": str(low), "max": str(low + span), "step": str(step)}
    model = read_model(json.dumps({"properties": [{"id": "n", "define": define}]}))
    fits = low <= value <= low + span and ((value - low) % step == 0 or value == low + span)
    try:
        assert model.validate({"n": value}) == {"n": value}
        assert fits
    except PropertyValueError:
        assert not fits


FIRMWARE = read_model(
    json.dumps(
        {
            "properties": [
                {"id": "volts", "define": {"type": "float", "min": "0", "max": "5", "step": "0.1"}},
                {"id": "half", "define": {"type": "float", "min": "0", "max": "5", "step": "0.5"}},
                {"id": "level", "define": {"type": "int", "min": "0", "max": "100", "step": "5"}},
                {"id": "power", "define": {"type": "bool"}},
                {"id": "mode", "define": {"type": "enum", "mapping": {"0": "a", "1": "b"}}},
                {"id": "speed", "define": {"type": "stringenum", "mapping": {"1": "slow", "fast": "fast"}}},
                {"id": "spot", "define": {"type": "struct", "specs": [
                    {"id": "on", "dataType": {"type": "bool"}},
                    {"id": "x", "dataType": {"type": "float", "min": "0", "max": "1", "step": "0.5"}}]}},
                {"id": "log", "define": {"type": "array", "arrayInfo": {"type": "bool"}}},
            ]
        }
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"volts": 2.278081}, {"volts": 2.278081}),
        ({"half": 3.1}, {"half": 3.1}),
        ({"level": 7}, {"level": 7}),
        ({"level": 25.0}, {"level": 25}),
        ({"power": True}, {"power": 1}),
        ({"power": False}, {"power": 0}),
        ({"mode": "1"}, {"mode": 1}),
        ({"mode": 1.0}, {"mode": 1}),
        ({"speed": 1}, {"speed": "1"}),
        ({"spot": {"on": True, "x": 0.3}}, {"spot": {"on": 1, "x": 0.3}}),
        ({"log": [True, 0]}, {"log": [1, 0]}),
    ],
)
def test_what_devices_report_is_taken_when_type_and_range_fit(
    sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    taken = FIRMWARE.validate(sent, write=False)
    assert json.dumps(taken) == json.dumps(kept)


@pytest.mark.parametrize(
    "sent", [{"volts": 5.1}, {"level": 25.5}, {"power": 2}, {"power": "on"}, {"mode": "2"}, {"mode": True}]
)
def test_what_does_not_fit_is_refused_of_devices_too(sent: dict[str, Any]) -> None:
    with pytest.raises(PropertyValueError):
        FIRMWARE.validate(sent, write=False)


@pytest.mark.parametrize("sent", [{"half": 3.1}, {"level": 7}, {"power": True}, {"mode": "1"}])
def test_what_applications_set_is_checked_to_the_letter(sent: dict[str, Any]) -> None:
    with pytest.raises(PropertyValueError):
        FIRMWARE.validate(sent)


def test_events_are_what_devices_say() -> None:
    assert MODEL.validate_event("low_voltage", {"voltage": 2.278081}) == {"voltage": 2.278081}
