"""A project that is new to the user runs no code of its own unasked."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from devkit import trust
from devkit.app.running_code import running_code
from devkit.cli import trusting
from devkit.cli.commands.upload import _commit
from devkit.cli.main import main
from devkit.errors import SettingsError
from devkit.settings import load_settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose PostCSS configuration is code; no build is really made."""
    folder = tmp_path / "panel"
    folder.mkdir()
    (folder / "index.jsx").write_text("document.title = 'x'")
    (folder / "package.json").write_text("{}")
    (folder / "postcss.config.js").write_text("require('fs').writeFileSync('ran', '')")
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    for name in ("CI", "DEVKIT_TRUST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was built, in place of building it."""
    built: list[Path] = []

    def build(settings: object, **options: object) -> None:
        built.append(Path.cwd())
        raise SystemExit(0)

    monkeypatch.setattr("devkit.build.release.build_release", build)
    return built


def release(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["release", *arguments])


@pytest.mark.parametrize("command", [("release",), ("dev", "--port", "0"), ("test", "--smoke")])
def test_without_a_terminal_it_is_refused_with_the_way_out(project: Path, command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, list(command))
    assert done.exit_code == 2
    assert "PostCSS plugins of the build  postcss.config.js" in done.output
    assert "--trust" in done.output
    assert not (project / "ran").exists()


@pytest.mark.parametrize(
    ("toml", "panel", "reason"),
    [
        ('[panels.lamp]\nfolder = "lamp"\nscenario = "evil.py:Evil"', "lamp", "scenario"),
        ('scenario = "evil.py:Evil"\n[panels.lamp]\nfolder = "lamp"', "lamp", "scenario"),
        ('[panels.lamp]\nentry = "index.jsx"\nperipherals = ["evil.py:Evil"]', "lamp", "Bluetooth device"),
        ('[panels]\n"*" = { folder = "l*", scenario = "evil.py:Evil" }', "amp", "scenario"),
        ('browser_path = "./chrome.sh"', "", "browser"),
        ('[panels.lamp]\nfolder = "lamp"\nbrowser_path = "/bin/sh"', "lamp", "browser"),
    ],
)
def test_what_a_file_says_of_a_panel_or_the_browser_is_asked_about(
    project: Path, toml: str, panel: str, reason: str
) -> None:
    (project / "postcss.config.js").unlink()
    (project / "lamp").mkdir()
    (project / "lamp" / "index.jsx").write_text("")
    (project / "devkit.toml").write_text(toml)
    done = CliRunner().invoke(main, ["dev", *([panel] if panel else []), "--port", "0"])
    assert done.exit_code == 2
    assert f"  {reason}  " in done.output


def test_an_upload_starts_no_browser_of_a_stranger_and_no_program_of_its_git(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("index.js", "index.css"):
        (project / "dist").mkdir(exist_ok=True)
        (project / "dist" / name).write_text("x")
    (project / "devkit.toml").write_text('browser_path = "./chrome.sh"')
    done = CliRunner().invoke(main, ["upload", "--launch", "--version", "1.0.0"])
    assert done.exit_code == 2
    assert "  browser  ./chrome.sh" in done.output
    asked: list[str] = []

    def git(command: list[str], **options: object) -> SimpleNamespace:
        asked.append(command[3])
        return SimpleNamespace(returncode=0, stdout="0123abc")

    monkeypatch.setattr("subprocess.run", git)
    assert _commit(project) == "0123abc"
    assert asked == ["rev-parse"]
    trust.trust(project)
    assert _commit(project) == "0123abc+"


def test_a_tool_in_a_folder_above_is_asked_about(project: Path) -> None:
    (project / "postcss.config.js").unlink()
    (tool := project / "node_modules" / "less").mkdir(parents=True)
    (tool / "package.json").write_text("{}")
    (panel := project / "panels" / "lamp").mkdir(parents=True)
    [code] = running_code(load_settings(panel))
    assert (code.reason, code.place) == ("build tool of its own", "../../node_modules/less")


def test_what_the_user_says_is_not_asked_about(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "devkit.toml").write_text('scenario = "evil.py:Evil"\nbrowser_path = "./chrome.sh"')
    monkeypatch.setenv("DEVKIT_BROWSER_PATH", "/usr/bin/chromium")
    settings = load_settings(project, {"scenario": "mine.py:Mine"})
    assert running_code(settings, builds=False) == ()
    assert len(running_code(load_settings(project), builds=False)) == 1


@pytest.mark.parametrize(
    "url", ["https://evil.example", "http://127.0.0.1.evil.example", "http://localhost@evil.example"]
)
def test_a_file_does_not_send_tokens_elsewhere(project: Path, url: str) -> None:
    (project / "devkit.toml").write_text(f'transport = "cloud"\ncloud_url = "{url}"')
    with pytest.raises(SettingsError, match="would get your keys"):
        load_settings(project)
    (project / "devkit.toml").write_text('cloud_url = "http://127.0.0.1:9100"')
    assert load_settings(project, {"cloud_url": url}).cloud_url == url


def test_trust_is_kept_for_the_folder_and_private(project: Path, builds: list[Path], tmp_path: Path) -> None:
    assert release("--trust").exit_code == 0
    assert release().exit_code == 0
    assert builds == [project, project]
    assert stat.S_IMODE((tmp_path / "config/trusted.json").stat().st_mode) == 0o600
    project.rename(tmp_path / "elsewhere")
    assert not trust.is_trusted(tmp_path / "elsewhere")


@pytest.mark.parametrize("variable", ["DEVKIT_TRUST", "CI"])
def test_scripts_and_ci_may_say_so_for_one_run(
    project: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    assert release().exit_code == 0
    monkeypatch.setenv(variable, "false")
    assert release().exit_code == 2
    assert builds == [project]


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_a_person_at_a_terminal_is_asked_once(
    project: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    class Sys:
        stdin = stderr = Terminal

    monkeypatch.setattr(trusting, "sys", Sys)
    done = CliRunner().invoke(main, ["release"], input=f"{answer}\n")
    assert done.exit_code == code
    assert "postcss.config.js" in done.output
    again = CliRunner().invoke(main, ["release"], input="")
    assert again.exit_code == (0 if code == 0 else 2)
    assert len(builds) == (2 if code == 0 else 0)


def test_a_project_without_code_asks_nothing(project: Path, builds: list[Path]) -> None:
    (project / "postcss.config.js").unlink()
    (project / "devkit.toml").write_text('scenario = "day.yaml"\n')
    assert release().exit_code == 0


def test_a_project_of_devkit_new_is_the_users_own(
    project: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CliRunner().invoke(main, ["new", "mine", "--yes", "--template", "ble-custom"])
    assert done.exit_code == 0, done.output
    monkeypatch.chdir(project / "mine")
    assert running_code(load_settings(project / "mine"))
    assert release().exit_code == 0


def test_every_kind_of_code_is_named_but_what_the_user_names(project: Path) -> None:
    (project / "postcss.config.js").unlink()
    (project / "package.json").write_text(json.dumps({"postcss": {"plugins": {"evil": {}}}}))
    (project / "node_modules/esbuild").mkdir(parents=True)
    (project / "node_modules/esbuild/package.json").write_text("{}")
    (project / "devkit.toml").write_text('scenario = "lamp.py"\nperipherals = ["kettle.py:Kettle"]\n')
    (project / "tests").mkdir()
    (project / "tests/conftest.py").touch()
    found = running_code(load_settings(project), tests=True)
    assert [(item.reason, item.place) for item in found] == [
        ("scenario", "lamp.py"),
        ("Bluetooth device", "kettle.py:Kettle"),
        ("PostCSS plugins of the build", "package.json"),
        ("build tool of its own", "node_modules/esbuild"),
        ("tests", "tests/conftest.py"),
    ]
    mine = load_settings(project, {"scenario": "mine.py", "peripherals": ("mine.py:Mine",)})
    assert [item.reason for item in running_code(mine, builds=False)] == []


def test_a_broken_list_of_projects_trusts_nothing(project: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    for text in ("", "[]", '{"projects": 3}', '{"projects": {"' + str(project) + '": 1}}', "[" * 100_000):
        (tmp_path / "config/trusted.json").write_text(text)
        assert not trust.is_trusted(project)
