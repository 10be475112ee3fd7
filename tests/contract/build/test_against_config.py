"""Random configurations of webpack: they are read, without running them, as webpack itself takes them."""

import json
import subprocess
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from devkit.build.node import find_node
from tests.contract.build.conftest import write
from tests.helpers.packages import node_modules

pytestmark = pytest.mark.node

COMPARE = Path(__file__).parent / "worker" / "compare_config.mjs"
HEAD = """const path = require('path')
const { DefinePlugin } = require('webpack')
const src = path.resolve(__dirname, 'src')
const dev = process.env.NODE_ENV !== 'production'
const at = (...parts) => path.join(__dirname, ...parts)
function loader(name, options) { return { loader: name, options } }
const { join, ...others } = path
const [, second = 'never'] = ['first', 'second']
const inSrc = (name = 'default') => others.resolve(src, name)
const { gone, ...rest } = { gone: 1, r: at('r') }
const common = { '@common': at('src', 'common') }
"""
FOLDERS = st.sampled_from(
    [
        "src",
        "at('src')",
        "path.resolve(__dirname, 'src/in')",
        "path.join(__dirname, './src', 'deep')",
        "`${src}/x`",
        "src + '/y'",
        "dev ? at('a') : at('b')",
        "at('lib') + '/'",
    ]
)
ALIASES = st.lists(
    st.one_of(
        st.builds("'{}': {}".format, st.sampled_from(["@", "~lib", "x", "@/deep", "a-b"]), FOLDERS),
        st.sampled_from(
            [
                "...common",
                "...Object.fromEntries(['one', 'two'].map((name) => ['@' + name, at('src', name)]))",
                "...['p', 'q'].reduce((all, name) => ({ ...all, [name]: at(name) }), {})",
                "[`@${'k'}`]: join(__dirname, second)",
                "...rest",
                "...Object.assign({}, common, { z: inSrc() })",
            ]
        ),
        st.just("src"),
        st.builds("...(dev ? {{ dev: {} }} : {{ prod: src }})".format, FOLDERS),
    ),
    max_size=4,
)
VALUES = st.sampled_from(
    [
        "'\"text\"'",
        "JSON.stringify('x')",
        "JSON.stringify({ a: [1] })",
        "true",
        "3",
        "dev",
        "'window.x'",
        "`${1}`",
    ]
)
DEFINES = st.dictionaries(st.sampled_from(["A", "__B__", "'process.env.C'", "'a.b'"]), VALUES, max_size=3)
CONDITION = st.recursive(
    st.sampled_from(
        ["/\\.js$/", "/\\.svg$/", "/\\.module\\./", "src", "at('src', 'icons')", "/b/i", "/\\?raw/"]
    ),
    lambda inner: st.one_of(
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{ not: [{}] }}".format, inner),
        st.builds("{{ and: [{}, {}] }}".format, inner, inner),
        st.builds("{{ or: [{}, {}] }}".format, inner, inner),
    ),
    max_leaves=3,
)
KEYS = st.sampled_from(["test", "include", "exclude", "resource", "resourceQuery", "issuer"])
USES = st.sampled_from(
    [
        "use: 'raw-loader'",
        "use: ['style-loader', 'css-loader']",
        "loader: 'worker-loader', options: { inline: true }",
        "use: [loader('a-loader', { b: [1] }), 'c-loader']",
        "use: { loader: 'd-loader' }",
        "type: 'asset/source'",
        "type: 'asset', use: []",
        "use: () => ['e-loader']",
        "use: [...(dev ? ['f-loader'] : []), 'g-loader']",
    ]
)
RULE = st.recursive(
    st.builds(
        lambda conditions, use: (
            f"{{ {''.join(f'{key}: {value}, ' for key, value in conditions.items())}{use} }}"
        ),
        st.dictionaries(KEYS, CONDITION, max_size=3),
        USES,
    ),
    lambda inner: st.builds(
        "{{ test: {}, {}: [{}, {}] }}".format, CONDITION, st.sampled_from(["oneOf", "rules"]), inner, inner
    ),
    max_leaves=4,
)
SHAPES = st.sampled_from(
    [
        "module.exports = %s",
        "module.exports = (env, argv) => (%s)",
        "module.exports = function (env, { mode }) { const config = %s; config.mode = mode; return config }",
        "const base = %s\nmodule.exports = Object.assign({}, base, { devtool: false })",
        "const made = %s\nfor (const one of made.module.rules) one.type = 'asset'\nmodule.exports = made",
        "let made\nif (!dev) made = {}\nelse module.exports = %s",
        "const made = %s\nif (dev) made.devtool = 'eval'\nmodule.exports = { ...made }",
    ]
)


def config(shape: str, aliases: list[str], defines: dict[str, str], rules: list[str]) -> str:
    plugin = "new DefinePlugin({ " + ", ".join(f"{key}: {value}" for key, value in defines.items()) + " })"
    body = (
        f"{{ resolve: {{ alias: {{ {', '.join(aliases)} }} }}, plugins: [{plugin}],"
        f" module: {{ rules: [{', '.join(rules)}] }} }}"
    )
    return HEAD + shape % body


CONFIGS = st.builds(config, SHAPES, ALIASES, DEFINES, st.lists(RULE, max_size=4))


# One start of Node for many configurations; no search for a smaller one.
@settings(
    max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow], deadline=None
)
@given(configs=st.lists(CONFIGS, min_size=8, max_size=10))
def test_configurations_are_read_as_webpack_takes_them(configs: list[str]) -> None:
    node = find_node()
    assert node, "Node.js 18 or later was not found"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        files: dict[str, str | bytes] = {f"{number}.config.cjs": text for number, text in enumerate(configs)}
        write(folder, files)
        (folder / "node_modules").symlink_to(node_modules())
        requests = [
            {"path": f"{folder}/{path}", "query": query, "issuer": issuer and f"{folder}/{issuer}"}
            for path in ("src/a.js", "src/icons/b.svg", "lib/c.module.css")
            for query, issuer in (("", "src/index.js"), ("?raw", "src/b.svg"))
        ]
        done = subprocess.run(
            [node, str(COMPARE), str(folder), str(node_modules().parent)],
            input=json.dumps(requests),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        for file, read, own in json.loads(done.stdout):
            own["defines"] = {key: code(value) for key, value in own["defines"].items()}
            assert read == own, (folder / file).read_text()


def code(value: object) -> str:
    """Return a definition as esbuild is given it."""
    return (
        json.dumps(json.loads(value), separators=(",", ":"))
        if isinstance(value, str) and value[0] in '"{'
        else (value if isinstance(value, str) else json.dumps(value))
    )
