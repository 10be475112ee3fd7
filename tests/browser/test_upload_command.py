"""`devkit upload` on a release: what the console shows is compared, and the release noted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from devkit.cli.main import main
from devkit.cli.uploads import built_files, read_uploads
from devkit.testing.run import browsers

pytestmark = pytest.mark.browser


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/index.js").write_text("document.title = 1\n")
    (tmp_path / "dist/index.css").write_text("body { color: red }\n")
    (tmp_path / "package.json").write_text('{"version": "1.2.0"}')
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    commit = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(project: Path) -> str:
    return "\n".join(f"{file.path.name} {file.size} B {file.md5}" for file in built_files(project / "dist"))


def upload(*arguments: str, text: str | None = None) -> Any:
    return CliRunner().invoke(main, ["upload", "--no-open-pages", *arguments], input=text)


def test_what_is_pasted_is_compared_and_noted(project: Path) -> None:
    wrong = upload("--shown", "-", text=shown(project).replace("index.js 19", "index.js 18"))
    assert wrong.exit_code == 1
    assert "index.js has 19 bytes; the console shows 18 B" in wrong.output
    assert read_uploads(project) == []
    assert upload("--changelog", "a dial", text=shown(project)).exit_code == 0
    (noted,) = read_uploads(project)
    assert (noted.version, noted.changelog, noted.checked, len(noted.commit)) == ("1.2.0", "a dial", True, 40)


def test_bad_input_is_told(project: Path) -> None:
    assert "Nothing was pasted" in upload(text="").output
    assert "cannot be read" in upload("--shown", "nothing.txt").output
    (project / "package.json").unlink()
    assert "--version 1.0.0" in upload(text="x").output
    (project / "dist/index.js").unlink()
    assert "devkit release" in upload(text="x").output


@pytest.fixture
def console(project: Path) -> Iterator[str]:
    """A page that shows the files a moment after it was opened, as the platform's does after the upload."""
    late = f"setTimeout(() => {{ document.body.innerText = {json.dumps(shown(project))} }}, 50)"
    body = f"<body>upload<script>{late}</script>".encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            del arguments

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_console_is_read_in_a_browser(
    project: Path, console: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = browsers.start_browser

    def without_a_screen(playwright: Any, *, given: str = "", extra: Any = None) -> Any:
        assert extra == {"headless": False}
        return start(playwright, given=given)

    monkeypatch.setattr(browsers, "start_browser", without_a_screen)
    done = upload("--launch", "--console-url", console)
    assert done.exit_code == 0, done.output
    assert read_uploads(project)[0].checked


def test_a_release_is_compared_with_the_last_upload(project: Path) -> None:
    upload(text=shown(project))
    (project / "src").mkdir()
    (project / "src/index.js").write_text("document.title = 'another panel'\n")
    done = subprocess.run(
        [sys.executable, "-c", "from devkit.cli.main import main; main()", "release", "--diff", "--no-try"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert "since 1.2.0" in done.stdout, done.stdout + done.stderr
    assert "index.css: gone since 1.2.0" in done.stdout
