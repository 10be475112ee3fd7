"""Source maps: places, stacks, and input that is no map."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from devkit.source_map import LiveMap, SourceMap

MAP = json.dumps({"version": 3, "sources": ["../src/app.jsx"], "mappings": "AAAA;AACA,SAASA", "names": ["x"]})


def test_a_place_is_found_and_a_stack_rewritten() -> None:
    decoded = SourceMap(MAP)
    assert str(decoded.place(1, 1)) == "src/app.jsx:1:1"
    assert str(decoded.place(2, 12)) == "src/app.jsx:2:10"
    assert decoded.place(9, 1) is None
    stack = (
        "at f (https://developing.script/developing.js:2:12)\nat https://developing.script/developing.js:7:1"
    )
    assert decoded.rewrite(stack, "panel.js") == "at f (src/app.jsx:2:10)\nat panel.js:7:1"


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80), st.builds(
    lambda text: json.dumps({"mappings": text, "sources": ["a"]}), st.text(max_size=60))))  # fmt: skip
def test_any_bytes_make_a_map_that_finds_nothing_wrong(text: bytes | str) -> None:
    decoded = SourceMap(text)
    for line in range(4):
        decoded.place(line, 5)
    assert decoded.rewrite("no frame") == "no frame"


def test_frames_of_the_panels_own_code_come_first() -> None:
    names = ["../node_modules/react/index.js", "webpack://panel/./src/app.jsx"]
    text = json.dumps({"sources": names, "mappings": "AAAA;ACAA", "sourcesContent": ["lib", "own\n"]})
    decoded = SourceMap(text)
    stack = "at r (http://127.0.0.1:9000/index.js:1:1)\nat a (http://127.0.0.1:9000/index.js?v=2:2:1)"
    assert [place.source for place in decoded.frames(stack)] == ["src/app.jsx", "node_modules/react/index.js"]
    assert decoded.content("src/app.jsx") == "own\n"
    assert decoded.content("nothing") == ""
    assert decoded.frames("at x (http://127.0.0.1:9000/__devkit/host.js:1:1)") == []
    assert decoded.rewrite("f@http://h/index.js:2:1") == "f@src/app.jsx:1:1"


def test_frames_of_modules_that_pages_run_anew_are_found_by_their_own_maps() -> None:
    own = json.dumps({"sources": ["/src/Card.vue?vue"], "mappings": ";AACA", "sourcesContent": ["a\nb\n"]})
    inline = base64.b64encode(own.encode()).decode()
    code = f"one\ntwo\n//# sourceMappingURL=data:application/json;base64,{inline}\n"
    sent = [{"id": "src/Card.vue?vue", "code": code}, {"id": "a.js", "code": ""}]
    updates = {"tag1": json.dumps(sent).encode()}
    decoded = LiveMap(MAP, updates)
    stack = """Error: stop
    at Proxy.render (http://127.0.0.1:9000/hot/src/Card.vue?vue?v=tag1:2:1)
    at f (http://127.0.0.1:9000/index.js:1:1)
    at g (http://127.0.0.1:9000/hot/a.js?v=tag1:1:1)
    at h (http://127.0.0.1:9000/hot/src/index.js?v=gone:1:1)"""
    assert [str(place) for place in decoded.frames(stack)] == ["src/Card.vue:2:1", "src/app.jsx:1:1"]
    assert decoded.content("src/Card.vue") == "a\nb\n"
    assert "at Proxy.render (src/Card.vue:2:1)" in decoded.rewrite(stack)


def test_frames_of_what_keeps_modules_come_last() -> None:
    names = ["../lib/devkit/build/worker/hot/vue.mjs", "../src/app.jsx"]
    decoded = SourceMap(json.dumps({"sources": names, "mappings": "AAAA;ACAA"}))
    stack = "at r (http://127.0.0.1:9000/index.js:1:1)\nat a (http://127.0.0.1:9000/index.js:2:1)"
    assert next(place.source for place in decoded.frames(stack)) == "src/app.jsx"
