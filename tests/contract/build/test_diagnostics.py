"""Each stage names file, line, column, code and what is wrong."""

import pytest

from devkit.errors import BuildError
from tests.contract.build.conftest import Build

pytestmark = pytest.mark.node

CASES = [
    ("esbuild", "src/index.jsx", "const a = 1;\nconst b = ];\n", 2, "Unexpected"),
    ("esbuild", "src/index.jsx", "import './none.js';\n", 1, 'Could not resolve "./none.js"'),
    ("esbuild", "src/index.jsx", "\nimport x from 'left-pad';\nx();", 2, 'Could not resolve "left-pad"'),
    ("less", "src/a.less", ".a {\n  color: @none;\n}\n", 2, "@none is undefined"),
    ("less", "src/a.less", ".a {\n  color: red;\n", 3, "possibly missing"),
    ("less", "src/a.less", '\n@import "./gone.less";\n', 2, "gone.less"),
    ("sass", "src/a.scss", ".a {\n  color: $none;\n}\n", 2, "Undefined variable"),
    ("sass", "src/a.scss", '\n@use "gone";\n', 2, "Can't find stylesheet"),
]


@pytest.mark.parametrize(("stage", "name", "source", "line", "message"), CASES)
async def test_place_and_message(
    build: Build, stage: str, name: str, source: str, line: int, message: str
) -> None:
    files = {"src/index.jsx": f"import './{name.removeprefix('src/')}';", name: source}
    with pytest.raises(BuildError) as caught:
        await build(files)
    found = caught.value.diagnostics[0]
    assert found.stage == stage
    assert found.file.endswith(name)
    assert found.line == line
    assert found.column >= 1
    assert message.lower() in found.message.lower()
    assert f"> {line} |" in found.frame
    assert found.severity == "error"


async def test_a_package_that_is_named_and_not_installed_says_how_to_install_it(build: Build) -> None:
    manifest = '{"dependencies": {"@scope/pkg": "1.0.0"}}'
    with pytest.raises(BuildError) as caught:
        await build({"src/index.js": "import '@scope/pkg/sub';", "package.json": manifest})
    assert "npm install" in caught.value.hint


async def test_no_package_is_guessed_from_what_may_be_an_alias(build: Build) -> None:
    with pytest.raises(BuildError) as caught:
        await build({"src/index.js": "import '@scope/pkg/sub';"})
    assert "npm install" not in caught.value.hint
    assert '[alias] "@scope" = "src"' in caught.value.hint


async def test_columns_count_characters_not_bytes(build: Build) -> None:
    with pytest.raises(BuildError) as caught:
        await build({"src/index.js": "const 名字 = '温度' @;\n"})
    assert caught.value.diagnostics[0].column == 17


async def test_postcss_errors(build: Build) -> None:
    files = {
        "src/index.js": "import './a.css';",
        "src/a.css": ".a {\n  color: red\n}\n.b {\n",
        "postcss.config.js": "module.exports = { plugins: [{ postcssPlugin: 'none' }] };",
    }
    with pytest.raises(BuildError) as caught:
        await build(files)
    found = caught.value.diagnostics[0]
    assert (found.stage, found.line, found.message) == ("postcss", 4, "Unclosed block")


async def test_a_missing_postcss_plugin_names_the_configuration(build: Build) -> None:
    files = {
        "src/index.js": "import './a.css';",
        "src/a.css": ".a {}",
        "postcss.config.js": "module.exports = { plugins: { 'postcss-gone': {} } };",
    }
    with pytest.raises(BuildError) as caught:
        await build(files)
    assert "postcss-gone" in caught.value.message
    assert "npm install" in caught.value.hint


async def test_a_bad_target_is_an_error_with_its_value(build: Build) -> None:
    with pytest.raises(BuildError, match="netscape4"):
        await build({"src/index.js": ""}, target="netscape4")


async def test_what_a_configuration_prints_does_not_break_the_worker(build: Build) -> None:
    files = {
        "src/index.js": "import './a.css';",
        "src/a.css": ".a {top:0}",
        "postcss.config.js": "console.log('hello'); process.stdout.write('x'); module.exports = {};",
    }
    assert b".a" in (await build(files)).css
