import pytest

from devkit.web.fetch_site import is_foreign

OWN, SITE, EVIL = "127.0.0.1:9000", "https://iot.cloud.tencent.com", "https://evil.example"


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "script"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, False),
        ({"sec-fetch-site": "cross-site", "origin": SITE}, False),
        ({"sec-fetch-site": "cross-site", "origin": EVIL}, True),
        ({"sec-fetch-site": "cross-site", "origin": "null"}, True),
        ({"sec-fetch-site": "cross-site", "referer": f"{SITE}/h5panel"}, False),
        ({"sec-fetch-site": "cross-site", "referer": f"{EVIL}/{SITE}"}, True),
        ({"referer": f"{EVIL}/"}, True),
        ({"referer": "http://[broken"}, True),
        ({"referer": "http://localhost:5173/"}, False),
        ({"origin": EVIL}, False),
        ({"host": "developing.script", "sec-fetch-site": "cross-site"}, True),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "sec-fetch-dest": "script"}, False),
        ({"host": "developing.style", "sec-fetch-site": "cross-site", "sec-fetch-dest": "style"}, False),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "sec-fetch-dest": "object"}, True),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "sec-fetch-dest": "empty"}, True),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "sec-fetch-dest": "worker"}, True),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "referer": f"{EVIL}/"}, True),
        ({"host": "developing.script", "sec-fetch-site": "cross-site", "referer": f"{SITE}/"}, False),
    ],
)
def test_who_is_foreign(headers: dict[str, str], foreign: bool) -> None:
    given = {"host": OWN, **headers}
    assert is_foreign({name.encode(): value for name, value in given.items()}) is foreign


def test_a_form_of_another_site_is_foreign() -> None:
    asked = {b"host": OWN.encode().decode(), b"sec-fetch-site": "cross-site", b"sec-fetch-dest": "document"}
    assert is_foreign(asked, "POST")
