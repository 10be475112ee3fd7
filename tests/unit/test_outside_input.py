"""Whatever comes from outside is read, or refused in words: no decoder fails in another way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.outside import SEEDS, TARGETS

SMALL = b'{ } [ ] " : , null 1e999 -1 \\ud800 true "DeviceIds" "params" "action"'.split()
ODD = [b"\x00", b"\xff", b"\r\n", b"[" * 2000, b'{"a":' * 2000, b"9" * 5000, "\U0001f4a1".encode()]
PIECES = st.sampled_from([*SMALL, *ODD])


@st.composite
def inputs(draw: st.DrawFn, name: str) -> bytes:
    """Bytes of any kind, or an input as it should be with parts cut out, doubled or put in."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300) | st.lists(PIECES, max_size=12).map(b"".join))
    data = draw(st.sampled_from(SEEDS[name]))
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        piece = draw(PIECES | st.binary(max_size=8) | st.just(data[start:end] * 2))
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_input_is_read_or_refused(name: str, data: st.DataObject) -> None:
    TARGETS[name](data.draw(inputs(name)))


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_as_they_should_be_are_read(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)
