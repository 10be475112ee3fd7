"""Log-in: the SDKs' own vectors, and a refusal in words for each mistake."""

import base64
import hashlib
import hmac

import pytest

from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.login import Proof, password
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.unit.cloud.mqtt.conftest import said

SECRET = "MDEyMzQ1Njc4OWFiY2RlZg=="
NAME = "LOCALPROD1dev01;21010406;abcde;"


@pytest.mark.parametrize(
    ("expiry", "method", "right"),
    [
        ("9223372036854775807", "hmacsha1", "05b61eac2d989f7d42b7123b4a39f0e86f40b935"),
        ("2147483647", "hmacsha1", "55bbdfb6b615fb36105a7190465e2ca9da5a66f3"),
        ("1700000000", "hmacsha1", "a12dc560ca063db7c2b09d7b3e06805f618218dd"),
        (
            "9223372036854775807",
            "hmacsha256",
            "55d5087f968bc816afe3fdfff154170997954ceb742bc7d871b88146200cde1c",
        ),
        ("1700000000", "hmacsha256", "113c49ec7bd47071cdf07bcdde1d30c3d119c0385fa83cb022c4e33d28282440"),
    ],
)
def test_passwords_are_those_of_the_sdks(expiry: str, method: str, right: str) -> None:
    assert password(SECRET, NAME + expiry, method) == right


@pytest.mark.parametrize("method", ["hmacsha1", "hmacsha256"])
@pytest.mark.parametrize("level", [3, 4])
@pytest.mark.parametrize("expiry", ["2147483647", "9223372036854775807", "1700000000000", "4102444800000"])
async def test_the_sdks_log_in(home: Home, broker: Broker, method: str, level: int, expiry: str) -> None:
    firmware = Firmware(broker, home.device_id)
    assert firmware.connect(method, level=level, expiry=expiry) == 0
    assert broker.connected() == [home.device_id]


def hexed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"username": None}, 4, "no user name"),
        ({"username": "a;b"}, 4, "not clientId;appid;connid;expiry"),
        ({"username": "other;21010406;abcde;2147483647"}, 4, "of 'other'"),
        ({"password": None}, 4, "no password. C firmware in TLS key mode"),
        ({"password": b"\xff\xfe"}, 4, "does not end with ;hmacsha1"),
        ({"password": b"00;hmacsha1"}, 4, "base64-decoded?"),
        ({"client_id": ""}, 2, "0 characters"),
        ({"client_id": "x" * 81}, 2, "81 characters"),
        ({"client_id": "NOBODY0000dev"}, 2, "no ProductId of this emulator"),
        ({"client_id": "K7M2QX9D4Anone"}, 5, "has no device 'none'"),
    ],
)
async def test_refusals_are_in_the_timeline(
    home: Home, broker: Broker, change: dict[str, object], code: int, words: str
) -> None:
    firmware = Firmware(broker, home.device_id)
    assert firmware.connect(**change) == code
    assert words in said(home, "refused")
    assert firmware.wire.closed
    assert broker.connected() == []


async def test_mistakes_with_the_secret_are_named(home: Home, broker: Broker) -> None:
    username = f"{home.device_id.replace('/', '')};21010406;abcde;2147483647"
    secret = Firmware(broker, home.device_id).secret
    right = password(secret, username)
    mistakes = {
        f"{hexed(secret.encode(), username)};hmacsha1": "used as text",
        f"{right.upper()};hmacsha1": "capital hex",
        f"{right};hmacsha256": "is one of hmacsha1",
        f"{base64.b64encode(bytes.fromhex(right)).decode()};hmacsha1": "in base64",
    }
    for sent, words in mistakes.items():
        assert Firmware(broker, home.device_id).connect(password=sent.encode()) == 4
        assert words in said(home, "refused").splitlines()[-1]


async def test_an_old_expiry_and_an_unknown_version_are_refused(home: Home, broker: Broker) -> None:
    assert Firmware(broker, home.device_id).connect(expiry="1000000000") == 4
    assert "expired" in said(home, "refused")
    firmware = Firmware(broker, home.device_id)
    firmware.connection.data_received(b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc")
    assert "protocol level 5" in said(home, "refused")


async def test_a_key_of_tls_stands_for_the_password(home: Home, broker: Broker) -> None:
    client_id = home.device_id.replace("/", "")
    assert Firmware(broker, home.device_id, Proof(psk_identity=client_id)).connect(password=None) == 0
    assert Firmware(broker, home.device_id, Proof(psk_identity="other")).connect(password=None) == 5
    assert Firmware(broker, home.device_id, Proof(certificate="other")).connect(password=None) == 5
