import json
import re

from hypothesis import given
from hypothesis import strategies as st

from devkit.devserver.host_page import HostPage, script_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_data_stays_data_inside_a_script(value: object) -> None:
    text = script_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


@given(st.text())
def test_no_name_breaks_out_of_the_page(name: str) -> None:
    page = HostPage({"panelData": {"deviceDisplayName": name}}, ("/index.js",), "/index.css", name).render()
    assert page.count("<script") == 3
    title = re.search(r"<title>([^<]*)</title>", page)
    assert title is not None


def test_order_is_that_of_the_real_page() -> None:
    page = HostPage({"panelData": {}}, ("/__devkit/runtime.js", "/index.js"), "/index.css").render()
    marks = [
        "/index.css",
        'id="app"',
        'id="explorer-device-detail-container"',
        'id="explorer-modal-overlay"',
        "window.PANEL_DATA",
        "/__devkit/runtime.js",
        'src="/index.js"',
    ]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)
