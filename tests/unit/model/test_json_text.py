"""Reading JSON that people wrote: what is wrong, and where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.model.json_text import JsonProblem, line_and_column, locate, parse

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "empty", (1, 1)),
        ('{\n "a": 1,\n}', "trailing comma before }", (2, 8)),
        ('{"a": [1, 2, ]}', "trailing comma before ]", (1, 12)),
        ('{"a": 1\n "b": 2}', "no comma", (2, 2)),
        ('{"a" 1}', "no colon", (1, 6)),
        ("{a: 1}", "key in double quotes is expected, not a", (1, 2)),
        ("{'a': 1}", "single quotes", (1, 2)),
        ('{"a": 1, // power\n "b": 2}', "no comments", (1, 10)),
        ('{"a": True}', "Python", (1, 7)),
        ('{"a": undefined}', "undefined", (1, 7)),
        ('{"a": NaN}', "NaN", (1, 7)),
        ('{"a": 1,, "b": 2}', "two commas", (1, 9)),
        ('{"a": 1', "ends in the middle", (1, 8)),
        ('{"a": "x', 'no closing "', (1, 7)),
        ('{"a": "x\ny"}', "line break", (1, 9)),
        ('{"a": 1} {"b": 2}', "more text after the end", (1, 10)),
        ("<html></html>", "web page", (1, 1)),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', '"c" stands twice', (1, 24)),
        ('{"a": "\\ud800"}', "half of a character", (1, 8)),
        ("[" * 100_000, "nested too deeply", (1, 1)),
        ("9" * 5000, "too many digits", (1, 1)),
    ],
)
def test_names_what_is_wrong_and_where(text: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(JsonProblem) as caught:
        parse(text)
    assert message in caught.value.message
    assert line_and_column(text, caught.value.offset) == place


@given(JSON_VALUES, st.sampled_from([None, 1, 4]), st.booleans())
def test_reads_what_json_writes(value: object, indent: int | None, ascii_only: bool) -> None:
    assert parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


@given(st.text(max_size=60))
def test_any_text_gives_a_value_or_a_problem_inside_the_text(text: str) -> None:
    found = None
    try:
        parse(text)
    except JsonProblem as problem:
        found = problem
    assert found is None or (0 <= found.offset <= len(text) and found.message.endswith("."))


@given(JSON_VALUES, st.data())
def test_locates_every_value(value: object, data: st.DataObject) -> None:
    text = json.dumps(value, indent=2)
    path: list[str | int] = []
    while isinstance(value, dict | list) and value:
        step = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        path.append(step)
        value = value[step]
    found, _ = json.JSONDecoder().raw_decode(text, locate(text, tuple(path)))
    assert found == value


def test_a_path_that_leads_nowhere_stops_at_the_last_container() -> None:
    assert locate('{"a": {"b": 1}}', ("a", "x", 3)) == 6
