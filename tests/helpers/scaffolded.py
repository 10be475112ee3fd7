"""Scaffold a template for a test, run it, and act as its device."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from devkit.resources import packed_files
from devkit.scaffold import Answers, create_project, load_templates, plan_project
from tests.browser.devserver.harness import running

TEMPLATES = load_templates(packed_files("templates"))
CLOUD_TEMPLATES = [
    name
    for name, item in TEMPLATES.items()
    if not any(item.values[kind] for kind in ("bluetooth", "gateway", "group"))
]
BLUETOOTH_TEMPLATES = [name for name, item in TEMPLATES.items() if item.values["bluetooth"]]
MODELS = Path(__file__).parents[1] / "data" / "thing-models"
DEVICE = "AB12CD34EF/dev01"


def scaffold(folder: Path, template: str, features: Sequence[str] = (), model: str = "") -> Path:
    """Write the project of a template into folder/panel."""
    answers = Answers("panel", product_id=DEVICE.split("/")[0], features=tuple(features), model=model)
    return create_project(folder / "panel", plan_project(TEMPLATES[template], answers)).folder


@dataclass
class ServedPanel:
    """A panel under `devkit dev`; acts on its virtual device through the control API."""

    url: str
    client: httpx.AsyncClient

    async def act(self, act: str, **body: Any) -> None:
        """Make the device do something: report, status, …"""
        (await self.client.post(f"/__devkit/api/devices/{DEVICE}/{act}", json=body)).raise_for_status()

    async def values(self) -> dict[str, Any]:
        """Return the property values that the device has."""
        state = (await self.client.get("/__devkit/api/state")).raise_for_status().json()
        return dict(state["devices"][DEVICE]["properties"])


@contextlib.asynccontextmanager
async def served(project: Path, *flags: str) -> AsyncIterator[ServedPanel]:
    """Run `devkit dev` on a project until the block ends."""
    async with running(project, "dev", "--no-proxy", *flags) as run:
        url = run.ready["panel_url"]
        headers = {"Authorization": f"Bearer {run.ready['control_token']}"}
        base = url.split("/h5panel")[0]
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
            yield ServedPanel(url, client)
