import ast
import json
import re
import tomllib

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from devkit.errors import ScaffoldError
from devkit.scaffold.render import Renderer, to_code, to_js, to_json, to_markdown, to_toml

NASTY = """'"`\\ {{ 1 }} ${x} [[ y ]] [% z %] </script> 中文 \u2028\x00\x7f\x85\r\n*/ -- # 🎉"""
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def render(source: str, *, name: str = "file.txt", typed: bool = False, **values: object) -> str:
    return Renderer({name: source.encode()}, values, typed=typed).render(name)


def javascript_value(literal: str) -> str:
    """Read a JavaScript string; all that it escapes but the slash means the same in Python."""
    return str(
        ast.literal_eval(re.sub(r"\\(.)", lambda match: "/" if match[1] == "/" else match[0], literal))
    )


@example('</script>\\/\\"')
@given(texts)
def test_filters_keep_the_value(value: str) -> None:
    assert json.loads(to_json(value)) == value
    assert tomllib.loads(f"x = {to_toml(value)}")["x"] == value
    assert javascript_value(to_js(value)) == value
    if "\\u" not in to_json(value):  # YAML has no surrogate pairs, and bars some characters outright
        assert yaml.safe_load(to_json(value)) == value


def test_a_nasty_value_is_one_value_everywhere() -> None:
    assert json.loads(to_json(NASTY)) == NASTY
    assert tomllib.loads(f"x = {to_toml(NASTY)}") == {"x": NASTY}
    assert yaml.safe_load(f"x: {to_json(NASTY)}") == {"x": NASTY}
    assert "</script" not in to_js(NASTY)


@given(texts)
def test_javascript_stays_javascript(value: str) -> None:
    from esbuild_py import transform

    assert transform(f"f({to_js(value)}, {to_json(value)});").startswith("f(")


@given(texts)
def test_markdown_is_one_plain_line(value: str) -> None:
    line = to_markdown(value)
    assert line.isprintable()
    assert "<" not in line.replace("\\<", "")


def test_a_value_is_not_a_template() -> None:
    assert render("x = [[ x | json ]]", x="[[ 1 + 1 ]]") == 'x = "[[ 1 + 1 ]]"'


def test_braces_of_panels_stay() -> None:
    source = "<p style={{ a: 1 }}>{{ name }}</p> ${{ env.X }} {% x %}\n"
    assert render(source) == source


def test_a_value_without_a_filter_is_refused() -> None:
    with pytest.raises(ScaffoldError, match="without a filter"):
        render("[[ x ]]", x="plain")


def test_an_unknown_value_is_refused_with_its_line() -> None:
    with pytest.raises(ScaffoldError, match="'nothing' is undefined"):
        render("[[ nothing | json ]]")
    with pytest.raises(ScaffoldError, match=r"file\.txt:2 "):
        render("\n[% if %]")


@pytest.mark.parametrize("source", ["[[ x.__class__ | code ]]", "[[ x.__class__.__mro__ | json ]]"])
def test_templates_are_in_a_sandbox(source: str) -> None:
    with pytest.raises(ScaffoldError, match=r"unsafe|undefined"):
        render(source, x="")


def test_code_takes_names_only() -> None:
    assert to_code("my-panel") == "my-panel"
    with pytest.raises(ScaffoldError, match="plain name"):
        to_code("a b")


TYPED = """\
/*:: import type { A } from './a'; */
/*::
export interface B { a: A }
*/
export function f(a /*: A */, b /*: () => void */) /*: B */ {
  const set = new Set/*::<A>*/();
  return a/*:: as unknown as B */; /* stays */
}
"""


def test_type_comments_become_types() -> None:
    assert render(TYPED, name="x.js", typed=True) == (
        "import type { A } from './a';\n"
        "export interface B { a: A }\n"
        "export function f(a: A, b: () => void): B {\n"
        "  const set = new Set<A>();\n"
        "  return a as unknown as B; /* stays */\n"
        "}\n"
    )


def test_type_comments_vanish_from_javascript() -> None:
    assert render(TYPED, name="x.js") == (
        "export function f(a, b) {\n  const set = new Set();\n  return a; /* stays */\n}\n"
    )


def test_a_value_that_looks_like_a_type_comment_stays() -> None:
    assert render("x([[ v | js ]])", name="x.js", typed=True, v="/*: T */") == "x('/*: T */')"


def test_a_module_can_be_pasted_into_one_file() -> None:
    files = {
        "a.js": b"import { b } from './b';\nimport './c.css';\n\nexport const a = b;\n",
        "file.txt": b'[[ inline("a.js") ]]',
    }
    assert Renderer(files, {}, typed=False).render("file.txt") == "const a = b;"
