import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.transport.endpoint import Endpoint
from devkit.web.hosts import PANEL_HOSTS, REGIONS, host_of, is_allowed_host, is_loopback, leads_here
from devkit.web.origins import PANEL_SITES, is_allowed_origin

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


@pytest.mark.parametrize(
    ("host", "loopback", "here"),
    [
        ("127.1.2.3", True, True), ("LOCALHOST", True, True), ("a.localhost", True, True),
        ("::1", True, True), ("[::1]", True, True), ("::ffff:127.0.0.1", True, True),
        ("localhost.", True, True), ("0.0.0.0", False, True), ("::", False, True), ("[::]", False, True),
        ("fe80::1%lo", False, False), ("10.0.0.1", False, False), ("localhost.example", False, False),
        ("", False, False), ("::ffff:0.0.0.0", False, True),
    ],
)  # fmt: skip
def test_loopback_has_one_meaning_and_what_leads_here_another(host: str, loopback: bool, here: bool) -> None:
    assert (is_loopback(host), leads_here(host)) == (loopback, here)


@given(st.text(max_size=40))
def test_loopback_leads_here(host: str) -> None:
    assert leads_here(host) or not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "panel.localhost", "[::1]"])
def test_host_origin_and_cloud_agree_about_loopback(host: str) -> None:
    assert is_allowed_host(f"{host}:9000")
    assert is_allowed_origin(f"http://{host}:9000")
    assert Endpoint.of("mainland", f"http://{host}:9100").loopback


def test_pages_of_each_region_are_trusted_and_no_panel_host_is_answered_by_default() -> None:
    assert set(REGIONS.values()) == PANEL_SITES
    assert not any(map(is_allowed_host, PANEL_HOSTS))
    assert all(is_allowed_host(host, PANEL_HOSTS) for host in PANEL_HOSTS)
