import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.web.origins import cors_headers, is_allowed_origin, preflight_headers

GOOD = [
    "https://iot.cloud.tencent.com",
    "http://127.0.0.1:9000",
    "http://localhost:5173",
    "https://localhost",
    "http://[::1]:9000",
]
BAD = [
    "",
    "null",
    "*",
    "https://evil.example",
    "http://iot.cloud.tencent.com",
    "https://iot.cloud.tencent.com.evil.example",
    "https://iot.cloud.tencent.com:8443",
    "https://127.0.0.1.evil.example",
    "http://user@127.0.0.1:9000",
    "http://127.0.0.1:9000/path",
    "file://",
    "chrome-extension://abcdef",
    "http://[::1",
    "http://192.168.1.7:9000",
]


@pytest.mark.parametrize("origin", GOOD)
def test_panel_site_and_loopback_may_read(origin: str) -> None:
    assert cors_headers(origin) == {"access-control-allow-origin": origin}


@pytest.mark.parametrize("origin", BAD)
def test_others_may_not(origin: str) -> None:
    assert cors_headers(origin) == {}
    assert preflight_headers(origin) == {}


def test_a_page_of_the_same_host_is_trusted() -> None:
    assert is_allowed_origin("http://192.168.1.7:9000", "192.168.1.7:9000")
    assert not is_allowed_origin("http://192.168.1.7:9001", "192.168.1.7:9000")
    assert not is_allowed_origin("http://evil.example", "192.168.1.7:9000")


@given(st.text(max_size=60))
def test_any_text_gets_an_answer_that_is_never_a_star(origin: str) -> None:
    assert "*" not in cors_headers(origin).values() or is_allowed_origin(origin)
    assert cors_headers("*") == {}
