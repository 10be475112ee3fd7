"""devkit device guide: what firmware needs, with the triple of the sandbox."""

import base64
import hashlib
import hmac
import re
import ssl
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
    for words in (
        "C SDK",
        "PubSubClient",
        "TXDataTemplateClient",
        "tencent-iot-device",
        "K7M2QX9D4A",
        "192.168.1.20",
    ):
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


def test_who_can_reach_the_broker_is_said() -> None:
    assert "Without --host the broker listens on this machine alone" in guide("c")
    assert "Without --host" not in guide("c", "--host", "192.168.1.20")
    told = guide("--qr", "--host", "192.168.1.20")
    assert "mqtt://192.168.1.20:1883?productId=K7M2QX9D4A" in told


def test_certificates_are_written_for_firmware(tmp_path: Path) -> None:
    told = guide("--certificates", "certs")
    (device,) = (tmp_path / "certs").glob("K7M2QX9D4A*_cert.crt")
    assert str(device.name) in told
    client_id = device.name.removesuffix("_cert.crt")
    assert (tmp_path / "certs" / f"{client_id}_private.key").stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=str(tmp_path / "certs" / "devices-ca.crt"))
    context.load_cert_chain(device, tmp_path / "certs" / f"{client_id}_private.key")
    assert device.name in guide("c")


def test_an_unknown_kind_is_refused() -> None:
    result = CliRunner().invoke(main, ["device", "guide", "cobol"])
    assert result.exit_code == 2
    assert "arduino" in result.output


@pytest.mark.parametrize(
    ("host", "words"), [("127.0.0.1", "without --host"), ("192.0.2.7", "guide --host 192.0.2.7")]
)
def test_a_run_says_where_devices_connect_in_even_columns(host: str, words: str) -> None:
    from devkit.app.events import DevicesReady
    from devkit.cli.output import device_lines

    urls = [f"mqtt://{host}:1883", f"mqtts://{host}:8883", f"http://{host}:40000", f"https://{host}:40001"]
    told = device_lines(DevicesReady(*urls, "P", "d", "secret"))
    assert words in told
    columns = {len(line) - len(re.split(r"  +", line)[-1]) for line in told.splitlines()[:4]}
    assert len(columns) == 1
