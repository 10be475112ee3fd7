"""Random folders and requests: the worker gives what webpack gives."""

import json
import subprocess
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from devkit.build import toolchain
from devkit.build.node import find_node
from tests.contract.build.conftest import write
from tests.helpers.packages import node_modules

pytestmark = pytest.mark.node

COMPARE = Path(__file__).parent / "worker" / "compare.mjs"
NAMES = st.sampled_from(["a", "b", "ab", "index", "a.b", "x-y", "Big", ".hidden"])
FOLDERS = st.sampled_from(["", "in/", "in/deep/", "a/", "other/"])
FILES = st.dictionaries(
    st.builds("{}{}{}".format, FOLDERS, NAMES, st.sampled_from([".js", ".json", ".jsx"])),
    st.integers(0, 9),
    min_size=1,
    max_size=8,
)
PATTERNS = st.sampled_from(
    [
        "/^\\.\\/.*$/",
        "/\\.js$/",
        "/\\.jsx?$/",
        "/a/",
        "/\\/in\\//",
        "/^\\.\\/[^/]+\\.json$/",
        "/B/i",
        "/(a|b)\\.js$/",
    ]
)
CONTEXTS = st.builds(
    "require.context({}, {}, {}, {})".format,
    st.sampled_from(["'./files'", "'./files/in'", "'../src/files'", "'./' + 'files'"]),
    st.sampled_from(["true", "false"]),
    PATTERNS,
    st.sampled_from(["'sync'", "'eager'"]),
)
GLOBS = st.builds(
    "import.meta.glob({}, {{ eager: {} }})".format,
    st.sampled_from(
        [
            "'./files/*.js'",
            "'./files/**/*.js'",
            "['./files/**/*.js', '!**/b.js']",
            "'./files/{a,ab}.js'",
            "'./files/*/*.json'",
            "['./files/*.js', './files/in/*']",
        ]
    ),
    st.sampled_from(["true", "false"]),
)
OPENS = st.builds(
    "{}({})".format,
    st.sampled_from(["require", "import"]),
    st.sampled_from(
        [
            "'./files/' + name",
            "`./files/${name}.js`",
            "`./files/in/${name}`",
            "'./files/'.concat(name, '.json')",
        ]
    ),
)
WANTED = st.sampled_from(["a", "b", "a.js", "in/a", "index", "./a", "", "gone", "in/deep", "x-y.json"])

HEAD = """
const value = (one) => (one && one.default ? one.default : one)
const tried = (run) => { try { return run() } catch (error) { return error.code || 'thrown' } }
const later = (given, keep) => given && given.then
  ? given.then((one) => keep(value(one)), (error) => keep(error.code || 'rejected')) : keep(value(given))
"""


CONTEXT = """{
  const all = %s, found = seen.context%d = { keys: all.keys(), values: {} };
  for (const key of [...all.keys(), './gone'])
    later(tried(() => all(key)), (one) => { found.values[key] = one })
}"""
GLOB = """{
  const all = %s, found = seen.glob%d = { keys: Object.keys(all).sort(), values: {} };
  for (const key of Object.keys(all)) {
    const given = typeof all[key] === 'function' ? all[key]() : all[key]
    later(given, (one) => { found.values[key] = one })
  }
}"""
OPEN = """{
  const name = %s;
  later(tried(() => %s), (one) => { seen.open%d = one })
}"""


def script(contexts: list[str], globs: list[str], opens: list[tuple[str, str]]) -> str:
    lines = [HEAD]
    lines += [CONTEXT % (text, number) for number, text in enumerate(contexts)]
    lines += [GLOB % (text, number) for number, text in enumerate(globs)]
    lines += [OPEN % (json.dumps(name), text, number) for number, (text, name) in enumerate(opens)]
    return "\n".join(lines)


# Both bundlers take a second for each example: few of them, and no search for a smaller one.
@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(
    files=FILES,
    contexts=st.lists(CONTEXTS, max_size=3),
    globs=st.lists(GLOBS, max_size=2),
    opens=st.lists(st.tuples(OPENS, WANTED), max_size=3),
)
def test_contexts_globs_and_open_names(
    files: dict[str, int], contexts: list[str], globs: list[str], opens: list[tuple[str, str]]
) -> None:
    node = find_node()
    assert node, "Node.js 18 or later was not found"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        sources: dict[str, str | bytes] = {
            f"src/files/{file}": json.dumps({"text": f"{file} {number}"})
            if file.endswith("json")
            else f"export default '{file} {number}'"
            for file, number in files.items()
        }
        sources |= {
            "package.json": "{}",
            "src/files/kept.js": "export default 'kept'",
            "src/files/in/kept.js": "export default 'kept in'",
            "src/index.js": script(contexts, globs, opens),
        }
        write(folder, sources)
        packages = str(node_modules().parent)
        done = subprocess.run(
            [node, str(COMPARE), str(folder), packages, str(toolchain.path())],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert seen["worker"] == seen["webpack"]
