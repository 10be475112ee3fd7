"""Users of a team's sandbox: their tokens, what they may do, and what attackers try."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from devkit.cli.main import main
from devkit.cloud.accounts import NewAccount, accounts, add_account, remove_account, renew_token
from devkit.cloud.http.server import served
from devkit.cloud.push.socket import LOOK_MS
from devkit.cloud.quotas import SEATS, OwnCounters, Quotas, SharedCounters
from devkit.cloud.sandbox import export_all
from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.schema import SESSIONS, TABLES
from devkit.errors import SettingsError, StaleError
from tests.helpers.home import Home, make_home

BAD_TOKEN = "InvalidParameterValue.InvalidAccessToken"


def add(home: Home, name: str = "ann", **quota: Any) -> str:
    """Add a user to the home's family, who is then somebody to call as."""
    with home.emulator.work() as work:
        home.tokens[name] = add_account(work, NewAccount(name, **quota), home.family_id)
    return home.tokens[name]


async def test_a_user_has_a_token_that_nobody_can_read_again() -> None:
    home = make_home()
    token = add(home)
    assert token not in export_all(home.emulator.store)
    assert (await home.call("AppGetUser", as_="ann"))["Data"]["NickName"] == "ann"
    await home.lamp("AppControlDeviceData", as_="ann", Data={"brightness": 5})
    with home.emulator.work() as work:
        kept = [row["token"] for row in work.tx.find(SESSIONS, {}) if row["token"].startswith("sha256:")]
    home.tokens.update(thief=kept[0], longer=token + "x", prefix="dk_", surrogate="dk_\ud800")
    for name in ("thief", "longer", "prefix", "surrogate"):
        assert await home.code("AppGetUser", as_=name) == BAD_TOKEN
    await home.emulator.aclose()


async def test_a_token_ends_when_it_is_renewed_and_with_its_user() -> None:
    home = make_home()
    add(home)
    with home.emulator.work() as work:
        home.tokens["again"] = renew_token(work, "ann")
    assert await home.code("AppGetUser", as_="ann") == BAD_TOKEN
    assert await home.code("AppGetUser", as_="again") == ""
    with home.emulator.work() as work:
        remove_account(work, "ann")
        assert accounts(work) == []
        assert not [row for table in TABLES.values() for row in work.tx.find(table, {}) if "ann" in str(row)]
    assert await home.code("AppGetUser", as_="again") == BAD_TOKEN
    await home.emulator.aclose()


@pytest.mark.parametrize("name", ["", "Ann", "-a", "a b", "a/b", "../a", "a;--", "安", "a" * 33, "a\n", "%s"])
def test_strange_names_are_refused(name: str) -> None:
    home = make_home()
    with pytest.raises(SettingsError, match="is no name of a user"):
        add(home, name)


def test_a_name_is_given_once() -> None:
    home = make_home()
    add(home)
    with pytest.raises(SettingsError, match="There is a user ann already"):
        add(home)
    for act in (renew_token, remove_account):
        with home.emulator.work() as work, pytest.raises(SettingsError, match="no user 'bob'") as refused:
            act(work, "bob")
        assert refused.value.hint == "This sandbox has: ann."


async def test_calls_above_the_quota_are_refused_and_others_go_on() -> None:
    home = make_home()
    now = [100.0]
    home.emulator.quotas = Quotas(now=lambda: now[0])
    add(home, calls_s=5)
    add(home, "bob", calls_s=5)
    codes = [await home.code("AppGetUser", as_="ann") for _ in range(7)]
    assert codes == [""] * 5 + ["LimitExceeded"] * 2
    assert await home.code("AppGetUser", as_="bob") == ""
    assert [await home.code("AppGetUser") for _ in range(50)] == [""] * 50
    now[0] += 0.2
    assert [await home.code("AppGetUser", as_="ann") for _ in range(2)] == ["", "LimitExceeded"]
    now[0] += 60
    assert [await home.code("AppGetUser", as_="ann") for _ in range(7)] == codes
    await home.emulator.aclose()


async def test_a_call_that_is_tried_again_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_home()
    home.emulator.quotas = Quotas(now=lambda: 100.0)
    add(home, calls_s=3)
    begin, others = home.emulator.store.transaction, iter(range(4))

    @contextlib.contextmanager
    def crowded() -> Iterator[Transaction]:
        with begin() as tx:
            yield tx
            if next(others, None) is not None:
                raise StaleError("another was quicker")

    monkeypatch.setattr(home.emulator.store, "transaction", crowded)
    assert [await home.code("AppGetUser", as_="ann") for _ in range(4)] == ["", "", "", "LimitExceeded"]
    await home.emulator.aclose()


