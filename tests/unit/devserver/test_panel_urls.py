"""The two development URLs are one table; what must stand alone repeats it, word for word."""

import ast
from pathlib import Path

from devkit.devserver.build_files import PANEL_URLS
from devkit.web.hosts import PANEL_HOSTS, SCRIPT_URL, STYLE_URL

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "devkit/devserver/client/src"


def test_the_addon_maps_the_same_urls() -> None:
    tree = ast.parse((ROOT / "addons/panel_hosts.py").read_text("utf-8"))
    tables = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEFAULT_HOSTS"
    ]
    served = {
        f"{host}{path}=/{name}"
        for (host, path), name in PANEL_URLS.items()
        if f"https://{host}{path}" in {SCRIPT_URL, STYLE_URL}
    }
    assert [set(table) for table in tables] == [served]


def test_the_page_side_has_the_same_urls() -> None:
    worker = (CLIENT / "worker.ts").read_text("utf-8")
    assert f"'{SCRIPT_URL}': '/index.js'" in worker
    assert f"'{STYLE_URL}': '/index.css'" in worker
    assert f"'{STYLE_URL}'" in (CLIENT / "guest.ts").read_text("utf-8")


def test_every_panel_host_is_served() -> None:
    assert {host for host, _ in PANEL_URLS} == set(PANEL_HOSTS)
