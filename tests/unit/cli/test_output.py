import json
from pathlib import Path

import click
import pytest

from devkit.app.events import Notice, PanelBuilt, PanelFailed, Ready, RunFailed
from devkit.cli.output import diagnostic_text, make_printer, size_text
from devkit.errors import BuildError, Diagnostic, ModelError

FINDING = Diagnostic("Expected x", "src/a.js", 3, 5, "> 3 | a\n    |  ^", "Do this.", "esbuild")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (24_394, "24.4 kB"), (2_000_000, "2.00 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    printer = make_printer(as_json=True)
    printer.show(PanelBuilt(9.14, 100, 0, "node", True, (FINDING,)))
    printer.show(RunFailed(BuildError([FINDING])))
    printer.show(RunFailed(ModelError("bad 灯", "fix", file=Path("m.json"), line=2, column=1)))
    printer.show(Ready("http://p", "http://c/", "secret"))
    printer.show(Notice("two\nlines"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == [
        "rebuild", "warning", "rebuild", "error", "error", "ready", "notice",
    ]  # fmt: skip
    assert lines[0]["ms"] == 9.1
    assert lines[2] == {"event": "rebuild", "ok": False}
    assert lines[3]["diagnostics"][0]["line"] == 3
    assert (lines[4]["file"], lines[4]["line"]) == ("m.json", 2)
    assert lines[5]["control_token"] == "secret"


def test_lines_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    printer = make_printer(as_json=False)
    printer.show(PanelBuilt(9.1, 24_394, 800, "node"))
    printer.show(RunFailed(BuildError([FINDING])))
    printer.show(Ready("http://127.0.0.1:9000/p", "http://c/", "secret", "http://proxy"))
    text = click.unstyle(capsys.readouterr().out)
    assert "✓ Rebuilt in 9 ms, 24.4 kB + 800 B CSS" in text
    assert "✗ src/a.js:3:5 [esbuild]\n  Expected x\n  > 3 | a\n      |  ^\n  Do this." in text
    assert "http://proxy" in text
    assert "secret" not in text
    assert "Scan" not in text


def test_a_panel_that_phones_reach_has_a_code_to_scan(capsys: pytest.CaptureFixture[str]) -> None:
    ready = Ready("http://127.0.0.1:9000/p", "http://c/", "secret", phone_url="http://192.0.2.7:9000/p")
    make_printer(as_json=False).show(ready)
    text = click.unstyle(capsys.readouterr().out)
    assert "█" in text
    assert "Scan, or open http://192.0.2.7:9000/p on the phone." in text


def test_errors_of_a_page_are_shown_once_and_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printer = make_printer(as_json=False)
    for _ in range(3):
        finding = Diagnostic("Error: \x1b]0;title\x07 灯")
        printer.show(PanelFailed(finding, "Error\n  at App (http://x/index.js?v=1:2:3)"))
    text = click.unstyle(capsys.readouterr().out)
    assert text.count("Error in the running panel") == 1
    assert "\x1b" not in text
    assert "灯" in text
    assert "at App (http://x/index.js?v=1:2:3)" in text


def test_files_are_named_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside = Diagnostic("m", str(tmp_path / "src" / "a.js"), 1, 2)
    assert "src/a.js:1:2" in click.unstyle(diagnostic_text(inside))
    assert str(tmp_path) not in diagnostic_text(inside)
    assert "/elsewhere/b.js:1" in click.unstyle(diagnostic_text(Diagnostic("m", "/elsewhere/b.js", 1)))


def test_an_error_of_the_panel_names_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Diagnostic("Error: boom", "/p/src/a.js", 3, 5, "> 3 | a\n    |  ^", "Do this.", "panel")
    make_printer(as_json=False).show(PanelFailed(finding, "Error: boom\n at src/a.js:3:5"))
    text = click.unstyle(capsys.readouterr().out)
    assert "/p/src/a.js:3:5" in text
    assert "> 3 | a" in text
    make_printer(as_json=True).show(PanelFailed(finding, "Error: boom\n at src/a.js:3:5"))
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["file"], line["line"], line["column"]) == ("panel-error", "/p/src/a.js", 3, 5)
    assert line["stack"].endswith("src/a.js:3:5")
