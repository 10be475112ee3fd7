"""What a run does to be one of many: its part of the tests, and its turn at the servers."""

from __future__ import annotations

import pytest

from devkit.errors import SettingsError
from devkit.testing.farm.durations import RunTimes


def share_out(config: pytest.Config, *, is_worker: bool) -> None:
    """Divide the tests among runs, and the servers among the processes of all of them.

    Errors: pytest.UsageError for --panel-shard or --panel-browser-ws.
    """
    part, servers = config.getoption("--panel-shard"), config.getoption("--panel-browser-ws")
    number = 0
    try:
        if part:
            from devkit.testing.farm.shards import ShardRun, shard_of

            shard = shard_of(part)
            number = shard.number - 1
            config.pluginmanager.register(ShardRun(config, shard), "devkit-shard")
        elif config.getoption("--panel-durations") and not is_worker:
            config.pluginmanager.register(RunTimes(config), "devkit-durations")
        if servers:
            from devkit.testing.farm.retries import Retries
            from devkit.testing.farm.servers import BrowserServers, server_urls

            about = getattr(config, "workerinput", {"workerid": "gw0", "workercount": 1})
            worker = about["workerid"].removeprefix("gw")
            first = number * about["workercount"] + (int(worker) if worker.isdigit() else 0)
            retries = Retries(BrowserServers(server_urls(servers), first))
            config.pluginmanager.register(retries, "devkit-servers")
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
