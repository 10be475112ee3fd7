"""The build worker's own tests, run by Node; what they say is shown when one fails."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devkit.build import toolchain
from devkit.build.node import find_node

HERE = Path(__file__).parent / "worker"
CLIENT = Path(toolchain.__file__).parents[1] / "sdk" / "client"
LOADED = (
    "@babel/parser",
    "@vue/compiler-dom",
    "@vue/compiler-sfc",
    "autoprefixer",
    "es-module-lexer",
    "esbuild",
    "estree-walker",
    "less",
    "magic-string",
    "oxc-transform",
    "picomatch",
    "postcss",
    "postcss-value-parser",
    "sass",
    "source-map-js",
    "yaml",
)
# {module: whose test has its own}: parts that are of use only together.
TESTED_WITH = {
    "babel_config": "configuration.test.mjs",
    "environment": "constructs.test.mjs",
    "expressions": "configuration.test.mjs",
    "fields": "decorators.test.mjs",
    "folders": "calls.test.mjs",
    "found": "configuration.test.mjs",
    "look": "../test_target.py",
    "minify": "../test_release.py",
    "narrow": "constructs.test.mjs",
    "node_globals": "constructs.test.mjs",
    "outputs": "project.test.mjs",
    "paths": "tsconfig.test.mjs",
    "places": "../test_target.py",
    "postcss_config": "postcss.test.mjs",
    "prescan": "constructs.test.mjs",
    "provided": "configure.test.mjs",
    "public_files": "../test_target.py",
    "reading": "configuration.test.mjs",
    "rewrite": "calls.test.mjs",
    "stamps": "styles.test.mjs",
    "static": "configuration.test.mjs",
    "styled_px": "style_use.test.mjs",
    "svg_imports": "svg.test.mjs",
    "shims": "rules.test.mjs",
    "svg_sprite": "svg.test.mjs",
    "syntax": "calls.test.mjs",
    "too_new_scripts": "../test_target.py",
    "too_new_styles": "../test_target.py",
    "urls": "constructs.test.mjs",
    "values": "configuration.test.mjs",
    "vite_config": "configuration.test.mjs",
    "vue_blocks": "vue.test.mjs",
    "vue_compile": "vue.test.mjs",
    "vue_jsx": "constructs.test.mjs",
    "webpack_config": "configuration.test.mjs",
    "webpack_tools": "configuration.test.mjs",
    "workers": "constructs.test.mjs",
}


@pytest.mark.node
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name.split(".")[0])
def test_worker(file: Path) -> None:
    node = find_node()
    assert node, "Node.js 18 or later was not found"
    done = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_worker_has_its_tests() -> None:
    modules = {file.stem for file in Path(toolchain.__file__).parent.joinpath("worker").glob("*.mjs")}
    tested = {file.name.removesuffix(".test.mjs") for file in HERE.glob("*.test.mjs")}
    assert modules - tested <= set(TESTED_WITH)
    assert all((HERE / name).is_file() for name in TESTED_WITH.values())


@pytest.mark.parametrize("name", LOADED)
def test_what_the_tests_load_is_what_panels_are_built_with(name: str) -> None:
    locks = [
        json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"][f"node_modules/{name}"]
        for folder in (CLIENT, toolchain.SHIPPED)
    ]
    assert locks[0]["version"] == locks[1]["version"]


DEAF = """
import sys, time
from pathlib import Path
from devkit.build import node, toolchain
from devkit.build.process import WorkerProcess
from devkit.cli.interrupts import unwinding
from devkit.cli.running import run_until_stopped
found = node.find_node()
worker = WorkerProcess(found, toolchain.ensure(found), Path.cwd())
async def blocked(stop):
    print(worker.pid, flush=True)
    time.sleep(60)
with unwinding():
    sys.exit(run_until_stopped(blocked))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_process_that_leaves_at_once_leaves_no_worker(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", DEAF], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout
        worker = Path("/proc", process.stdout.readline().decode().strip())
        assert worker.exists()
        process.terminate()
        assert process.wait(20) == 143
    deadline = time.monotonic() + 10
    while worker.exists() and time.monotonic() < deadline:
        os.sched_yield()
    assert not worker.exists()
