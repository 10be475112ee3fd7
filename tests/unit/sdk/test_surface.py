"""The member table: complete, without doubles, and the files made from it are current."""

from devkit.sdk.generate import CLIENT_TABLE, DOCUMENT, client_table, with_table
from devkit.sdk.methods.registry import METHODS
from devkit.sdk.surface import DOCUMENTED_ROWS, MEMBERS, PYTHON


def test_every_row_of_the_document_is_there() -> None:
    rows = {int(member.source) for member in MEMBERS if member.source.isdigit()}
    assert rows == set(range(1, DOCUMENTED_ROWS + 1))


def test_names_are_unique() -> None:
    names = [member.name for member in MEMBERS]
    assert len(names) == len(set(names))


def test_python_members_have_a_method_and_the_other_way_round() -> None:
    named = {member.name for member in MEMBERS if member.where == PYTHON and member.kind == "method"}
    assert named == {name for name in METHODS if not name.startswith("devkit.")}


def test_the_pages_table_is_current() -> None:
    assert CLIENT_TABLE.read_text("utf-8") == client_table(), "run python -m devkit.sdk.generate"


def test_the_documents_table_is_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == with_table(text), "run python -m devkit.sdk.generate"
