"""devkit cloud, call and pull, run as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from tests.helpers.models import LAMP_ID, LAMP_TEXT

MAIN = "from devkit.cli.entry import main; main()"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    (tmp_path / "devkit.toml").write_text('device_name = "lamp01"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("DEVKIT_ACCESS_TOKEN", "DEVKIT_CLOUD_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert (result.exit_code != 0) == fails, result.output
    return result


def call(action: str, **params: Any) -> Any:
    return json.loads(run("call", action, json.dumps(params)).stdout)


def test_calls_work_on_a_sandbox_that_stays(project: Path) -> None:
    call("AppControlDeviceData", DeviceId=LAMP_ID, Data='{"brightness":42}')
    data = json.loads(call("AppGetDeviceData", DeviceId=LAMP_ID)["Data"])
    assert data["brightness"]["Value"] == 42
    assert (project / ".devkit" / "cloud.db").is_file()


def test_a_refusal_is_told_with_its_code(project: Path) -> None:
    result = run("call", "AppGetDeviceData", '{"DeviceId":"a/b"}', fails=True)
    assert "InvalidParameterValue: There is no device a/b." in result.output
    assert result.exit_code == 1
    assert run("call", "AppGetUser", "[1]", fails=True).exit_code == 2
    assert "PARAMS" in run("call", "AppGetUser", "{", fails=True).output


def test_export_reset_and_import(project: Path) -> None:
    call("AppControlDeviceData", DeviceId=LAMP_ID, Data='{"brightness":42}')
    run("cloud", "export", "copy.json")
    run("cloud", "reset", "--yes")
    assert json.loads(call("AppGetDeviceData", DeviceId=LAMP_ID)["Data"])["brightness"]["Value"] == 1
    run("cloud", "import", "copy.json", "--yes")
    assert json.loads(call("AppGetDeviceData", DeviceId=LAMP_ID)["Data"])["brightness"]["Value"] == 42
    call("AppControlDeviceData", DeviceId=LAMP_ID, Data='{"brightness":43}')
    assert json.loads(run("cloud", "export").stdout)["schema"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no export"),
        ("[]", "no export"),
        ('{"schema": 99, "tables": {}}', "schema version 99"),
        ('{"schema": 1, "tables": {"x": []}}', "tables that a sandbox does not have"),
        ('{"schema": 1, "tables": {"users": [{}]}}', "not complete"),
        ('{"schema": 1, "tables": {"apps": [{"app_key": 5, "app_secret": "", "name": ""}]}}', "must be text"),
    ],
)
def test_what_is_no_export_changes_nothing(project: Path, text: str, message: str) -> None:
    call("AppControlDeviceData", DeviceId=LAMP_ID, Data='{"brightness":42}')
    (project / "copy.json").write_text(text)
    assert message in run("cloud", "import", "copy.json", "--yes", fails=True).output
    assert json.loads(call("AppGetDeviceData", DeviceId=LAMP_ID)["Data"])["brightness"]["Value"] == 42


def test_another_device_moves_in(project: Path) -> None:
    run("cloud", "seed")
    output = run("cloud", "seed", "--device-name", "lamp02", "--display-name", "second").output
    assert "K7M2QX9D4A/lamp02" in output
    families = call("AppGetFamilyList")["FamilyList"]
    devices = call("AppGetFamilyDeviceList", FamilyId=families[0]["FamilyId"])["DeviceList"]
    assert [device["DeviceName"] for device in devices] == ["lamp01", "lamp02"]


def test_a_sandbox_in_memory_leaves_no_file(project: Path) -> None:
    output = run("call", "AppGetUser", "--db", "memory").stdout
    assert json.loads(output)["Data"]["NickName"] == "小美"
    assert not (project / ".devkit").exists()


def test_a_broken_model_and_a_broken_database_are_named(project: Path) -> None:
    (project / "thing-model.json").write_text("{", "utf-8")
    assert "thing-model.json:1:2:" in run("call", "AppGetUser", fails=True).output
    assert (
        "no/such"
        in run("call", "AppGetUser", "--db", "sqlite:///thing-model.json/no/such/x.db", fails=True).output
    )


@pytest.fixture
def server(project: Path) -> Iterator[dict[str, Any]]:
    """`devkit cloud serve` as a process of its own; yields its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "cloud", "serve", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (130, "", "")


def test_serve_call_and_pull_over_http(
    server: dict[str, Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (server["event"], server["device_id"]) == ("ready", LAMP_ID)
    monkeypatch.setenv("DEVKIT_ACCESS_TOKEN", server["access_token"])
    monkeypatch.setenv("DEVKIT_CLOUD_URL", server["url"])
    user = json.loads(run("call", "--transport", "cloud", "AppGetUser").stdout)
    assert user["Data"]["NickName"] == "小美"
    (project / "thing-model.json").write_text('{"properties":[{"id":"old","define":{"type":"bool"}}]}')
    output = run("pull", "--product-id", "K7M2QX9D4A").output
    assert "9 properties, 9 new, 1 gone" in output
    pulled = json.loads((project / "thing-model.json").read_text("utf-8"))
    assert pulled["properties"] == json.loads(LAMP_TEXT)["properties"]
    assert "no product NONE" in run("pull", "--product-id", "NONE", fails=True).output
    assert "Which product?" in run("pull", fails=True).output


def test_a_taken_port_is_named(server: dict[str, Any], project: Path) -> None:
    port = server["url"].rsplit(":", 1)[1]
    result = run("cloud", "serve", "--port", port, fails=True)
    assert f"Port {port} is taken by" in result.output
