"""`devkit migrate` with a tool that is really installed: webpack, as npm has it."""

from pathlib import Path

import pytest

from devkit.build.project.migration import plan_migration, read_configurations
from devkit.settings import load_settings
from tests.contract.build.conftest import write
from tests.helpers.packages import node_modules

CONFIG = """const path = require('path')
const { DefinePlugin, EnvironmentPlugin } = require('webpack')
const folders = require('fs').readdirSync(path.join(__dirname, 'src'))
module.exports = (env, { mode }) => ({
  entry: './src/app/main.js',
  resolve: {
    alias: Object.fromEntries(folders.map((name) => ['@' + name, path.join(__dirname, 'src', name)])),
  },
  plugins: [new DefinePlugin({ NAME: JSON.stringify(env.mode && 'lamp'), STAGE: JSON.stringify(mode) })],
})
"""


@pytest.mark.node
def test_what_webpack_is_told_is_taken_over_and_what_depends_on_the_mode_is_not(tmp_path: Path) -> None:
    write(tmp_path, {"webpack.config.js": CONFIG, "src/app/main.js": "", "src/views/one.js": ""})
    (tmp_path / "node_modules").symlink_to(node_modules())
    settings = load_settings(tmp_path, environ={})
    migration = plan_migration(settings, read_configurations(settings, run=True))
    assert migration.added == {
        "alias": {"@app": "src/app", "@views": "src/views"},
        "define": {"NAME": '"lamp"'},
        "entry": "src/app/main.js",
    }
    open_rows = [(row["value"], row["why"]) for row in migration.rows if not row["taken"]]
    assert [value for value, _ in open_rows] == ['STAGE = "development", in a release "production"']
    assert "process.env.NODE_ENV" in open_rows[0][1]
    assert migration.kept == ()
    without = plan_migration(settings, read_configurations(settings))
    assert all(row["taken"] for row in without.rows if "STAGE" in row["value"])
    assert without.kept == ("webpack.config.js",)


@pytest.mark.node
@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ("externals: { react: 'React' }", ()),
        ("plugins: [new webpack.ProvidePlugin({ cls: 'classnames' })]", ("webpack.config.js",)),
    ],
)
def test_a_file_that_says_more_than_devkit_toml_can_is_kept(
    more: str, kept: tuple[str, ...], tmp_path: Path
) -> None:
    config = f"module.exports = {{ entry: './src/main.js', resolve: {{ alias: {{ '@': '/src' }} }}, {more} }}"
    write(tmp_path, {"webpack.config.js": config, "src/main.js": ""})
    settings = load_settings(tmp_path, environ={})
    assert plan_migration(settings, read_configurations(settings)).kept == kept
