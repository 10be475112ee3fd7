"""A sandbox that others reach: neither the published key nor the fixed OpenID lets them in."""

import contextlib
import secrets
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from devkit.app.cloud import ServedCloud, open_cloud
from devkit.app.events import Notice
from devkit.app.server import PanelServer
from devkit.cli.main import main
from devkit.cloud.app_keys import PUBLISHED, AppKeys
from devkit.cloud.device_secrets import DeviceSecrets, device_psk, secrets_of
from devkit.cloud.devices.device_keys import device_keys
from devkit.cloud.seed import add_device
from devkit.cloud.store.schema import APPS, DEVICES
from devkit.devserver.panel import BuiltPanel
from devkit.errors import SettingsError
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


async def test_devices_have_secrets_of_their_own_which_stay(tmp_path: Path) -> None:
    async with open_cloud(settings_of(tmp_path, "127.0.0.1")) as cloud:
        known = cloud.secrets
        with cloud.emulator.work() as work:
            work.tx.change(DEVICES, cloud.device_id, family_id="f")
            _, _, known_key = device_keys(work, *cloud.device_id.split("/"))
    assert known == DeviceSecrets("secret-of-LAMPPROD01", device_psk(b"", "LAMPPROD01/dev01"))
    own = []
    for host, db in (("0.0.0.0", "project"), ("0.0.0.0", "memory"), ("127.0.0.1", "project")):
        async with open_cloud(settings_of(tmp_path, host, db=db)) as cloud:
            own.append(cloud.secrets)
            with cloud.emulator.work() as work:
                work.tx.change(DEVICES, cloud.device_id, family_id="f")
                assert device_keys(work, *cloud.device_id.split("/"))[2] != known_key
                add_device(work, "LAMPPROD01", "second")
                assert secrets_of(work, "LAMPPROD01/second").device_secret != device_psk(
                    b"", "LAMPPROD01/second"
                )
                work.tx.remove(DEVICES, "LAMPPROD01/second")
    assert own[0] == own[1] == own[2]
    assert own[0] != known
    salt = tmp_path / ".devkit" / "device-salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600
    assert (tmp_path / ".devkit" / ".gitignore").read_text() == "*\n"
    salt.write_text("not hex")
    with pytest.raises(SettingsError, match="device-salt"):
        async with open_cloud(settings_of(tmp_path, "127.0.0.1")):
            pass


async def test_commands_beside_a_run_for_others_leave_its_keys_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_cloud(settings_of(tmp_path, "0.0.0.0")) as cloud:
        for command in (["device", "guide", "c"], ["cloud", "seed"], ["cloud", "reset", "--yes"]):
            done = CliRunner().invoke(main, [*command, "--product-id", "LAMPPROD01"])
            assert done.exit_code == 0, done.output
            assert PUBLISHED.app_secret not in done.output
            with cloud.emulator.work() as work:
                assert work.tx.get(APPS, PUBLISHED.app_key) is None
                assert secrets_of(work, cloud.device_id) == cloud.secrets
            assert "Error" in await log_in(cloud, PUBLISHED, PUBLISHED.open_id)
        assert "AppSecret" in done.output  # a reset makes the user anew, and with it the keys


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
