"""The toolchain is installed once, safely, and not at all when it is there."""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.build import Builder, Built, node, open_engine, toolchain
from devkit.build.engine import NodeEngine
from devkit.build.package_set import PROXIES
from devkit.build.transform import TransformEngine
from devkit.cli.main import main
from devkit.errors import BuildError, ToolchainError
from devkit.extras import install_command
from tests.contract.build.conftest import options, write

pytestmark = pytest.mark.node
ROOT = Path(__file__).parents[3]
INSTALL = (
    "from devkit.build import node, toolchain\n"
    "print(toolchain.ensure(node.find_node(), lambda line: print(line)))\n"
)


def fake_npm(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_two_processes_at_once_both_end_well(tmp_path: Path) -> None:
    fake_npm(
        tmp_path / "bin", "mkdir node_modules; for i in 1 2 3 4 5 6 7 8 9; do echo x > node_modules/$i; done"
    )
    real = node.find_node()
    assert real is not None
    (tmp_path / "bin/node").symlink_to(real)
    environ = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "DEVKIT_CACHE_DIR": str(tmp_path / "cache")}
    run = [sys.executable, "-c", INSTALL]
    both = [subprocess.Popen(run, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    shown = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    folders = {output.splitlines()[-1] for output in shown}
    assert len(folders) == 1
    assert len(list((Path(folders.pop()) / "node_modules").iterdir())) == 9
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith("toolchain-")] == [
        toolchain.path().name
    ]


def test_a_failed_install_leaves_nothing_and_says_what_npm_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", "echo 'network is down' >&2; exit 3")
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(ToolchainError, match="network is down") as caught:
        toolchain.ensure(str(tmp_path / "bin/node"))
    assert "registry" in caught.value.hint
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("command", ["test", "test --smoke", "audit", "shots"])
def test_commands_that_build_tell_of_the_download_before(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", "echo 'network is down' >&2; exit 3")
    monkeypatch.setattr(node, "find_node", lambda: str(tmp_path / "bin/node"))
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    project = tmp_path / "panel"
    sheet = "title: Lamp\ndevices: [iphone-se]\nstates:\n  - name: on\n"
    write(project, {"devkit.toml": "", "src/index.jsx": "window.a = 1;", "shots.yaml": sheet})
    monkeypatch.chdir(project)
    done = CliRunner().invoke(main, command.split())
    assert done.exit_code == 1
    assert done.stdout == ""
    told = done.stderr.splitlines()
    assert told[0] == "Installing the build toolchain (once; about 90 MB) ..."
    assert "network is down" in done.stderr


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (toolchain.SHIPPED / "package-lock.json").read_text()


async def test_a_projects_own_tool_wins(project: Path) -> None:
    less = (
        "class FileManager {}; module.exports = { FileManager, "
        "render: async () => ({ css: '.own { top: 0 }', imports: [] }) };"
    )
    files = {
        "src/index.js": "import './a.less';",
        "src/a.less": ".a { top: 0 }",
        "node_modules/less/package.json": '{"version": "3.13.1", "main": "i.js"}',
        "node_modules/less/i.js": less,
    }
    write(project, files)
    engine = await open_engine(options(project))
    assert isinstance(engine, NodeEngine)
    assert b".own" in (await engine.rebuild()).css
    await engine.aclose()


async def test_without_node_the_other_engine_builds_plain_jsx(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "find_node", lambda: None)
    write(project, {"src/index.jsx": "ReactDOM.render(<b>你好</b>, document.body);", "src/index.css": ".a{}"})
    engine = await open_engine(options(project))
    assert isinstance(engine, TransformEngine)
    result = await engine.rebuild()
    assert b'React.createElement("b", null' in result.js
    assert (result.css, result.engine) == (b".a{}", "esbuild-py")
    with pytest.raises(ToolchainError, match=r"Node\.js 18"):
        await open_engine(options(project, engine="node"))


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("src/index.jsx", "const a = <b>;", "syntax error"),
        ("src/index.jsx", "const a = 1;\nimport b from './b';", "needs the full engine"),
        ("src/index.jsx", "export default 1;", "needs the full engine"),
        ("src/index.ts", "const a: number = 1;", "needs the full engine"),
    ],
)
async def test_what_the_other_engine_cannot_do_is_an_error_with_the_remedy(
    project: Path, name: str, source: str, message: str
) -> None:
    write(project, {name: source})
    engine = await open_engine(options(project, engine="esbuild-py"))
    with pytest.raises(BuildError, match=message) as caught:
        await engine.rebuild()
    assert caught.value.diagnostics[0].file.endswith(name)
    assert install_command("node") in caught.value.hint


async def test_the_other_engine_is_watched_too(project: Path) -> None:
    write(project, {"src/index.jsx": "window.a = <i/>;"})
    async with Builder(options(project, engine="esbuild-py")) as builder:
        events = builder.events()
        assert isinstance(await asyncio.wait_for(anext(events), 10), Built)
        write(project, {"src/index.css": ".new{}"})
        event = await asyncio.wait_for(anext(events), 10)
        assert isinstance(event, Built)
        assert (event.result.css, event.changed_js, event.changed_css) == (b".new{}", False, True)
        await events.aclose()  # type: ignore[attr-defined]


async def test_the_other_engine_is_not_misled_by_texts_and_comments(project: Path) -> None:
    source = "/*\nimport x\n*/\nconst a = `\nimport y\nexport z`;\n// import z\nwindow.a = a;"
    write(project, {"src/index.jsx": source})
    engine = await open_engine(options(project, engine="esbuild-py"))
    assert b"window.a" in (await engine.rebuild()).js
    write(project, {"src/index.jsx": "// nothing yet\n"})
    assert await engine.rebuild()


def test_a_registry_that_does_not_answer_is_named_soon_with_a_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        registry = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("npm_config_registry", registry)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        for name in PROXIES:
            monkeypatch.delenv(name, raising=False)
        began = time.monotonic()
        found = node.find_node()
        assert found
        with pytest.raises(ToolchainError) as caught:
            toolchain.ensure(found)
    assert registry in caught.value.message
    assert "npm config set registry https://" in caught.value.hint
    assert time.monotonic() - began < 15  # ten, on a machine that does nothing else
