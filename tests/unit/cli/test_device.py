"""devkit device guide: what firmware needs, with the triple of the sandbox."""

import base64
import hashlib
import hmac
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.cli.main import main
from tests.helpers.models import LAMP_TEXT


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)


def guide(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["device", "guide", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_kind_names_the_device_and_the_machine() -> None:
    told = guide("--host", "192.168.1.20")
    for words in ("C SDK", "PubSubClient", "serverURI", "tencent-iot-device", "K7M2QX9D4A", "192.168.1.20"):
        assert words in told


def test_the_password_of_a_sketch_is_right() -> None:
    told = guide("arduino", "--mqtt-port", "1999")
    assert "1999" in told
    user = re.search(r'"(\S+;\d+;\w+;\d+)"', told)
    signed = re.search(r'"(\w+);hmacsha1"', told)
    secret = re.search(r'"deviceSecret": "([^"]+)"', guide("c"))
    assert user
    assert signed
    assert secret
    right = hmac.new(base64.b64decode(secret[1]), user[1].encode(), hashlib.sha1).hexdigest()
    assert signed[1] == right


def test_an_unknown_kind_is_refused() -> None:
    result = CliRunner().invoke(main, ["device", "guide", "cobol"])
    assert result.exit_code == 2
    assert "arduino" in result.output
