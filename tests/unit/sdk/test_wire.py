"""What crosses a link, and how errors look in the page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import (
    BleError,
    CloudApiError,
    DeviceNotFoundError,
    DevkitError,
    PropertyValueError,
    SdkMethodError,
    TransportError,
    TransportTimeoutError,
)
from devkit.sdk.wire import RejectWith, error_to_wire, from_text, pack, to_text, unpack

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key != "$bytes"), inner),
    max_leaves=20,
)


@given(json_values)
def test_values_survive_the_link(value: Any) -> None:
    frame = from_text(to_text({"v": pack(value)}))
    assert frame
    assert unpack(frame["v"]) == value


@given(st.text() | st.binary())
def test_anything_else_is_no_frame(text: str | bytes) -> None:
    frame = from_text(text)
    assert frame is None or isinstance(frame, dict)


def test_an_http_status_reaches_the_page() -> None:
    error = TransportError("The cloud answered with HTTP status 500.")
    error.status, error.reason = 500, "Internal Server Error"
    assert error_to_wire(error) == {"code": 500, "msg": "Internal Server Error"}


def test_broken_bytes_are_refused() -> None:
    with pytest.raises(SdkMethodError, match="base64"):
        unpack({"$bytes": "***"})


@pytest.mark.parametrize(
    ("error", "wire"),
    [
        (RejectWith("text"), "text"),
        (CloudApiError("A.B", "no", "r1"), {"code": "A.B", "msg": "no", "reqId": "r1"}),
        (
            CloudApiError("A", "no", "r", {"x": 1}),
            {"code": "A", "msg": "no", "reqId": "r", "detail": {"x": 1}},
        ),
        (TransportTimeoutError("late"), {"code": 0, "msg": ""}),
        (TransportError("gone"), {"code": 0, "msg": ""}),
        (SdkMethodError("no", code="devkit.X"), {"code": "devkit.X", "msg": "no"}),
        (DeviceNotFoundError("none"), {"code": "InvalidParameterValue.DeviceNotFound", "msg": "none"}),
        (
            PropertyValueError("big", property_id="p", value=1),
            {"code": "InvalidParameterValue", "msg": "big"},
        ),
        (BleError("off", err_code=10001), {"code": 10001, "errCode": 10001, "msg": "off"}),
        (DevkitError("other"), {"code": "devkit.Failed", "msg": "other"}),
        (KeyError("x"), {"code": "INTERNAL_ERROR", "msg": "KeyError: 'x'"}),
    ],
)
def test_errors_look_as_in_the_real_sdk(error: Exception, wire: Any) -> None:
    assert error_to_wire(error) == wire
