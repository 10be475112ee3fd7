"""What was uploaded, and whether the console shows it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.build.release import ReleaseFile, describe_file
from devkit.cli.uploads import (
    Upload,
    built_files,
    differences,
    file_fields,
    problems_shown,
    read_uploads,
    write_upload,
)
from devkit.errors import SettingsError

JS = describe_file(Path("index.js"), b"x" * 123_456)
CSS = describe_file(Path("index.css"), b"y" * 900)


def upload(version: str = "1.0.0", *files: ReleaseFile) -> Upload:
    return Upload(version, "2026-01-02T03:04:05+00:00", file_fields(files or (JS, CSS)))


@pytest.mark.parametrize(
    "text",
    [
        f"index.js 120.56 KB MD5: {JS.md5}\nindex.css 900 B MD5: {CSS.md5}",
        f"index.js\n123456 字节\n{JS.md5.upper()}\n\nindex.css\n0.9KB\n{CSS.md5}",
        f"{JS.md5} {CSS.md5}",
        f"文件名 index.js 大小 120.6 KB MD5 {JS.md5} 文件名 index.css 大小 900B MD5 {CSS.md5}",
    ],
)
def test_what_the_console_shows_is_found(text: str) -> None:
    assert problems_shown((JS, CSS), text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"index.js 120.56 KB {'0' * 32}\nindex.css 900 B {CSS.md5}", f"index.js has MD5 {JS.md5}"),
        (f"index.js 12 KB {JS.md5}\nindex.css 900 B {CSS.md5}", "index.js has 123,456 bytes"),
        (f"index.js 120.56 KB {JS.md5}", "index.css has MD5"),
        ("nothing of the kind", "the console shows none"),
    ],
)
def test_what_differs_is_named(text: str, told: str) -> None:
    assert told in "\n".join(problems_shown((JS, CSS), text))


def test_the_end_of_an_md5_is_no_size() -> None:
    file = ReleaseFile(Path("index.js"), 11_576, 4117, "973359536885cc7bd50ccb50b279a66b")
    assert problems_shown((file,), f"index.js {file.md5}") == []
    assert problems_shown((file,), f"index.js {file.md5} 66 B") != []


@given(st.text())
def test_any_text_is_an_answer(text: str) -> None:
    assert len(problems_shown((JS, CSS), text)) == 2


def test_uploads_are_kept_by_version(tmp_path: Path) -> None:
    assert read_uploads(tmp_path) == []
    write_upload(tmp_path, upload())
    write_upload(tmp_path, upload("1.1.0", JS))
    write_upload(tmp_path, upload("1.1.0", JS))
    assert [item.version for item in read_uploads(tmp_path)] == ["1.0.0", "1.1.0"]
    with pytest.raises(SettingsError, match=r"1\.0\.0 was uploaded on 2026-01-02 with other files"):
        write_upload(tmp_path, upload("1.0.0", JS))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"version": 1, "nothing": 2}]', "[[]]"])
def test_a_file_that_is_no_list_of_uploads_stays(tmp_path: Path, text: str) -> None:
    (tmp_path / "releases.json").write_text(text)
    with pytest.raises(SettingsError, match=r"releases\.json is not a list of uploads"):
        write_upload(tmp_path, upload())
    assert (tmp_path / "releases.json").read_text() == text


def test_differences_are_told_for_each_file() -> None:
    bigger = describe_file(Path("index.js"), b"x" * 124_456)
    assert differences((bigger, CSS), upload())[0].startswith("index.js: +1,000 B (+0.8%), gzip ")
    assert differences((JS,), upload()) == ["index.js: unchanged since 1.0.0", "index.css: gone since 1.0.0"]
    assert differences((JS, CSS), upload("2.0.0", JS))[1] == "index.css: new since 2.0.0"


def test_no_release_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="devkit release"):
        built_files(tmp_path)
    (tmp_path / "index.js").write_bytes(b"1")
    assert json.dumps(file_fields(built_files(tmp_path)))
