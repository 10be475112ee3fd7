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
        (TRAILING, "trailing comma before ]", 3, 48),
        ('{"properties": 5}', "properties must be a list, not 5", 1, 16),
        ('{"properties": [5]}', "Entry 1 of properties must be an object", 1, 17),
        ('{"properties": [{"name": "x"}]}', "Entry 1 of properties has no id", 1, 17),
        ('{"properties": [{"id": "x"}]}', "property x has no define", 1, 17),
        ('{"hello": 1}', "no thing model", 1, 1),
        ("[1, 2]", "must be an object", 1, 1),
        ('{"properties": [], "profile": 3}', "profile must be an object", 1, 31),
    ],
)
def test_names_the_place_of_a_broken_model(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ModelError) as caught:
        read_model(text, file=Path("thing-model.json"))
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"thing-model.json:{line}:{column}: ")


@pytest.mark.parametrize(
    ("define", "message", "at"),
    [
        ({"type": "colour"}, 'property x has the unknown type "colour"', '"colour"'),
        ({"type": None}, "unknown type null", "null"),
        ({"type": "int", "min": "five"}, 'min must be a number, not "five"', '"five"'),
        ({"type": "int", "min": "9", "max": "1"}, "min 9 is above max 1", '"9"'),
        ({"type": "int", "min": "Infinity"}, "min must be a number", '"Infinity"'),
        ({"type": "float", "step": "-1"}, "step -1 is below 0", '"-1"'),
        ({"type": "enum", "mapping": {}}, "at least one key", "{}"),
        ({"type": "enum", "mapping": {"on": "On"}}, 'enum key "on" is not a whole number', '"On"'),
        ({"type": "stringenum"}, "mapping must be an object", '{"type"'),
        (
            {"type": "struct", "specs": [{"id": "h"}]},
            "field h of property x must be an object",
            '{"id": "h"}',
        ),
        ({"type": "array", "arrayInfo": {"type": "?"}}, "entries of property x has the unknown type", '"?"'),
    ],
)
def test_names_what_is_wrong_in_a_define(define: Any, message: str, at: str) -> None:
    text = json.dumps({"properties": [{"id": "x", "name": "x", "mode": "rw", "define": define}]})
    with pytest.raises(ModelError) as caught:
        read_model(text)
    assert message in caught.value.message
    assert caught.value.column == text.index(at) + 1


def test_an_error_inside_a_data_template_text_names_both_places() -> None:
    text = json.dumps({"DataTemplate": TRAILING})
    with pytest.raises(ModelError, match="Line 3, column 48 of the text DataTemplate") as caught:
        read_model(text)
    assert caught.value.column == len('{"DataTemplate": ') + 1
    broken = json.dumps({"DataTemplate": '{"properties":\n[{"id": "x"}]}'})
    with pytest.raises(
        ModelError, match="Line 2, column 2 of the text DataTemplate: property x has no define"
    ):
        read_model(broken)


def test_doubles_are_told_and_the_last_counts() -> None:
    double = copy.deepcopy(LAMP)
    double["properties"].append({**double["properties"][0], "define": {"type": "string", "max": "5"}})
    model = read_model(json.dumps(double))
    assert model.property("power").define.type == "string"
    assert model.warnings == ("The property power stands twice in the thing model; the last one counts.",)


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


def test_deep_structs_end_in_an_error() -> None:
    define: dict[str, Any] = {"type": "int"}
    for _ in range(30):
        define = {"type": "array", "arrayInfo": define}
    with pytest.raises(ModelError, match="nested more than"):
        read_model(json.dumps({"properties": [{"id": "x", "define": define}]}))


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
