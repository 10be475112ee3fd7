"""Reading thing models from files and wrappings."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import ModelError
from devkit.model import load_model, read_model
from tests.helpers.models import LAMP, LAMP_TEXT

TRAILING = """{
  "properties": [
    {"id": "power", "define": {"type": "bool"}},
  ]
}"""


def test_reads_every_part() -> None:
    model = read_model(LAMP_TEXT)
    assert [prop.id for prop in model.properties] == [prop["id"] for prop in LAMP["properties"]]
    assert model.product_id == "K7M2QX9D4A"
    assert model.property("power").required
    assert not model.property("cleaned").writable
    assert model.event("low_voltage").params[0].id == "voltage"
    assert model.action("blink").output[0].define.type == "bool"
    assert model.raw == LAMP


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: {"DataTemplate": text},
        lambda text: {"DataTemplate": json.loads(text)},
        lambda text: {"Product": {"Name": "lamp", "DataTemplate": text}},
        lambda text: {"Response": {"RequestId": "r", "Products": [{"ProductId": "P", "DataTemplate": text}]}},
        lambda text: {"code": 0, "msg": "", "data": {"Products": [{"DataTemplate": text}]}},
        lambda text: {"Response": {"Model": {"ModelDefine": text, "ProductId": "P"}}},
    ],
)
def test_reads_the_platforms_wrappings(wrap: Any) -> None:
    assert read_model(json.dumps(wrap(LAMP_TEXT))).property("scene").mode == "rw"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        (TRAILING.replace("}},", "}}x"), "no comma before this entry", 3, 48),
        ('{"properties": 5}', "properties must be a list, not 5", 1, 16),
        ('{"properties": [5]}', "Entry 1 of properties must be an object", 1, 17),
        ('{"properties": [{"name": "x"}]}', "Entry 1 of properties has no id", 1, 17),
        ('{"hello": 1}', "no thing model", 1, 1),
        ("[1, 2]", "must be an object", 1, 1),
        ('{"properties": [], "profile": 3}', "profile must be an object", 1, 31),
        ('{"properties": [null], "events": {}}', "Entry 1 of properties must be an object", 1, 17),
    ],
)
def test_names_the_place_of_a_broken_model(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ModelError) as caught:
        read_model(text, file=Path("thing-model.json"))
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"thing-model.json:{line}:{column}: ")


@pytest.mark.parametrize(
    ("define", "message", "at", "used", "taken"),
    [
        ({"type": "colour"}, 'property x has the unknown type "colour"', '"colour"', "Any value", "red"),
        ({"type": None}, "unknown type null", "null", "Any value", {"a": [1]}),
        ({"type": "Int"}, 'has the type "Int"', '"Int"', '"int" is used', 7),
        (5, "must be an object, not 5", "5", "Any value", 1),
        ({"type": "int", "step": "s"}, 'step must be a number, not "s"', '"s"', "step is 1", 7),
        ({"type": "float", "step": "s"}, 'step must be a number, not "s"', '"s"', "No step", 0.123),
        ({"type": "int", "min": "five"}, 'min must be a number, not "five"', '"five"', "No lower", -5),
        ({"type": "int", "max": [1]}, "max must be a number, not [1]", "[1]", "No upper", 10**6),
        ({"type": "int", "min": "9", "max": "1"}, "min 9 is above max 1", '"9"', "range is 1 to 9", 5),
        ({"type": "string", "min": "9", "max": "0"}, "min 9 is above max 0", '"9"', "0 to 9", "text"),
        ({"type": "bool", "start": "on"}, 'start must be one of 0, 1, not "on"', '"on"', "starts at 0", 1),
        ({"type": "int", "min": "Infinity"}, "min must be a number", '"Infinity"', "No lower", -5),
        ({"type": "float", "step": "-1"}, "step -1 is below 0", '"-1"', "No step", 0.123),
        ({"type": "int", "start": "on"}, 'start must be a number, not "on"', '"on"', "starts at 0", 3),
        ({"type": "int", "unit": {"a": 1}}, "unit must be a text", '{"a": 1}', "No unit", 3),
        ({"type": "enum", "mapping": {}}, "no key that can be used", "{}", "Any whole number", 12),
        ({"type": "enum", "mapping": {"on": "On"}}, 'key "on" is not a whole number', '"On"', "left out", 3),
        ({"type": "enum", "mapping": {"0": "a", "2": "c"}}, "no key 1", "{", "1 is refused", 2),
        ({"type": "enum", "mapping": {"0": "a", "1": None}}, 'text of "1"', "null", "key is shown", 1),
        ({"type": "enum", "mapping": ["a", "b"]}, "not a list", '["a"', "numbered from 0", 1),
        ({"type": "bool", "mapping": {"0": "off"}}, "no text for 1", "{", "1 is shown", 1),
        ({"type": "bool", "mapping": "on"}, "mapping must be an object", '"on"', "left out", 1),
        ({"type": "stringenum"}, "mapping must be an object", '{"type"', "left out", "anything"),
        ({"type": "struct", "specs": [{"id": "h"}]}, "field h of property x", '{"id": "h"}', "Any", {"h": 1}),
        ({"type": "struct", "specs": "h"}, "specs must be a list", '"h"', "left out", {"h": 1}),
        ({"type": "array", "arrayInfo": {"type": "?"}}, "entries of property x", '"?"', "Any value", ["a"]),
    ],
)
def test_a_flaw_in_a_define_is_told_and_the_property_goes_on(
    define: Any, message: str, at: str, used: str, taken: Any
) -> None:
    text = json.dumps({"properties": [{"id": "x", "name": "x", "mode": "rw", "define": define}]})
    model = read_model(text, file=Path("thing-model.json"))
    flaw = model.warnings[0]
    assert message in flaw.message
    assert used in flaw.hint
    starts = [index + 1 for index in range(len(text)) if text.startswith(at, index)]
    assert flaw.line == 1
    assert flaw.column in starts
    assert flaw.place == f"thing-model.json:1:{flaw.column}"
    assert model.validate({"x": taken}) == {"x": taken}
    assert model.validate(model.defaults(), write=False) == model.defaults()


@pytest.mark.parametrize(
    ("entry", "message", "used"),
    [
        ({"id": "x"}, "property x has no define", "Any value is taken."),
        ({"id": "x", "mode": "wr", "define": {"type": "bool"}}, 'not "wr"', '"rw" is used.'),
        ({"name": "no id"}, "Entry 2 of properties has no id", "It is left out."),
        ([], "Entry 2 of properties must be an object", "It is left out."),
    ],
)
def test_a_flawed_entry_does_not_take_the_others_along(entry: Any, message: str, used: str) -> None:
    good = {"id": "power", "define": {"type": "bool"}}
    model = read_model(json.dumps({"properties": [good, entry]}))
    assert message in model.warnings[0].message
    assert model.warnings[0].hint == used
    assert model.defaults()["power"] == 0
    assert all(isinstance(item, dict) and item["id"] for item in model.raw["properties"])


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (TRAILING, "trailing comma before ]", (3, 48)),
        ('{"properties": [{"id": "power", "define": {"type": "bool"}}], // the lamp\n "events": []}',
         "no comments", (1, 63)),
        ('{"properties": [{"id": "power", "id": "power", "define": {"type": "bool"}}]}',
         '"id" stands twice', (1, 33)),
    ],
)  # fmt: skip
def test_json_that_can_be_read_all_the_same_is_a_warning(
    text: str, message: str, place: tuple[int, int]
) -> None:
    model = read_model(text)
    assert [prop.id for prop in model.properties] == ["power"]
    told = [(flaw.message, (flaw.line, flaw.column)) for flaw in model.warnings]
    assert [at for words, at in told if message in words] == [place]


def test_a_flaw_inside_a_data_template_text_names_both_places() -> None:
    text = json.dumps({"DataTemplate": TRAILING})
    flaw = read_model(text).warnings[0]
    assert "Line 3, column 48 of the text DataTemplate" in flaw.message
    assert flaw.column == len('{"DataTemplate": ') + 1
    flawed = json.dumps({"DataTemplate": '{"properties":\n[{"id": "x"}]}'})
    words = "Line 2, column 2 of the text DataTemplate: property x has no define"
    assert words in read_model(flawed).warnings[0].message
    broken = json.dumps({"DataTemplate": '{"properties":\n[{}]}'})
    with pytest.raises(ModelError, match="Line 2, column 2 of the text DataTemplate: Entry 1"):
        read_model(broken)


def test_doubles_are_told_and_the_last_counts() -> None:
    double = copy.deepcopy(LAMP)
    double["properties"].append({**double["properties"][0], "define": {"type": "string", "max": "5"}})
    model = read_model(json.dumps(double))
    assert model.property("power").define.type == "string"
    assert model.warnings[0].message == "The property power stands twice in the thing model."
    assert model.warnings[0].hint == "The last one counts."


@pytest.mark.parametrize(
    ("define", "value"),
    [
        ({"type": "int", "min": "0", "max": "9", "start": "4"}, 4),
        ({"type": "float", "min": "0", "max": "9", "start": "4.5"}, 4.5),
        ({"type": "int", "min": "5", "max": "9", "start": "1"}, 5),
        ({"type": "bool", "start": "1"}, 1),
        ({"type": "enum", "mapping": {"0": "a", "1": "b"}, "start": 1}, 1),
        ({"type": "stringenum", "mapping": {"a": "a", "b": "b"}, "start": "b"}, "b"),
    ],
)
def test_a_device_begins_with_the_start_of_its_define(define: dict[str, Any], value: Any) -> None:
    assert read_model(json.dumps({"properties": [{"id": "x", "define": define}]})).defaults() == {"x": value}


def test_numbers_may_be_numbers_and_limits_may_be_missing() -> None:
    text = '{"properties": [{"id": "n", "define": {"type": "int", "min": 1, "step": "0", "start": ""}}]}'
    model = read_model(text)
    assert model.validate({"n": 7}) == {"n": 7}
    assert model.defaults() == {"n": 1}


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (LAMP_TEXT.encode("utf-16"), "UTF-16", None),
        ('{\n"properties": [{"id": "x", "name": "温度"}]}'.encode("gbk"), "not UTF-8", 2),
        (b"\x89PNG\0\0", "binary", None),
        (b" " * (6 * 1024 * 1024), "6.3 MB", None),
    ],
)
def test_files_that_are_no_utf8_texts(tmp_path: Path, data: bytes, message: str, line: int | None) -> None:
    file = tmp_path / "thing-model.json"
    file.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load_model(file)
    assert message in caught.value.message
    assert caught.value.file == file
    assert caught.value.line == line


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "thing-model.json"
    file.write_bytes(b"\xef\xbb\xbf" + LAMP_TEXT.encode())
    assert load_model(file) == read_model("\ufeff" + LAMP_TEXT)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        load_model(tmp_path / "none.json")
    with pytest.raises(ModelError, match="folder"):
        load_model(tmp_path)


def test_what_is_too_deep_in_a_define_is_open() -> None:
    define: dict[str, Any] = {"type": "int"}
    for _ in range(30):
        define = {"type": "array", "arrayInfo": define}
    model = read_model(json.dumps({"properties": [{"id": "x", "define": define}]}))
    assert "nested more than" in model.warnings[0].message
    assert model.defaults() == {"x": []}


def test_data_template_names_the_product() -> None:
    template = json.loads(read_model(LAMP_TEXT).data_template("OTHER1"))
    assert template["profile"] == {"ProductId": "OTHER1", "CategoryId": "141"}
    assert template["properties"] == LAMP["properties"]


def _spots(node: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    if not isinstance(node, dict | list):
        return []
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    return [spot for key in keys for spot in [(node, key), *_spots(node[key])]]


JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({})


@given(st.data())
def test_a_model_with_any_part_replaced_is_read_or_refused_with_a_place(data: st.DataObject) -> None:
    document = copy.deepcopy(LAMP)
    node, key = data.draw(st.sampled_from(_spots(document)))
    node[key] = data.draw(JUNK)
    text = json.dumps(document)
    place = None
    try:
        read_model(text).defaults()
    except ModelError as error:
        place = (error.line, error.column)
    assert place is None or (place[0] == 1 and 1 <= place[1] <= len(text))


CASES = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("file", sorted(CASES.glob("cases/models/*.json")), ids=lambda file: file.name)
def test_a_published_model_with_a_flaw_runs_and_the_flaw_has_its_place(file: Path) -> None:
    model = load_model(file)
    assert model.properties
    assert model.validate(model.defaults(), write=False) == model.defaults()
    assert [(flaw.file, flaw.severity) for flaw in model.warnings] == [(str(file), "warning")]
    flaw = model.warnings[0]
    assert file.read_text("utf-8").splitlines()[flaw.line - 1][flaw.column - 1 :].startswith('"s"')
    assert flaw.hint == "The step is 1."
