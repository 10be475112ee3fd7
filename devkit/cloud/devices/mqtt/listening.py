"""The ports of the device side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cloud.devices.mqtt import tls
from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.connection import MqttConnection
from devkit.errors import PortTakenError, ServeError
from devkit.web.binding import bind, url_host

if TYPE_CHECKING:
    import socket

    from devkit.cloud.emulator import Emulator

PRIVILEGED = 1024
HTTP = 80
"""The one port that the C SDK knows: with it, the address of a file has none."""


@dataclass(frozen=True)
class DevicePorts:
    """Where devices are listened for: an address to bind, and ports; 0 takes a free one."""

    host: str = "127.0.0.1"
    plain: int = 1883
    tls: int = 8883
    http: int = 0


@dataclass(frozen=True)
class DeviceSide:
    """The device side as it listens; tls_url is "" where it is not possible, and tls_notice says why."""

    broker: Broker
    url: str
    tls_url: str
    files_url: str
    tls_notice: str = ""


@contextlib.asynccontextmanager
async def open_device_side(
    emulator: Emulator, ports: DevicePorts, reached_as: str = ""
) -> AsyncIterator[DeviceSide]:
    """Listen for devices while the context lasts. reached_as is how a board calls this machine.

    Errors: ServeError, PortTakenError, both naming the setting of the port.
    """
    broker = Broker(emulator)
    host = reached_as or url_host(ports.host)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(broker.close)
        plain = await _listen(stack, ports.host, ports.plain, "mqtt_port", lambda: MqttConnection(broker))
        tls_url = ""
        if tls.POSSIBLE:
            secure = await _listen(
                stack, ports.host, ports.tls, "mqtt_tls_port", lambda: tls.TlsOpening(broker)
            )
            tls_url = f"mqtts://{host}:{secure}"
        broker.files_url = await _serve_files(stack, emulator, ports, host)
        notice = "" if tls_url else tls.WHY_NOT
        yield DeviceSide(broker, f"mqtt://{host}:{plain}", tls_url, broker.files_url, notice)


async def _listen(
    stack: contextlib.AsyncExitStack, host: str, port: int, name: str, make: Callable[[], asyncio.Protocol]
) -> int:
    listener = _bound(host, port, name)
    server = await asyncio.get_running_loop().create_server(make, sock=listener)
    stack.callback(server.close)
    return int(listener.getsockname()[1])


def _bound(host: str, port: int, name: str) -> socket.socket:
    try:
        return bind(host, port)
    except PortTakenError as error:
        hint = f"End what has it, or set {name} to another port."
        raise PortTakenError(error.message, hint, port=port, free=0) from error
    except ServeError as error:
        if port and port < PRIVILEGED and "rights" in error.message:
            hint = (
                f"Ports below {PRIVILEGED} need root or CAP_NET_BIND_SERVICE; on Linux also "
                f"`sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`. Or set {name} to another port."
            )
            raise ServeError(error.message, hint) from error
        raise


async def _serve_files(
    stack: contextlib.AsyncExitStack, emulator: Emulator, ports: DevicePorts, host: str
) -> str:
    """Serve firmware files and registration on a port of their own; return its base URL.

    Host headers are not looked at here: the Python SDK sends a part of the path in them. The addresses of
    files are signed, and registration asks for the product's secret.
    Source: docs/reference/device-side.md section 4, OTA.
    """
    from starlette.applications import Starlette

    from devkit.cloud.http.downloads import download_routes
    from devkit.cloud.http.registration import registration_routes
    from devkit.web.serving import serving

    app = Starlette(routes=[*download_routes(emulator), *registration_routes(emulator)])
    listener = _bound(ports.host, ports.http, "mqtt_http_port")
    port = int(listener.getsockname()[1])
    await stack.enter_async_context(serving(app, listener))
    return f"http://{host}" if port == HTTP else f"http://{host}:{port}"
