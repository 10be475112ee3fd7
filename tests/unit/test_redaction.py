"""Secrets planted in every shape do not get through, and what is none stays as it is."""

import base64
import json
import logging
import stat
import string
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit import log
from devkit.cloud.store.schema import USERS
from devkit.cloud.store.sqlite import SqliteStore
from devkit.redaction import MASK, is_secret_name, redact, redacted
from devkit.testing.run import report

NAMES = [
    "AccessToken", "access_token", "Token", "token3rd", "AppSecret", "app-secret", "AppKey", "Signature",
    "psk", "ShareDeviceToken", "refreshToken", "clientSecret", "X-Token", "password", "session_key",
    "control_token", "PhoneNumber", "originPhoneNumber", "WxOpenID",
]  # fmt: skip
SECRET_JSON = '{"Signature": "s3cr3t-s3cr3t"}'
TOKEN = st.text(string.ascii_letters + string.digits + "-_", min_size=16, max_size=40)
HEADERS = ["Authorization", "Cookie", "Set-Cookie", "proxy-authorization"]


def plants(name: str, secret: str) -> dict[str, Any]:
    """Return {shape: something with the secret in it}."""
    fields = {"Action": "x", name: secret, "ProductId": "K7M2QX9D4A"}
    text = json.dumps(fields)
    return {
        "json": fields,
        "json text": text,
        "json with blanks": json.dumps(fields, indent=2),
        "json in json": {"body": text},
        "json in json in json": {"body": json.dumps({"inner": text})},
        "json in a line": f"answer {text} came",
        "json in json in a line": f"answer {json.dumps({'body': text})} came",
        "percent-encoded json": f"https://h/p?data={quote(text)}&x=1",
        "wholly percent-encoded json": quote(text, safe=""),
        "query": f"https://h/p?a=1&{name}={secret}&b=2",
        "form": urlencode(fields),
        "fields of a HAR": {"headers": [{"name": name, "value": secret}]},
        "representation": repr(fields),
        "assignment": f"{name} = {secret}",
        "yaml": f"{name}: {secret}",
        "list": [[{name: [secret]}]],
        "base64 of json": base64.b64encode(text.encode()).decode(),
        "html": f"<p>{name}=&quot;x&quot; {name}={secret}</p>",
    }


SHAPES = sorted(plants("Token", "x"))


@given(st.sampled_from(NAMES), TOKEN, st.sampled_from(SHAPES), st.integers(0, 3))
def test_a_planted_secret_is_found(name: str, secret: str, shape: str, wrapped: int) -> None:
    planted: Any = plants(name, secret)[shape]
    for _ in range(wrapped):
        planted = {"data": json.dumps(planted), "list": [planted]}
    clean = redacted(planted)
    assert secret not in json.dumps(clean)
    assert redacted(clean) == clean


@given(st.sampled_from(HEADERS), st.sampled_from(["", "Basic ", "Bearer ", "id="]), TOKEN)
def test_headers_are_found(name: str, scheme: str, secret: str) -> None:
    for text in (
        f"{name}: {scheme}{secret}\r\nHost: h",
        json.dumps({name: scheme + secret}),
        repr({name: scheme + secret}),
    ):
        assert secret not in redact(text), text
    assert "Host: h" in redact(f"{name}: {scheme}{secret}\r\nHost: h")


@given(st.sampled_from(["1380013", "1991234", "+861380013", "861380013"]), st.integers(1000, 9999))
def test_phone_numbers_keep_their_ends_alone(start: str, end: int) -> None:
    number = f"{start}{end}"
    for text in (f"call {number} now", json.dumps({"note": number}), f"phone={number}"):
        assert number not in redact(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgresql://me:pw@db/x", f"postgresql://{MASK}@db/x"),
        ("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF-_1 b", f"a {MASK} b"),
        ("Cookie: a=1; b=2", f"Cookie: {MASK}"),
        ("it costs 13800138000000 ms", "it costs 13800138000000 ms"),
        ('{"clientToken": "abc", "id": 7}', '{"clientToken": "abc", "id": 7}'),
        ("the token is of another user", "the token is of another user"),
        ('{"AccessToken": ""}', '{"AccessToken": ""}'),
        ("tokens: 3", "tokens: 3"),
    ],
)
def test_examples(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_names() -> None:
    assert all(is_secret_name(name) for name in NAMES)
    assert not any(
        is_secret_name(name) for name in ("clientToken", "ProductId", "Key", "TokenState", "design")
    )


@given(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_nothing_breaks_it(text: str, data: Any) -> None:
    assert isinstance(redact(text), str)
    json.dumps(redacted(data))


def test_it_does_not_give_up_at_depth_or_length() -> None:
    deep: Any = {"Token": "s3cr3t-s3cr3t-s3cr3t"}
    for _ in range(200):
        deep = [deep]
    assert "s3cr3t" not in json.dumps(redacted(deep))
    assert "s3cr3t" not in redact("x" * 200_000 + " Token=s3cr3t " + "%7B" * 10_000)


def test_logs_hide_secrets_in_messages_arguments_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    formatter = log.RedactingFormatter("%(message)s")
    try:
        raise ValueError('{"AccessToken": "s3cr3t-s3cr3t"}')
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x",
            logging.ERROR,
            "f",
            1,
            "got %s",
            ({"Signature": "s3cr3t-s3cr3t"},),
            sys.exc_info(),
        )
    text = formatter.format(record)
    assert "s3cr3t" not in text
    assert "ValueError" in text


def test_a_report_shows_no_secret_and_is_private(tmp_path: Path) -> None:
    row = report.Row("test_x", "failed", message="AccessToken=s3cr3t-s3cr3t", sections=[("log", SECRET_JSON)])
    report.write(tmp_path / "out" / "report.html", "Tests", [row], 1.0)
    file = tmp_path / "out" / "report.html"
    assert "s3cr3t" not in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_sandbox_is_private(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / ".devkit" / "cloud.db")
    with store.transaction() as tx:
        tx.count(USERS, {})
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / ".devkit").iterdir()}
    store.close()
    assert modes == {0o600}
