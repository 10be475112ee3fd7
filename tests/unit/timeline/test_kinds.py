"""The kinds of entries: names on the wire, what pages may add, and the files made from them are current."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.devserver.generate import COMMAND, DOCUMENT, TYPES, document, types
from devkit.timeline.happening import LANES, slots
from devkit.timeline.kinds import (
    FROM_PAGES,
    KINDS,
    ConsoleLine,
    DeviceReport,
    InsightReport,
    LinkChange,
    MiniProgramFailure,
    Navigation,
    Note,
    Push,
    SdkCall,
    ShareCard,
    Touch,
    UpgradeProgress,
    read_note,
)
from devkit.timeline.timeline import Timeline

WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = sorted({slot.wire for kind in FROM_PAGES.values() for slot in slots(kind)})


def test_the_consoles_types_are_current() -> None:
    assert TYPES.read_text("utf-8") == types(), f"run {COMMAND}"


def test_the_documents_tables_are_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == document(text), f"run {COMMAND}"


def test_kinds_of_one_name_share_a_lane_and_can_be_told_apart() -> None:
    shapes = [(kind.kind, kind.tag, tuple(slot.wire for slot in slots(kind))) for kind in KINDS]
    assert len(shapes) == len(set(shapes))
    for name in {kind.kind for kind in KINDS}:
        of = [kind for kind in KINDS if kind.kind == name]
        assert {kind.lane for kind in of} <= set(LANES)
        assert len({kind.lane for kind in of}) == 1
        assert len({kind.tag or kind.__name__ for kind in of}) == len(of)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (
            Push("P/D", "Property", "Report", 7, {"params": {}}),
            {
                "DeviceId": "P/D",
                "Type": "Property",
                "SubType": "Report",
                "Time": 7,
                "Payload": {"params": {}},
            },
        ),
        (DeviceReport("P/D", {"on": 1}), {"act": "report", "DeviceId": "P/D", "values": {"on": 1}}),
        (
            UpgradeProgress("P/D", "fail", 30, "no space"),
            {"act": "ota", "DeviceId": "P/D", "state": "fail", "percent": 30, "message": "no space"},
        ),
        (SdkCall("m", [1], None, ms=2.5), {"member": "m", "args": [1], "result": None, "ms": 2.5}),
        (
            SdkCall("m", [], error={"code": 1}),
            {"member": "m", "args": [], "error": {"code": 1}, "ms": 0.0},
        ),
        (ShareCard({"title": "t", "path": "p"}), {"title": "t", "path": "p"}),
        (LinkChange("closed", "s"), {"state": "closed", "session": "s"}),
        (Navigation("navigateBack", {}, 5), {"api": "navigateBack", "params": {}, "time": 5, "url": ""}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_on_the_wire(what: Any, told: dict[str, Any]) -> None:
    assert what.to_json() == told
    assert what.shortened() == what
    entry = Timeline().record(what).to_json()
    assert (entry["seq"], entry["kind"], entry["data"]) == (1, what.kind, told)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("console", {"level": "warn", "text": "x"}, ConsoleLine("warn", "x")),
        ("insight", {"event": "open", "n": 1}, InsightReport("open", {"n": 1})),
        ("touch", {"act": "click", "css": "#app"}, Touch("click", css="#app")),
        ("note", {"message": "hello"}, Note("hello")),
        (
            "miniProgram",
            {"api": "x", "params": None, "error": "fail"},
            MiniProgramFailure("x", None, "fail"),
        ),
    ],
)
def test_what_pages_add_is_read(name: str, data: Any, what: Any) -> None:
    assert read_note(name, data) == what


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("explosion", {"n": 1}, "of no kind that it may: explosion"),
        ("push", {"DeviceId": "P/D"}, "of no kind that it may: push"),
        ("console", "text", "not an object: 'text'"),
        ("console", {"level": "warn"}, "text is missing"),
        ("console", {"level": "warn", "text": 5}, "text cannot be 5"),
        ("console", {"level": "warn", "text": "x", "line": True}, "line cannot be True"),
        ("tip", {"message": "x", "type": "info", "colour": "red"}, "there is no field colour"),
    ],
)
def test_what_fits_no_kind_is_a_note_that_says_why(name: str, data: Any, words: str) -> None:
    note = read_note(name, data)
    assert isinstance(note, Note)
    assert words in note.message
    assert note.data == data


@given(st.sampled_from([*FROM_PAGES, "x"]), st.dictionaries(st.sampled_from(NAMES), WILD, max_size=8) | WILD)
def test_whatever_a_page_adds_is_an_entry_in_json(name: str, data: Any) -> None:
    timeline = Timeline()
    timeline.record(read_note(name, data))
    json.dumps(timeline.since(0)[0].to_json())


def test_all_of_one_kind_after_a_number() -> None:
    timeline = Timeline()
    for text in "abc":
        timeline.record(Note(text))
        timeline.record(LinkChange("open"))
    assert [note.message for note in timeline.of(Note)] == ["a", "b", "c"]
    assert [note.message for note in timeline.of(Note, since=2)] == ["b", "c"]
    timeline.record(SdkCall("m", [], 1), phone="guest")
    assert timeline.of_kind("sdk") == [{"member": "m", "args": [], "result": 1, "ms": 0.0, "phone": "guest"}]