@given(st.integers(1, 50), st.lists(st.floats(0, 2), max_size=60))
def test_a_quota_holds_over_any_time(rate: int, gaps: list[float]) -> None:
    counters, now, taken = OwnCounters(), 1000.0, 0
    start = now
    for gap in gaps:
        now += gap
        taken += counters.move(1, 1 / rate, now)
    assert taken <= rate * (now - start + 1) + 1


async def activate(socket: Any, token: str, device_id: str, pushes: list[str] | None = None) -> str:
    """Return the error of a subscription; pushes before the answer are kept."""
    params = {"DeviceIds": [device_id], "AccessToken": token}
    await socket.send(json.dumps({"action": "ActivePush", "reqId": "r", "params": params}))
    while True:
        frame = json.loads(await socket.recv())
        if frame.get("reqId") == "r":
            return str(frame["data"].get("Error", {}).get("Code", ""))
        if pushes is not None:
            pushes.append(frame["params"]["SubType"])


async def test_sockets_above_the_quota_follow_nothing() -> None:
    home = make_home()
    token = add(home, sockets=2)
    async with served(home.emulator) as url:
        address = f"ws{url.removeprefix('http')}/ws/explorer"
        first, second, third = [await connect(address, proxy=None) for _ in range(3)]
        for socket in (first, second, second):  # a client may subscribe as often as it likes
            assert await activate(socket, token, home.device_id) == ""
        assert await activate(third, token, home.device_id) == "LimitExceeded"
        assert await activate(third, home.tokens["owner"], home.device_id) == ""
        assert await activate(second, home.tokens["owner"], home.device_id) == ""
        assert await activate(third, token, home.device_id) == ""
        await first.close()
        await first.wait_closed()
        again = await connect(address, proxy=None)
        assert await activate(again, token, home.device_id) == ""
        for socket in (second, third, again):
            await socket.close()
    await home.emulator.aclose()


async def test_one_who_was_removed_elsewhere_hears_nothing_after_a_minute() -> None:
    home = make_home()
    token = add(home)
    async with served(home.emulator) as url:
        address = f"ws{url.removeprefix('http')}/ws/explorer"
        async with connect(address, proxy=None) as socket:
            assert await activate(socket, token, home.device_id) == ""
            with home.emulator.store.transaction() as tx:  # as another process does, without a word
                tx.remove(SESSIONS, next(r["token"] for r in tx.find(SESSIONS, {}) if "sha" in r["token"]))
            pushes: list[str] = []
            lamp = home.emulator.devices.device(home.device_id)
            await lamp.report({"brightness": 8})
            await home.settle(LOOK_MS)
            await lamp.report({"brightness": 9})
            assert await activate(socket, token, home.device_id, pushes) == BAD_TOKEN
            assert pushes == ["Report"]
    await home.emulator.aclose()


OTHER = """
import sys
from pathlib import Path
from devkit.cloud.quotas import SharedCounters
counters = SharedCounters(Path(sys.argv[1]))
print([counters.sit(7, seat) for seat in (0, 1)], end=" ")
print([counters.move(7, 0.5, 100.0) for _ in range(3)], flush=True)
sys.stdin.read()
"""


def test_processes_count_together_and_one_that_dies_leaves_its_seats(tmp_path: Path) -> None:
    file = tmp_path / "counts"
    counters = SharedCounters(file)
    assert counters.sit(7, 0)
    assert counters.move(7, 0.5, 100.0)
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin
    assert other.stdout
    assert other.stdout.readline() == "[False, True] [True, False, False]\n"
    assert not counters.sit(7, 0)
    assert not counters.sit(7, 1)
    assert not counters.move(7, 0.5, 100.0)
    assert counters.move(7, 0.5, 100.5)
    assert counters.sit(8, 1)
    other.kill()
    other.communicate()
    assert counters.sit(7, 1)
    counters.rise(7, 0)
    assert counters.sit(7, 0)
    assert counters.sit(2**20 - 1, SEATS - 1)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["cloud", "user", *words])


def test_users_by_command(run: Run) -> None:
    added = run("add", "ann", "--calls", "50", "--sockets", "3", "--json")
    assert json.loads(added.output.splitlines()[-1])["token"].startswith("dk_")
    assert "not shown again:\ndk_" in run("add", "bob").output
    first, second = run("list").output.splitlines()
    assert first.split()[0] == "ann"
    assert "50 calls/s, 3 sockets, since 20" in first
    assert "any calls, any sockets" in second
    assert json.loads(run("list", "--json").output.splitlines()[0])["calls_s"] == 50
    assert "dk_" in run("renew", "ann").output
    assert run("remove", "ann", "--yes").output == "Removed ann.\n"
    refused = run("remove", "ann", "--yes")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: There is no user 'ann'.\nThis sandbox has: bob.\n",
    )
    assert run("add", "x", "--calls", "-1").exit_code == 2
