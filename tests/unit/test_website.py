"""The site of the documentation: both languages, no bad link."""

import re
from pathlib import Path

import pytest

from docs import website


def test_every_title_has_a_chinese_one() -> None:
    config = website.settings()
    titles = {title for title, _ in website.in_nav(config["nav"])}
    toggles = {way["toggle"]["name"] for way in config["theme"]["palette"]}
    assert set(config["extra"]["chinese"]) == titles | toggles


def test_every_chinese_page_has_an_english_one() -> None:
    chinese = {website.chinese(name) for name in website.sources().values()}
    pages = {path.relative_to(website.ROOT).as_posix() for path in (website.ROOT / "docs").rglob("*.zh.md")}
    assert pages <= chinese


def test_the_site_is_built_in_both_languages(tmp_path: Path) -> None:
    website.build(tmp_path / "site")
    for page, source in website.sources().items():
        name = re.sub(r"README$", "index", page.removesuffix(".md")) + ".html"
        assert (tmp_path / "site" / name).is_file()
        chinese = (tmp_path / "site" / "zh" / name).read_text("utf-8")
        assert 'lang="zh"' in chinese
        translated = (website.ROOT / website.chinese(source)).is_file()
        assert ("本页只有英文版</p>" in chinese) is not translated, page


def test_lists_and_tables_need_no_empty_line_before_them() -> None:
    text = "a\n- b\n  c\n- d\n\n```\ne\n- f\n```\ng\n| h |\n|---|\n"
    spaced = "a\n\n- b\n  c\n- d\n\n```\ne\n- f\n```\ng\n\n| h |\n|---|\n"
    assert website._spaced(text) == spaced


def test_a_line_broken_between_chinese_characters_is_joined() -> None:
    text = "# 一\n二，\n三\nfour\n- 五\n  六\n\n```text\n七\n八\n```\n"
    assert website._spaced(text) == "# 一\n二，三\nfour\n\n- 五六\n\n```text\n七\n八\n```\n"


def test_a_bad_link_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {**website.settings(), "nav": [{"Overview": "index.md"}]}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[gone](gone.md) and [too](#far)\n", "utf-8")
    monkeypatch.setattr(website, "ROOT", tmp_path)
    monkeypatch.setattr(website, "AT_THE_TOP", ())
    monkeypatch.setattr(website, "settings", lambda: config)
    with pytest.raises(RuntimeError, match="strict"):
        website.build(tmp_path / "site")
    (tmp_path / "setup.py").touch()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[code](../setup.py)\n", "utf-8")
    with pytest.raises(ValueError, match=r"links to setup\.py, which is not on the site"):
        website.build(tmp_path / "site")
