"""A sandbox that others reach: neither the published key nor the fixed OpenID lets them in."""

import contextlib
import secrets
import time
from pathlib import Path
from typing import Any

import httpx

from devkit.app.cloud import ServedCloud, open_cloud
from devkit.app.events import Notice
from devkit.app.server import PanelServer
from devkit.cloud.app_keys import PUBLISHED, AppKeys
from devkit.devserver.panel import BuiltPanel
from devkit.settings import Settings, load_settings
from devkit.transport.signature import sign
from devkit.web.binding import bind, bind_console


def settings_of(folder: Path, host: str, **more: Any) -> Settings:
    return load_settings(folder, {"product_id": "LAMPPROD01", "host": host, **more}, {})


async def log_in(cloud: ServedCloud, keys: AppKeys, open_id: str) -> dict[str, Any]:
    """Ask for a token as an application does; return the answer's data, or its error."""
    params: dict[str, Any] = {
        "Action": "AppGetTokenByWeiXin", "RequestId": "r", "AppKey": keys.app_key,
        "Timestamp": int(time.time()), "Nonce": secrets.randbelow(10**8), "WxOpenID": open_id,
        "NickName": "x", "Avatar": "https://a.example/b.png",
    }  # fmt: skip
    params["Signature"] = sign(params, keys.app_secret)
    async with httpx.AsyncClient(trust_env=False) as client:
        found = (await client.post(f"{cloud.url}/api/exploreropen/appapi", json=params)).json()
    answer: dict[str, Any] = found["data"]
    return answer


async def user_of(cloud: ServedCloud, token: str) -> str:
    found = await cloud.emulator.call("AppGetUser", {"AccessToken": token})
    user: str = found["Data"]["UserID"]
    return user


async def test_the_published_key_opens_nothing_for_others(tmp_path: Path) -> None:
    async with open_cloud(settings_of(tmp_path, "0.0.0.0", db="memory")) as cloud:
        assert "Warning: everyone who can reach 0.0.0.0:" in cloud.warning
        assert cloud.keys != PUBLISHED
        refused = await log_in(cloud, PUBLISHED, cloud.keys.open_id)
        assert "Error" in refused
        stranger = await log_in(cloud, cloud.keys, PUBLISHED.open_id)
        owner = await log_in(cloud, cloud.keys, cloud.keys.open_id)
        mine = await user_of(cloud, cloud.token)
        assert await user_of(cloud, owner["Data"]["Token"]) == mine
        assert await user_of(cloud, stranger["Data"]["Token"]) != mine


async def test_loopback_has_the_published_key_again_and_each_run_keys_of_its_own(tmp_path: Path) -> None:
    seen = []
    for host in ("127.0.0.1", "0.0.0.0", "0.0.0.0", "127.0.0.1"):
        async with open_cloud(settings_of(tmp_path, host)) as cloud:
            seen.append(cloud.keys)
            assert bool(cloud.warning) is (host != "127.0.0.1")
            assert "Token" in (await log_in(cloud, cloud.keys, cloud.keys.open_id))["Data"]
            for old in seen[1:-1]:
                assert "Error" in await log_in(cloud, old, cloud.keys.open_id)
    assert seen[0] == seen[3] == PUBLISHED
    assert len(set(seen)) == 3


async def test_the_dev_server_says_what_it_exposes(tmp_path: Path) -> None:
    told: list[str] = []
    settings = settings_of(tmp_path, "0.0.0.0", db="memory")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(bind("127.0.0.1", 0))
        console = stack.enter_context(bind_console(listener.getsockname()[1]))
        emit = lambda event: told.append(event.message) if isinstance(event, Notice) else None  # noqa: E731
        async with PanelServer(settings, BuiltPanel(), listener, console, emit):
            assert console.getsockname()[0] == "127.0.0.1"
    text = "\n".join(told)
    assert "call the control API if they know the control token" in text
    assert "Keys of this run: AppKey" in text
    assert PUBLISHED.app_secret not in text
