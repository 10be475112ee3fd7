"""What `devkit cloud serve` does: one emulator in this process, or several in workers of it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devkit.language import _
from devkit.log import CALLS, log_json

if TYPE_CHECKING:
    from devkit.app import ServedCloud
    from devkit.cli.running import Stop
    from devkit.settings import Settings

logger = logging.getLogger(__name__)
calls = logging.getLogger(CALLS)


@dataclass(frozen=True)
class ServeOptions:
    """The options of the command that are no settings.

    listener and shared are the socket and the folder that a worker has from its supervisor; -1 and None else.
    """

    port: int
    bus: str
    allow_host: tuple[str, ...]
    public_url: str
    workers: int
    drain: float
    log: str
    listener: int
    shared: Path | None


async def serve_cloud(settings: Settings, options: ServeOptions, stop: Stop, *, as_json: bool) -> None:
    """Serve until stopped.

    Errors: SettingsError, ModelError, ServeError, PortTakenError, TransportError.
    """
    if options.log == "json":
        log_json()
    if options.listener < 0 and options.workers > 1:
        await _serve_many(settings, options, as_json=as_json)
        return
    from devkit.app.cloud import ServerPart, open_cloud

    listener = None
    if options.listener >= 0:
        listener = socket.socket(fileno=options.listener)
        asyncio.get_running_loop().add_reader(0, _look_after, stop)
        as_json = True
    part = ServerPart(listener, options.shared, options.public_url.rstrip("/"), options.drain)
    async with open_cloud(
        settings, port=options.port, bus=options.bus, hosts=options.allow_host, part=part
    ) as cloud:
        _tell_ready(_ready_line(cloud), options, as_json=as_json)
        await asyncio.Event().wait()


def _look_after(stop: Stop) -> None:
    """End a worker whose supervisor has gone."""
    if not os.read(0, 1024):
        asyncio.get_running_loop().remove_reader(0)
        stop(1)


async def _serve_many(settings: Settings, options: ServeOptions, *, as_json: bool) -> None:
    from devkit.app.workers import check_workers, open_workers
    from devkit.web.binding import bind

    check_workers(settings, options.workers)
    listener = bind(settings.host, options.port)

    def tell(what: str) -> None:
        if as_json or options.log == "text":
            click.echo(json.dumps({"event": "worker", "message": what}) if as_json else what)
        else:
            logger.warning(what)

    async with open_workers(
        listener, sys.argv[1:], options.workers, drain_s=options.drain, tell=tell
    ) as ready:
        _tell_ready(json.loads(ready), options, as_json=as_json)
        await asyncio.Event().wait()


def _ready_line(cloud: ServedCloud) -> dict[str, Any]:
    devices = cloud.devices
    return {
        "event": "ready", "url": cloud.url, "access_token": cloud.token, "device_id": cloud.device_id,
        "app": asdict(cloud.keys), "secrets": asdict(cloud.secrets),
        "warning": cloud.warning or None,
        "mqtt": devices.url if devices else None, "devices": asdict(devices) if devices else None,
    }  # fmt: skip


def _tell_ready(line: Mapping[str, Any], options: ServeOptions, *, as_json: bool) -> None:
    """Print where the server is and what opens it; a log that others keep hears only where."""
    if as_json:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        return
    if options.log == "json":
        calls.info("ready", extra={"fields": {name: line[name] for name in ("url", "device_id", "warning")}})
        return
    if line["warning"]:
        from devkit.app.exposure import keys_text
        from devkit.cloud.app_keys import AppKeys
        from devkit.cloud.device_secrets import DeviceSecrets

        click.echo(
            f"{line['warning']}\n{keys_text(AppKeys(**line['app']), DeviceSecrets(**line['secrets']))}"
        )
    click.echo(_(f"  Cloud    {line['url']}"))
    click.echo(_(f"  Device   {line['device_id']}"))
    click.echo(_(f"  Token    {line['access_token']}  (of this sandbox alone)"))
    if line["devices"]:
        from devkit.app.events import DevicesReady
        from devkit.cli.output import device_lines

        click.echo(device_lines(DevicesReady(**line["devices"])))
    click.echo(_("  Press Ctrl-C to stop."))
