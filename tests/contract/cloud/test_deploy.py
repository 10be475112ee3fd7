"""What deploy/ says: files that hold together, and their commands started here without containers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from websockets.asyncio.client import connect

from devkit.cli.commands.cloud import serve
from devkit.cloud.http.routes import API
from tests.helpers.services import postgresql, redis

DEPLOY = Path(__file__).parents[3] / "deploy"
DEVKIT = (sys.executable, "-c", "from devkit.cli.entry import main; main()")
PLACES = {"postgres:5432", "redis:6379"}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def manifest() -> dict[tuple[str, str], dict[str, Any]]:
    """Return {(kind, name): what the manifest has of it}."""
    documents = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))
    return {(item["kind"], item["metadata"]["name"]): item for item in documents}


def pod(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest()[kind, name]["spec"]["template"]["spec"]
    return found


def dockerfile(word: str) -> list[str]:
    """Return the last list that an instruction of the Dockerfile has."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    line = [line for line in text.splitlines() if line.startswith(f"{word} ")][-1]
    found: list[str] = json.loads(line[line.index("[") :])
    return found


def commands() -> dict[str, list[str]]:
    return {
        "image": dockerfile("CMD"),
        "compose": compose()["services"]["cloud"]["command"],
        "kubernetes": pod("Deployment", "cloud")["containers"][0]["args"],
    }


@pytest.mark.parametrize("place", ["image", "compose", "kubernetes"])
def test_commands_are_ones_that_devkit_has(place: str) -> None:
    words = commands()[place]
    assert words[:2] == ["cloud", "serve"]
    serve.make_context("serve", words[2:])  # click ends the test at an option that is none


def test_containers_have_no_more_rights_than_they_need() -> None:
    for name in ("cloud", "proxy"):
        service = compose()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:9100:8080"]
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    container = pod("Deployment", "cloud")["containers"][0]["securityContext"]
    assert container["readOnlyRootFilesystem"] is True
    for kind, name in (("Deployment", "cloud"), ("StatefulSet", "postgres"), ("StatefulSet", "redis")):
        spec = pod(kind, name)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        assert spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] is False


def test_the_parts_of_the_manifest_find_each_other() -> None:
    found = manifest()
    names = {name for kind, name in found if kind == "Service"}
    assert {urlsplit(f"x://{place}").hostname for place in PLACES} < names
    for (kind, name), item in found.items():
        assert item["metadata"].get("namespace", name) == "devkit"
        if kind in ("Deployment", "StatefulSet"):
            labels = item["spec"]["template"]["metadata"]["labels"]
            assert item["spec"]["selector"]["matchLabels"] == labels
            assert found["Service", name]["spec"]["selector"] == labels
            port = found["Service", name]["spec"]["ports"][0]["port"]
            assert item["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] == port
        if kind == "Ingress":
            rule = item["spec"]["rules"][0]
            paths = [path["path"] for path in rule["http"]["paths"]]
            assert "/metrics" not in paths
            assert "/" not in paths
            assert f"--public-url=https://{rule['host']}" in commands()["kubernetes"]


def test_both_ways_are_two_workers_on_the_same_places() -> None:
    assert compose()["services"]["cloud"]["deploy"]["replicas"] == 2
    assert manifest()["Deployment", "cloud"]["spec"]["replicas"] == 2
    for place in ("compose", "kubernetes"):
        text = (DEPLOY / f"{place}.yaml").read_text("utf-8")
        assert all(f"{where}/" in text for where in PLACES)
    assert "set $cloud http://cloud:9100;" in (DEPLOY / "nginx.conf").read_text("utf-8")


class Balancer:
    """The proxy's part: connections go to the workers in turn, past one that takes none."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._turn = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._turn)
        for at in range(len(self.ports)):
            try:
                onward = await asyncio.open_connection("127.0.0.1", self.ports[(turn + at) % len(self.ports)])
                break
            except OSError:
                continue
        else:
            writer.close()
            return
        for source, target in ((reader, onward[1]), (onward[0], writer)):
            task = asyncio.get_running_loop().create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(2**16):
                target.write(data)
                await target.drain()
        target.close()


@contextlib.asynccontextmanager
async def balancer(ports: list[int]) -> AsyncIterator[str]:
    made = Balancer()
    made.ports = ports
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@contextlib.asynccontextmanager
async def worker(words: list[str], folder: Path, database: str) -> AsyncIterator[tuple[Any, int]]:
    """Run the command of compose.yaml; yields the process and its port."""
    process = await asyncio.create_subprocess_exec(
        *DEVKIT, *words, cwd=folder, env={**os.environ, "DEVKIT_DB": database, "DEVKIT_PRODUCT_ID": ""},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    line: dict[str, Any] = {}
    try:
        async with asyncio.timeout(120):
            while line.get("message") != "ready":
                line = json.loads(await process.stderr.readline())  # type: ignore[union-attr]
        yield process, urlsplit(line["url"]).port or 0
    finally:
        if process.returncode is None:
            process.terminate()
        out, _ = await process.communicate()
        assert out == b""  # no token and no key where logs are kept


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with postgresql() as database, redis() as bus:
        yield database, bus


async def is_healthy(port: int) -> bool:
    """Ask as the image's HEALTHCHECK does."""
    words = [word.replace(":9100", f":{port}") for word in dockerfile("HEALTHCHECK")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words[1:], stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait() == 0


@pytest.mark.services
async def test_the_commands_serve_a_team_and_a_worker_can_be_replaced(
    tmp_path: Path, places: tuple[str, str]
) -> None:
    database, bus = places
    swap = {"--port=9100": "--port=0", "--bus=redis://redis:6379/0": f"--bus={bus}"}
    words = [swap.get(word, word).replace("${PUBLIC_URL:-", "").rstrip("}") for word in commands()["compose"]]
    async with contextlib.AsyncExitStack() as stack:
        first, port = await stack.enter_async_context(worker(words, tmp_path, database))
        _, other = await stack.enter_async_context(worker(words, tmp_path, database))
        adding = await asyncio.create_subprocess_exec(
            *DEVKIT, "cloud", "user", "add", "ann", "--json", cwd=tmp_path,
            env={**os.environ, "DEVKIT_DB": database}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        token = json.loads((await adding.communicate())[0])["token"]
        url = await stack.enter_async_context(balancer([port, other]))
        assert await is_healthy(port)
        assert {await reached(url, token) for _ in range(4)} == {"ok"}
        sockets = [await connect(f"ws{url.removeprefix('http')}/ws/explorer", proxy=None) for _ in range(2)]
        first.terminate()
        answers = []
        while first.returncode is None:
            answers.append(await reached(url, token))
        assert answers.count("ok") >= len(answers) - 1  # one may stand in the queue of the port as it closes
        assert first.returncode == 143
        assert not await is_healthy(port)
        ends = [asyncio.ensure_future(socket.wait_closed()) for socket in sockets]
        await asyncio.wait(ends, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        assert {socket.close_code for socket in sockets} == {1001, None}
        for socket in sockets:
            await socket.close()
        await asyncio.gather(*ends)
        assert await reached(url, token) == "ok"


async def reached(url: str, token: str) -> str:
    async with httpx.AsyncClient(trust_env=False, headers={"Connection": "close"}) as client:
        body = {"Action": "AppGetUser", "AccessToken": token}
        try:
            answer = await client.post(f"{url}{API}/tokenapi", json=body)
        except httpx.TransportError as error:
            return repr(error)
    return "ok" if answer.json()["code"] == 0 else answer.text
