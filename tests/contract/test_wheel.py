"""The wheel: what it weighs, and that an installation of it has all that the checkout has."""

import asyncio
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from devkit.devserver.assets import asset, host_scripts
from tests.browser.devserver.harness import make_project, running

ROOT = Path(__file__).parents[2]
LIMIT = 1_750_000
"""Bytes. Python's sources, each compressed by itself, and their place in the archive are 0.95 MB of it."""
SOURCE = (
    ".gitignore",
    "devkit",
    "templates",
    "schemas",
    "addons",
    "pyproject.toml",
    "hatch_build.py",
    "README.md",
    "LICENSE",
)
UNWANTED = shutil.ignore_patterns("node_modules", "__pycache__")
METADATA = "Metadata-Version: 2.4\nName: h5-devkit\nVersion: 0.2.0\n"
ALL_HELP = """
import json, click
from click.testing import CliRunner
from devkit import language
from devkit.cli.main import COMMANDS, main
shown = {}
for lang in language.LANGUAGES:
    language.choose(lang)
    for arguments in ([], *([name] for name in COMMANDS)):
        done = CliRunner().invoke(main, [*arguments, "--help"], prog_name="devkit")
        shown[f"{lang} {arguments}"] = done.output
print(json.dumps(shown))
"""
FILES = """
import hashlib, json
from devkit.devserver.assets import ASSETS, asset
from devkit.model.editor import schemas
from devkit.resources import packed_files
files = {**packed_files("templates"), **{name: asset(name).body for name in ASSETS}}
files |= {name: text.encode() for name, text in schemas().items()}
print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())
    if "__pycache__" not in name}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist, and the wheel from it, with what `make client` has built: without npm and network."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCE:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=UNWANTED)
        else:
            shutil.copyfile(path, source / name)
    (source / "PKG-INFO").write_text(METADATA)
    built = source / "devkit" / "sdk" / "client" / "dist" / "worker" / "main.mjs"
    assert built.is_file(), "run make client"
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", cwd=source)
    (sdist,) = (source / "dist").glob("*.tar.gz")
    unpacked = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "tarfile", "-e", sdist, unpacked)
    (folder,) = unpacked.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=folder, PATH="")
    (made,) = (folder / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, which borrows the dependencies of this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(
        sys.executable, "-m", "pip", "--python", found, "install", "--quiet", "--no-deps", "--no-index", wheel
    )
    (packages,) = {path.parent for path in folder.rglob("h5_devkit-*.dist-info")}
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return found


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    """Run a command that does not see the checkout; return what it prints."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": "", **variables},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(script: str, python: Path, folder: Path) -> Any:
    """Run a script with the devkit that python has, and return what it prints."""
    return json.loads(run(python, "-c", script, cwd=folder, PYTHONUTF8="1"))


def test_it_weighs_no_more_than_its_limit(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
    kinds: collections.Counter[str] = collections.Counter()
    for entry in entries:
        kinds[entry.filename.rpartition(".")[2]] += entry.compress_size
    largest = sorted(((entry.compress_size, entry.filename) for entry in entries), reverse=True)[:10]
    assert wheel.stat().st_size < LIMIT, (kinds.most_common(), largest)


def test_it_has_nothing_that_only_a_checkout_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert len(names) == len(set(names))
    sources = re.compile(r"/client/(?!dist/[\w-]+\.(js|txt)$)|\.d\.ts$|\.map$|/generate\.py$|__pycache__")
    assert [name for name in names if sources.search(name)] == []


def test_its_help_is_that_of_the_checkout_in_both_languages(python: Path, tmp_path: Path) -> None:
    where = run(python, "-c", "import devkit; print(devkit.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(python.parents[1])
    shown = told(ALL_HELP, python, tmp_path)
    assert "创建面板项目。" in shown["zh []"]
    assert shown == json.loads(
        run(sys.executable, "-c", ALL_HELP, cwd=tmp_path, PYTHONPATH=str(ROOT), PYTHONUTF8="1")
    )


def test_the_command_says_its_help_in_chinese_and_imports_little(python: Path, tmp_path: Path) -> None:
    command = python.with_name(f"devkit{python.suffix}")
    shown = run(command, "--help", cwd=tmp_path, DEVKIT_LANG="zh", PYTHONUTF8="1")
    assert "用法：" in shown
    script = (
        "import sys\nfrom devkit.cli.main import main\n"
        "try: main(['--help'])\nfinally: sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [python, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "", "DEVKIT_LANG": "zh", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert "用法：" in done.stdout
    assert not {"asyncio", "ssl", "jinja2", "starlette", "zipfile"} & set(done.stderr.split())


def test_without_its_catalogue_the_error_names_it_and_the_way_out(python: Path, tmp_path: Path) -> None:
    (catalogue,) = python.parents[1].rglob("devkit.po")
    kept = catalogue.read_bytes()
    catalogue.unlink()
    try:
        done = subprocess.run(
            [python.with_name(f"devkit{python.suffix}"), "--help"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": "", "DEVKIT_LANG": "zh", "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
        )
    finally:
        catalogue.write_bytes(kept)
    assert done.returncode != 0
    assert "install h5-devkit again" in done.stderr
    assert "devkit.po" in done.stderr


def test_its_templates_schemas_and_page_assets_are_those_of_the_checkout(
    python: Path, tmp_path: Path
) -> None:
    here = run(sys.executable, "-c", FILES, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert told(FILES, python, tmp_path) == json.loads(here)


@pytest.mark.node
async def test_it_serves_a_panel_with_its_host_page_and_console(python: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "panel")
    async with (
        running(project, "dev", python=python) as started,
        httpx.AsyncClient(trust_env=False, follow_redirects=True) as client,
    ):
        served = set()
        for name in ("panel_url", "console_url"):
            page = await client.get(started.ready[name])
            for address in re.findall(r'src="(/__devkit/[^"]+)"', page.text):
                url = page.url.join(address)
                served.add(url.path.removeprefix("/__devkit/"))
                assert (await client.get(url)).content == asset(url.path.removeprefix("/__devkit/")).body
        assert {*host_scripts("devkit", keeping=True), "console.js"} <= served
        assert "VERSION" in (await client.get(httpx.URL(started.ready["panel_url"]).join("/index.js"))).text


@pytest.mark.node
async def test_its_minified_build_worker_builds_what_the_checkouts_builds(
    python: Path, tmp_path: Path
) -> None:
    script = "from devkit.cli.entry import main; main()"
    made = []
    for name, interpreter, path in (("installed", python, ""), ("checkout", sys.executable, str(ROOT))):
        project = make_project(tmp_path / name)
        arguments = (interpreter, "-c", script, "release", "--no-try")
        await asyncio.to_thread(run, *arguments, cwd=project, PYTHONPATH=path)
        made.append({file.name: file.read_bytes() for file in (project / "dist").iterdir()})
    assert made[0] == made[1]
    assert "index.js" in made[0]
