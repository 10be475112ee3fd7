"""Features of templates with the npm packages that they name, built, type-checked and used."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from devkit.build import build_release
from devkit.model import load_model
from devkit.model.editor import write_schemas
from devkit.model.typescript import PLACE, declarations
from devkit.scaffold import Template
from devkit.scaffold.manifest import Layer
from devkit.settings import load_settings
from tests.browser.test_templates import until
from tests.helpers.scaffolded import TEMPLATES, scaffold, served

pytestmark = [pytest.mark.browser, pytest.mark.node]
CARDS = ("history", "timer", "share", "i18n")
CASES = [
    ("react", ("sass", "router", "antd-mobile", "ci")),
    ("react-ts", ("less", "router", "antd-mobile")),
    ("vue3", ("less", "router", "vant", "ci")),
    ("vue3-ts", ("sass", "router", "vant")),
    ("vanilla-ts", ("less",)),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose projects all find the packages of every feature."""
    folder = tmp_path_factory.mktemp("workspace")
    layers = [layer for template in TEMPLATES.values() for layer in (template.layer, *features_of(template))]
    packages = {
        name: item for layer in layers for name, item in {**layer.packages, **layer.dev_packages}.items()
    }
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def features_of(template: Template) -> list[Layer]:
    return [feature.layer for feature in template.features.values()]


@pytest.mark.parametrize(("name", "features"), CASES, ids=[name for name, _ in CASES])
async def test_features_work_together(
    workspace: Path, page: Page, name: str, features: tuple[str, ...]
) -> None:
    project = scaffold(workspace / name, name, features)
    release = await asyncio.to_thread(build_release, load_settings(project, environ={}))
    # What a package lacks on old phones is said of the package, not of the template.
    assert not [item for item in release.warnings if "in the package" not in item.message]
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    async with served(project) as panel:
        await page.goto(panel.url)
        await page.get_by_role("switch", name="电源开关").click()
        await until(panel, "power_switch", 1)
        await page.get_by_role("switch", name="童锁").click()
        await until(panel, "child_lock", 1)
        await page.get_by_text("阅读").click()
        await until(panel, "scene", "read")
        slider = page.get_by_role("slider").first
        if not {"antd-mobile", "vant"} & set(features):  # their sliders take no keys
            await slider.press("ArrowRight")
            await until(panel, "brightness", 51)
        await panel.act("report", brightness=20, child_lock=0)
        await expect(page.get_by_role("switch", name="童锁")).to_have_attribute("aria-checked", "false")
        await expect(page.locator("output").first).to_have_text("20%")
        if "router" in features:
            await visit_the_second_page(page)
    assert not failures


async def visit_the_second_page(page: Page) -> None:
    """Go to the page about the device and back; the address keeps the device."""
    await page.get_by_role("button", name="关于设备").click()
    await expect(page.get_by_role("definition").get_by_text("AB12CD34EF")).to_be_visible()
    assert page.url.endswith("/h5panel/developing/about?productId=AB12CD34EF&deviceName=dev01")
    await page.reload()
    await expect(page.get_by_role("definition").get_by_text("AB12CD34EF")).to_be_visible()
    await page.get_by_role("button", name="返回").click()
    await expect(page.locator("output").first).to_have_text("20%")


def write_types(project: Path) -> None:
    """Write what `devkit new` adds for editors."""
    (project / PLACE).write_text(declarations(load_model(project / "thing-model.json")), "utf-8")
    write_schemas(project)


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("vanilla-ts", ()),
        ("react-ts", ()),
        ("react-ts", ("router", "antd-mobile", *CARDS)),
        ("vue3-ts", ()),
        ("vue3-ts", ("router", "vant", *CARDS)),
    ],
    ids=lambda item: item if isinstance(item, str) else "+".join(item) or "plain",
)
async def test_strict_types_hold(workspace: Path, name: str, features: tuple[str, ...]) -> None:
    project = scaffold(workspace / f"types-{name}-{len(features)}", name, features)
    write_types(project)
    script = json.loads((project / "package.json").read_text())["scripts"]["typecheck"].split()
    tool = workspace / "node_modules" / ".bin" / script[0]
    process = await asyncio.create_subprocess_exec(
        tool, *script[1:], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, output.decode()


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("react", CARDS),
        ("react-ts", CARDS),
        ("vue3", CARDS),
        ("vue3-ts", CARDS),
        ("gateway", ()),
        ("group", ()),
    ],
    ids=lambda item: item if isinstance(item, str) else None,
)
async def test_eslint_and_prettier_find_nothing(
    workspace: Path, name: str, features: tuple[str, ...]
) -> None:
    project = scaffold(workspace / f"lint-{name}", name, (*features, "lint"))
    write_types(project)
    for tool, *arguments in (("eslint", "."), ("prettier", "--check", ".")):
        process = await asyncio.create_subprocess_exec(
            workspace / "node_modules" / ".bin" / tool,
            *arguments,
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, output.decode()
