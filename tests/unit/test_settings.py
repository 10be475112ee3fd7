"""Flags beat variables beat devkit.toml beat defaults; bad values are named."""

from pathlib import Path

import pytest

from devkit.design import PxToViewport
from devkit.errors import SettingsError
from devkit.settings import SETTINGS, load_settings


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={})
    assert settings.port == 9000
    assert settings.project == tmp_path
    assert settings.path("model") == tmp_path / "thing-model.json"


def test_rank(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text('port = 9001\nproxy_port = 9002\nproduct_id = "FILE"\n')
    environ = {"DEVKIT_PROXY_PORT": "9003", "DEVKIT_PRODUCT_ID": "ENV"}
    settings = load_settings(tmp_path, {"product_id": "FLAG", "lang": None}, environ)
    assert (settings.port, settings.proxy_port, settings.product_id, settings.lang) == (
        9001,
        9003,
        "FLAG",
        "en",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 70000", ["port", "70000", "65535"]),
        ('port = "x"', ["port", "'x'"]),
        ("port = true", ["port", "True"]),
        ("prot = 1", ["'prot'", "port"]),
        ('lang = "fr"', ["lang", "'fr'", "zh"]),
        ("alias = 3", ["alias", "3"]),
        ("port = = 1", ["devkit.toml:1:8: this is not TOML: Invalid value"]),
        ("lang = 'en'\n\nentry =\n", ["devkit.toml:3:8: this is not TOML: Invalid value"]),
        ("lang = 'en'\nport = 70000\n", ["devkit.toml:2: port"]),
        ("sourcemap = 3", ["sourcemap", "true or false"]),
    ],
)
def test_bad_file(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "devkit.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environ={})
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_booleans_from_the_environment(tmp_path: Path) -> None:
    assert load_settings(tmp_path, environ={"DEVKIT_SOURCEMAP": "no"}).sourcemap is False
    with pytest.raises(SettingsError, match="DEVKIT_SOURCEMAP"):
        load_settings(tmp_path, environ={"DEVKIT_SOURCEMAP": "maybe"})


def test_every_default_fits_its_own_row() -> None:
    for setting in SETTINGS:
        assert setting.convert(setting.default, "default") == setting.default
        assert setting.help.endswith(".")


def test_px_to_viewport_is_a_width_or_a_table(tmp_path: Path) -> None:
    file = tmp_path / "devkit.toml"
    file.write_text("px_to_viewport = 375")
    assert load_settings(tmp_path, environ={}).px_to_viewport == PxToViewport(375)
    file.write_text(
        'px_to_viewport = { width = 750, packages = { "antd-mobile" = 375, ui = 0 }, exclude = ["lib"] }'
    )
    found = load_settings(tmp_path, environ={}).px_to_viewport
    assert found == PxToViewport(750, {"antd-mobile": 375, "ui": 0}, ("lib",))
    assert found.all_packages()["vant"] == 375
    assert load_settings(tmp_path, environ={"DEVKIT_PX_TO_VIEWPORT": "320"}).px_to_viewport == PxToViewport(
        320
    )


@pytest.mark.parametrize(
    "text", ["-1", "true", '"wide"', "{ with = 3 }", "{ packages = 3 }", "{ packages = { a = 'b' } }",
             "{ exclude = [3] }", "20000"],
)  # fmt: skip
def test_a_bad_px_to_viewport_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "devkit.toml").write_text(f"px_to_viewport = {text}")
    with pytest.raises(SettingsError, match="px_to_viewport"):
        load_settings(tmp_path, environ={})


@pytest.mark.parametrize(
    "line",
    [
        'out = "../dist"',
        'out = "/etc"',
        'out = "link/dist"',
        'record = "/tmp/x.jsonl"',
        'replay = "../x.jsonl"',
        'db = "sqlite:///../other.db"',
        'db = "sqlite:////tmp/other.db"',
    ],
)
def test_a_project_file_cannot_lead_out_of_the_project(tmp_path: Path, line: str) -> None:
    project = tmp_path / "panel"
    project.mkdir()
    (project / "link").symlink_to(tmp_path)
    (project / "devkit.toml").write_text(line)
    with pytest.raises(SettingsError, match="outside the project"):
        load_settings(project)


def test_a_link_cannot_lead_out_of_the_project_but_the_user_can(tmp_path: Path) -> None:
    project = tmp_path / "panel"
    project.mkdir()
    (project / "dist").symlink_to(tmp_path)
    with pytest.raises(SettingsError, match="outside the project"):
        load_settings(project)
    (project / "dist").unlink()
    assert load_settings(project, {"out": "../dist"}).path("out") == tmp_path / "dist"
    (project / ".devkit").symlink_to(tmp_path)
    with pytest.raises(SettingsError, match="link out of the project"):
        load_settings(project)


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text("port = " + "9" * 5000, "utf-8")
    with pytest.raises(SettingsError, match="number in it is too long"):
        load_settings(tmp_path, environ={})
