import asyncio
from pathlib import Path

from devkit.build import BuildResult
from devkit.devserver.panel import BuiltPanel, FilePanel, PanelFile, error_payload
from devkit.errors import BuildError, Diagnostic, ModelError


async def test_waits_for_the_first_build_and_keeps_the_last_good_one() -> None:
    built = BuiltPanel()
    waiting = asyncio.ensure_future(built.panel())
    await asyncio.sleep(0)
    assert not waiting.done()

    built.built(BuildResult(js=b"one", css=b"a{}"))
    panel = await waiting
    assert panel.files["index.js"].body == b"one"

    built.failed(BuildError([Diagnostic("no")]))
    panel = await built.panel()
    assert panel.files["index.js"].body == b"one"
    assert isinstance(panel.error, BuildError)

    built.built(BuildResult(js=b"two", css=b"a{}"))
    after = await built.panel()
    assert after.error is None
    assert after.etag("index.js") != panel.etag("index.js")
    assert after.etag("index.css") == panel.etag("index.css")


async def test_files_are_read_at_each_load(tmp_path: Path) -> None:
    script = tmp_path / "panel.js"
    source = FilePanel(script)
    missing = await source.panel()
    assert "index.js" not in missing.files
    assert "panel.js cannot be read" in str(missing.error)

    script.write_bytes(b"1")
    first = await source.panel()
    script.write_bytes(b"2")
    second = await source.panel()
    assert (first.files["index.js"].body, second.files["index.js"].body) == (b"1", b"2")
    assert second.error is None
    assert second.files["index.css"].body == b""


def test_etag_names_the_bytes() -> None:
    assert PanelFile.of(b"x").etag == PanelFile.of(b"x").etag != PanelFile.of(b"y").etag
    assert PanelFile.of(b"").etag.startswith('"')


def test_errors_of_all_kinds_can_be_drawn() -> None:
    assert error_payload(None) is None
    payload = error_payload(ModelError("bad mapping", "Fix it.", file=Path("m.json"), line=3, column=7))
    assert payload is not None
    assert payload["findings"][0]["file"] == "m.json"
    assert payload["findings"][0]["line"] == 3
    assert payload["title"] == "The panel cannot run"
    build = error_payload(BuildError([Diagnostic("<b>", "a.js", 1, 2), Diagnostic("two")]))
    assert build is not None
    assert [finding["message"] for finding in build["findings"]] == ["<b>", "two"]
