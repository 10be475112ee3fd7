"""A project that nobody trusts takes nothing of this computer into its panel."""

from pathlib import Path

import pytest

from devkit.build.env import load_env
from devkit.build.project.fence import check_inputs
from devkit.errors import BuildError
from devkit.trust import trust


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (project := tmp_path / "repo" / "panel").mkdir(parents=True)
    for folder in ("repo", "tools", "repo/panel", ".", "node_modules/lib"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "file.json").write_text("{}")
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    for name in ("CI", "DEVKIT_TRUST"):
        monkeypatch.delenv(name, raising=False)
    return project


@pytest.mark.parametrize(
    ("file", "repository", "fits"),
    [
        ("repo/panel/file.json", False, True),
        ("tools/file.json", False, True),
        ("node_modules/lib/file.json", False, True),
        ("repo/file.json", True, True),
        ("repo/file.json", False, False),
        ("file.json", True, False),
        ("repo/panel-of-another/../../file.json", False, False),
    ],
)
def test_what_may_become_a_part_of_a_panel(
    project: Path, tmp_path: Path, file: str, repository: bool, fits: bool
) -> None:
    if repository:
        (tmp_path / "repo" / ".git").mkdir()
    inputs = [(tmp_path / file).resolve()]
    if fits:
        check_inputs(project, inputs, tmp_path / "tools")
        return
    with pytest.raises(BuildError, match="outside the project") as caught:
        check_inputs(project, inputs, tmp_path / "tools")
    assert "--trust" in caught.value.diagnostics[0].hint
    trust(project)
    check_inputs(project, inputs, tmp_path / "tools")


def test_variables_of_the_shell_are_no_strangers(project: Path) -> None:
    (project / ".env").write_text("PANEL_A=$CLOUD_KEY\nPANEL_B=${npm_package_name:-none}\n")
    taken, said = load_env(project, "development", "PANEL_", {"CLOUD_KEY": "secret"}, trusted=False)
    assert taken == {"PANEL_A": "", "PANEL_B": "none"}
    assert "CLOUD_KEY" in said[0]["text"]
    assert load_env(project, "development", "PANEL_", {"CLOUD_KEY": "x"})[0]["PANEL_A"] == "x"


def test_a_linked_env_file_is_not_read(project: Path, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("aws_key = secret\n")
    (project / ".env").symlink_to(tmp_path / "credentials")
    assert load_env(project, "development", "aws_", {}, trusted=False) == ({}, [])
