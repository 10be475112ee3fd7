"""`devkit ca` and `devkit doctor` on a real NSS database, and the command tables of other systems."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from devkit.proxy import trust
from devkit.proxy.authority import ensure_authority


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own; nothing outside it is changed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DEVKIT_CONFIG_DIR", str(tmp_path / "config"))
    for name in ("XDG_DATA_HOME", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def nicknames(home: Path) -> str:
    database = f"sql:{home / '.pki/nssdb'}"
    done = subprocess.run(["certutil", "-d", database, "-L"], capture_output=True, text=True)
    return done.stdout


def shown() -> list[dict[str, object]]:
    return json.loads(run("ca", "show", "--json").stdout)["authorities"]


def test_nothing_is_trusted_without_a_yes(home: Path) -> None:
    result = run("ca", "install", "--store", "nss")
    assert result.exit_code == 1
    assert "certutil -d sql:" in result.output
    assert "--yes" in result.output
    assert not (home / ".pki").exists()


def test_install_show_and_uninstall(home: Path) -> None:
    assert run("ca", "show").output.startswith("No certificate authority yet")
    result = run("ca", "install", "--store", "nss", "--yes")
    assert (result.exit_code, "Trusted." in result.output) == (0, True)
    [authority] = shown()
    assert authority["hosts"] == ["developing.script", "developing.style"]
    assert authority["stores"][0] == {"name": "nss", "title": "Chromium and Chrome (NSS)", "trusted": True}
    assert str(authority["label"]) in nicknames(home)
    assert "nothing to do" in run("ca", "install", "--store", "nss").output
    assert run("ca", "uninstall", "--store", "nss", "--yes").exit_code == 0
    assert "devkit" not in nicknames(home)


def test_the_platforms_host_is_trusted_only_when_asked(home: Path) -> None:
    run("ca", "install", "--store", "nss", "--local-cloud", "--yes")
    assert [item["hosts"] for item in shown()] == [
        ["iot.cloud.tencent.com"],
        ["developing.script", "developing.style"],
    ]


def test_rotation_takes_the_old_one_out(home: Path) -> None:
    run("ca", "install", "--store", "nss", "--yes")
    [old] = shown()
    assert run("ca", "install", "--store", "nss", "--rotate", "--yes").exit_code == 0
    [new] = shown()
    assert new["label"] != old["label"]
    assert str(old["label"]) not in nicknames(home)
    assert str(new["label"]) in nicknames(home)


def test_a_stale_one_of_an_earlier_key_is_removed(home: Path) -> None:
    run("ca", "install", "--store", "nss", "--yes")
    [old] = shown()
    (home / "config/ca-panel.pem").unlink()
    run("ca", "install", "--store", "nss", "--yes")
    assert str(old["label"]) not in nicknames(home)
    assert nicknames(home).count("devkit panel CA") == 1


def test_authorities_whose_keys_are_gone_are_found_in_the_stores(home: Path) -> None:
    run("ca", "install", "--store", "nss", "--local-cloud", "--yes")
    for file in (home / "config").iterdir():
        file.unlink()
    assert nicknames(home).count("devkit") == 2
    result = run("ca", "uninstall", "--store", "nss", "--yes")
    assert (result.exit_code, "Gone." in result.output) == (0, True)
    assert "devkit" not in nicknames(home)
    assert "nothing to do" in run("ca", "uninstall", "--store", "nss", "--yes").output


def test_a_foreign_certificate_of_the_same_name_is_not_taken_for_ours(home: Path, tmp_path: Path) -> None:
    run("ca", "install", "--store", "nss", "--yes")
    authority = ensure_authority("panel")
    other = ensure_authority("panel", directory=tmp_path / "other")
    file = trust.certificate_file(other)
    database = f"sql:{home / '.pki/nssdb'}"
    for command in (
        ["-D", "-n", authority.label],
        ["-A", "-t", "C,,", "-n", authority.label, "-i", str(file)],
    ):
        subprocess.run(["certutil", "-d", database, *command], check=True)
    [shown_now] = shown()
    assert shown_now["stores"][0]["trusted"] is False


def test_an_unreadable_key_is_replaced_by_rotation_alone(home: Path) -> None:
    run("ca", "install", "--store", "nss", "--yes")
    (home / "config/ca-panel.pem").write_text("broken")
    result = run("ca", "install", "--store", "nss", "--yes")
    assert (result.exit_code, "--rotate" in result.output) == (1, True)
    assert run("ca", "install", "--store", "nss", "--rotate", "--yes").exit_code == 0
    assert nicknames(home).count("devkit panel CA") == 1


@pytest.mark.parametrize(
    ("platform", "first", "words"),
    [
        ("darwin", "security", {"add-trusted-cert", "trustRoot", "ssl"}),
        ("win32", "certutil", {"-user", "-addstore", "Root"}),
    ],
)
def test_other_systems_are_command_tables(home: Path, platform: str, first: str, words: set[str]) -> None:
    authority = ensure_authority("panel")
    [store] = trust.stores(platform, home)
    [command] = trust.install_commands(store, [authority])
    assert command[0] == first
    assert words < set(command)
    assert command[-1].endswith("ca-panel.crt")
    assert not [
        word
        for step in (*store.install, *store.uninstall)
        for word in step
        if word.format_map(_Known()) == ""
    ]


class _Known(dict[str, str]):
    """Accept the placeholders that are documented, and fail on others."""

    def __missing__(self, key: str) -> str:
        assert key in {"file", "label", "name", "sha1", "dir", "home"}
        return "x"


def test_the_system_store_of_linux_needs_rights(home: Path) -> None:
    authority = ensure_authority("panel")
    system = next(store for store in trust.stores("linux", home) if store.name == "system")
    commands = trust.install_commands(system, [authority])
    assert commands[-1][-1] == "update-ca-certificates"
    if os.geteuid():
        assert {command[0] for command in commands} == {"sudo"}


def test_the_doctor_finds_what_is_wrong(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        port, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        result = run("doctor", "--json", "--port", str(port), "--proxy-port", str(free))
    report = json.loads(result.stdout)
    findings = {item["name"]: item for item in report["findings"]}
    assert (result.exit_code, report["ok"]) == (1, False)
    assert findings["port"]["state"] == "blocks"
    assert "--port" in findings["port"]["fix"]
    assert findings["proxy port"]["state"] == "ok"
    assert "devkit ca install" in findings["certificate authority"]["fix"]


@pytest.mark.parametrize(
    ("variable", "state", "words"),
    [
        ("http://proxy.example:3128", "ok", "proxy.example:3128"),
        ("http://127.0.0.1:8899", "warning", "own proxy"),
        ("ftp://proxy.example", "blocks", "not the address"),
        ("http://proxy.example/auto.pac", "blocks", "PAC"),
    ],
)
def test_the_doctor_reads_the_proxy_variables(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, state: str, words: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", variable)
    findings = json.loads(run("doctor", "--json", "--proxy-port", "8899").stdout)["findings"]
    assert [item["state"] for item in findings if words in item["text"]] == [state]


def test_the_doctor_reports_a_broken_authority(home: Path) -> None:
    ensure_authority("panel").file.chmod(0o644)
    result = run("doctor")
    assert result.exit_code == 1
    assert "open to other users" in result.output
    assert "--rotate" in result.output
