"""Addresses that users and environments give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import ProxyError
from devkit.proxy.options import ProxyOptions, Upstream, bypasses, check_mirror, find_upstream


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy.example:3128", Upstream("proxy.example", 3128)),
        ("proxy.example:3128", Upstream("proxy.example", 3128)),
        ("https://proxy.example", Upstream("proxy.example", 443, tls=True)),
        ("http://[::1]:8080", Upstream("::1", 8080)),
        ("http://a:b@p.example", Upstream("p.example", 80, credentials="Basic YTpi")),
    ],
)
def test_upstream_addresses(text: str, expected: Upstream) -> None:
    assert Upstream.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "socks5://p.example:1", "http://", "http://p.example:99999", "http://:80", "a b"]
)
def test_other_addresses_are_named(text: str) -> None:
    with pytest.raises(ProxyError, match="--upstream"):
        Upstream.parse(text)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(ProxyError) as caught:
        Upstream.parse("ftp://user:hunter2@p.example")
    assert "hunter2" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    try:
        found = Upstream.parse(text)
    except ProxyError:
        return
    assert found.host
    assert 0 < found.port < 65536
    assert "\n" not in found.credentials


def test_the_flag_beats_the_environment_and_the_proxy_itself_is_left_out() -> None:
    environ = {"HTTPS_PROXY": "http://127.0.0.1:8899"}
    assert find_upstream(ProxyOptions(), environ) is None
    assert find_upstream(ProxyOptions(port=8900), environ) == Upstream("127.0.0.1", 8899)
    assert find_upstream(ProxyOptions(upstream="http://a.example:1"), environ) == Upstream("a.example", 1)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("a.internal", True),
        ("x.a.internal", True),
        ("b.example", False),
    ],
)
def test_no_proxy(host: str, expected: bool) -> None:
    assert bypasses(host, {"NO_PROXY": ".internal,c.example"}) is expected


def test_a_mirror_needs_a_server() -> None:
    check_mirror({"a.example": "http://127.0.0.1:8080/"})
    with pytest.raises(ProxyError, match=r"a\.example"):
        check_mirror({"a.example": "http://127.0.0.1:8080/path"})
