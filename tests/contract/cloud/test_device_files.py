"""Files and logs of devices over HTTP."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import httpx
import pytest

from devkit.cloud.http.device_logs import PATH, log_head, sign_log
from tests.helpers.device_side import ServedHome, served_home

DATA = b"a picture" * 100
MD5 = hashlib.md5(DATA).digest()
UP, DOWN = "$resource/up/service", "$resource/down/service"


@pytest.fixture
async def served() -> AsyncIterator[ServedHome]:
    async with served_home() as made:
        yield made


async def exchange(served: ServedHome, sent: dict[str, object]) -> dict[str, Any]:
    opening = aiomqtt.Client(
        "127.0.0.1", served.port, username=served.username, password=served.password,
        identifier=served.client_id,
    )  # fmt: skip
    async with opening as client:
        await client.subscribe(served.topic(DOWN), qos=1)
        await client.publish(served.topic(UP), json.dumps(sent), qos=1)
        answer: dict[str, Any] = json.loads((await anext(aiter(client.messages))).payload)
        return answer


async def test_a_device_uploads_a_file(served: ServedHome) -> None:
    task = {"type": "create_upload_task", "size": len(DATA), "name": "cat.jpg", "md5sum": MD5.hex()}
    answer = await exchange(served, task)
    assert answer["type"] == "create_upload_task_rsp"
    async with httpx.AsyncClient(trust_env=False) as client:
        for data, md5 in ((DATA[:-1], MD5), (DATA[:-1] + b"?", MD5), (DATA, MD5[::-1])):
            headers = {"Content-MD5": base64.b64encode(md5).decode()}
            assert (await client.put(answer["url"], content=data, headers=headers)).status_code == 400
        headers = {"Content-MD5": base64.b64encode(MD5).decode()}
        assert (await client.put(answer["url"], content=DATA, headers=headers)).status_code == 200
        assert (await client.put(answer["url"][:-1], content=DATA)).status_code == 403
    assert served.side.broker.files.uploaded == {(served.home.device_id, "cat.jpg"): DATA}


async def test_a_device_fetches_a_file_in_pieces(served: ServedHome) -> None:
    path, _ = served.side.broker.files.offer("cat.jpg", DATA)
    async with httpx.AsyncClient(trust_env=False, base_url=served.side.files_url) as client:
        part = await client.get(path, headers={"Range": f"bytes=400-{len(DATA)}"})  # the end is one too far
        assert (part.status_code, part.content) == (206, DATA[400:])
        assert (await client.get(f"{path}x")).status_code == 404


async def log(served: ServedHome, body: bytes) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer: dict[str, Any] = (await client.post(f"{served.side.files_url}{PATH}", content=body)).json()
    return answer


async def test_a_log_becomes_lines_of_the_timeline(served: ServedHome) -> None:
    product_id, _, name = served.home.device_id.partition("/")
    lines = "ERR|2026-11-29 10:00:00|it is hot\n\fDBG|2026-11-29 10:00:01|it is cold\n\f"
    signed = (log_head(product_id, name, 1_700_000_000) + lines).encode()
    body = sign_log(served.secret, signed).encode() + signed
    assert (await log(served, body))["Retcode"] == 0
    told = [data["words"] for _, data in served.home.heard if data.get("state") == "log"]
    assert told == ["ERR|2026-11-29 10:00:00|it is hot", "DBG|2026-11-29 10:00:01|it is cold"]
    for wrong in (
        b"",
        b"0" * 40 + signed,
        body.replace(name.encode(), b"other!"),
        b"\xff" * 4000,
        body * 2000,
    ):
        assert (await log(served, wrong))["Retcode"] == -1
