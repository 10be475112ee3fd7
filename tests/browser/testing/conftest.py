"""A panel project in a folder of its own, and pytest run on it as its developer would."""

import sys
import textwrap
from pathlib import Path

import pytest

from devkit.testing.run.browsers import CHROMIUM, WEBKIT
from tests.browser.testing.panels import LAMP, MODEL_JSON
from tests.helpers.browser import chromium_path

REPOSITORY = Path(__file__).resolve().parents[3]
STANDS_FOR_WEBKIT = ("-p", "tests.helpers.as_webkit")
EACH_ENGINE = pytest.mark.parametrize("project", [CHROMIUM, WEBKIT], indirect=True)


class Project:
    """A folder with a thing model, a built panel and tests."""

    def __init__(self, pytester: pytest.Pytester, engine: str) -> None:
        self._pytester = pytester
        self._engine = engine
        self.path = pytester.path
        (self.path / "devkit.toml").write_text('product_id = "TESTLAMP01"\n', "utf-8")
        (self.path / "thing-model.json").write_text(MODEL_JSON, "utf-8")
        (self.path / "pytest.ini").write_text("[pytest]\naddopts = -p no:asyncio -p no:cacheprovider\n")
        self.panel(LAMP)

    def panel(self, script: str, name: str = "panel.js") -> Path:
        """Write a built panel."""
        path = self.path / name
        path.write_text(script, "utf-8")
        return path

    def tests(self, source: str, name: str = "test_panel.py") -> None:
        """Write a file of tests."""
        head = "import pytest\nfrom playwright.sync_api import expect\nfrom devkit.testing import *\n"
        names = (
            "from devkit.testing import expect_action, expect_control, expect_navigation, expect_no_control, "
            "expect_screenshot, expect_tip\n"
        )
        text = head.replace("from devkit.testing import *\n", names) + textwrap.dedent(source)
        (self.path / name).write_text(text, "utf-8")

    def run(self, *args: str, js: str = "panel.js", timeout: float = 120) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        browser = ("--panel-browser-path", path) if (path := chromium_path()) else ()
        if self._engine == WEBKIT:
            browser = (*STANDS_FOR_WEBKIT, "--browser", WEBKIT)
        command = [sys.executable, "-m", "pytest", "-q", "--panel-js", js, *browser, *args]
        return self._pytester.run(*command, timeout=timeout)


@pytest.fixture
def project(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A panel project, whose tests run in the parameter's browser."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))  # for the plugin that lets a browser stand for WebKit
    return Project(pytester, getattr(request, "param", CHROMIUM))
