import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.web.hosts import host_of, is_allowed_host

LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1:9000",
    "localhost:9000",
    "LOCALHOST",
    "panel.localhost",
    "[::1]:9000",
    "127.9.9.9",
]
FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:9000",
    "192.168.1.7",
    "iot.cloud.tencent.com",
    "",
    "localhost:9000:1",
    "localhost/..",
    "user@localhost",
    "local host",
    "[::1",
    "::1",
    "127.1",
    "0x7f000001",
    "2130706433",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_served(host: str) -> None:
    assert is_allowed_host(host)


@pytest.mark.parametrize("host", FOREIGN)
def test_other_hosts_are_not(host: str) -> None:
    assert not is_allowed_host(host)


def test_exposed_server_answers_to_addresses_but_not_to_names() -> None:
    assert is_allowed_host("192.168.1.7:9000", exposed=True)
    assert not is_allowed_host("evil.example", exposed=True)
    assert is_allowed_host("build-box", {"build-box"}, exposed=True)


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    if is_allowed_host(text):
        host = host_of(text)
        assert host is not None
        assert host == "localhost" or host.endswith(".localhost") or host[0] in "1:0"
