"""The Chinese pages are the English ones: same headings, code and tables, and links that lead somewhere."""

import re
from pathlib import Path
from posixpath import normpath

import pytest

from docs import chinese, website

ROOT = Path(__file__).parents[2]
ENGLISH_ONLY = ("CONTRIBUTING.md", "CHANGELOG.md")
BOTH = [name for name in website.sources().values() if (ROOT / website.chinese(name)).is_file()]
PAGES = [*BOTH, *map(website.chinese, BOTH)]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^):\s#]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def code(name: str) -> list[tuple[str, str]]:
    return [(language, re.sub(r"\s+#.*", "", text)) for language, text in FENCE.findall(read(name))]


def tables(name: str) -> list[list[int]]:
    """Return for each table the cells of each row."""
    text = website.FENCED.sub("", read(name))
    return [
        [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()] for table in TABLE.findall(text)
    ]


def test_every_page_of_the_site_is_there_in_chinese() -> None:
    wanted = {name for name in website.sources().values() if not name.startswith("docs/reference/")}
    assert wanted - set(BOTH) == set(ENGLISH_ONLY), "write the Chinese page, NAME.zh.md"


@pytest.mark.parametrize("english", BOTH)
def test_both_languages_have_the_same_parts(english: str) -> None:
    chinese = website.chinese(english)
    assert [level for level, _ in website.headings(chinese)] == [
        level for level, _ in website.headings(english)
    ]
    if english == "docs/cli.md":  # its code is help
        assert len(code(chinese)) == len(code(english))
    else:
        assert code(chinese) == code(english)
    assert tables(chinese) == tables(english)


@pytest.mark.parametrize("english", BOTH)
def test_the_sections_of_both_languages_name_the_same_things(english: str) -> None:
    def named(name: str) -> list[set[str]]:
        parts = website.HEADING.split(website.FENCED.sub("", read(name)))
        return [
            {word for _, word in CODE.findall(part) if word.isascii() and " " not in word} for part in parts
        ]

    for told, translated in zip(named(english), named(website.chinese(english)), strict=True):
        assert told == translated


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_headings(name: str) -> None:
    text = website.FENCED.sub("", read(name))
    for target, anchor in LINK.findall(text):
        aim = normpath((Path(name).parent / target).as_posix()) if target else name
        assert (ROOT / aim).exists(), target
        if anchor:
            assert anchor in [own for _, own in website.headings(aim)], f"{aim}#{anchor}"


@pytest.mark.parametrize("english", BOTH)
def test_chinese_pages_link_to_chinese_pages(english: str) -> None:
    chinese = website.chinese(english)
    text = read(chinese).partition("\n\n[English](")[2].partition("\n")[2]
    aims = {
        normpath((Path(chinese).parent / target).as_posix()) for target, _ in LINK.findall(text) if target
    }
    assert not {aim for aim in aims if aim in BOTH}


@pytest.mark.parametrize("english", BOTH)
def test_each_language_names_the_other(english: str) -> None:
    name = Path(english).name
    assert f"\n**English** | [中文]({website.chinese(name)})\n" in read(english)
    assert f"\n[English]({name}) | **中文**\n" in read(website.chinese(english))


@pytest.mark.parametrize("name", PAGES)
def test_no_two_headings_of_a_page_have_one_anchor(name: str) -> None:
    anchors = [anchor for _, anchor in website.headings(name)]
    assert len(anchors) == len(set(anchors))


def test_tables_are_translated_but_for_names() -> None:
    english = "| kind | fields |\n|---|---|\n| `tip` | `type`?, `a \\| b` |\n| `x` | A panel showed a tip. |"
    translated = "| 种类 | 字段 |\n|---|---|\n| `tip` | `type`?, `a \\| b` |\n| `x` | 面板显示了提示。 |"
    assert chinese.table(english) == translated
    bounds = "| parameters |\n|---|\n| **`A`** (int; at most 50; else 10), `B` |"
    assert chinese.table(bounds) == "| 参数 |\n|---|\n| **`A`**（int；最多 50；默认 10）, `B` |"
    with pytest.raises(LookupError, match="no Chinese for: It was never seen"):
        chinese.table("| kind |\n|---|\n| It was never seen. |")


def test_the_words_are_all_in_use() -> None:
    pages = "".join(read(name) for name in PAGES)
    assert not [text for text, word in chinese.WORDS.items() if word not in pages]
