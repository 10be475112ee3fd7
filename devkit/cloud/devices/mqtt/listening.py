"""The ports of the device side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cloud.devices.authority import DeviceAuthority
from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.connection import LARGEST_PACKET, MqttConnection
from devkit.cloud.devices.mqtt.login import Proof
from devkit.cloud.devices.mqtt.tls import KEYS_POSSIBLE, WHY_NO_KEYS, TlsDoor, TlsOpening
from devkit.errors import PortTakenError, ServeError
from devkit.language import _
from devkit.web.binding import bind, url_host
from devkit.web.open_files import make_room_if_possible

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from devkit.cloud.emulator import Emulator

PRIVILEGED = 1024
MOST_DEVICES = 10_000
HTTP, HTTPS = 80, 443
"""The ports that the C SDK knows: with them, the address of a file has none."""


@dataclass(frozen=True)
class DevicePorts:
    """Where devices are listened for: an address to bind, and ports; 0 takes a free one."""

    host: str = "127.0.0.1"
    plain: int = 1883
    tls: int = 8883
    http: int = 0
    https: int = 0


@dataclass(frozen=True)
class DeviceSide:
    """The device side as it listens.

    files_url and https_url have firmware files, registration, and MQTT over WebSocket at /mqtt. tls_notice
    says what TLS cannot do here, "" for nothing.
    """

    broker: Broker
    url: str
    tls_url: str
    files_url: str
    https_url: str
    tls_notice: str = ""


@contextlib.asynccontextmanager
async def open_device_side(
    emulator: Emulator, ports: DevicePorts, reached_as: str = ""
) -> AsyncIterator[DeviceSide]:
    """Listen for devices while the context lasts. reached_as is how a board calls this machine.

    Errors: ServeError, PortTakenError, both naming the setting of the port.
    """
    make_room_if_possible(MOST_DEVICES)
    broker = Broker(emulator)
    host = reached_as or url_host(ports.host)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(broker.close)
        plain = await _listen(stack, ports.host, ports.plain, "mqtt_port", lambda: MqttConnection(broker))
        door = TlsDoor(broker, DeviceAuthority(), host.strip("[]"))
        stack.callback(door.close)

        def make(proof: Proof) -> MqttConnection:
            return MqttConnection(broker, proof)

        secure = await _listen(stack, ports.host, ports.tls, "mqtt_tls_port", lambda: TlsOpening(door, make))
        app = _web(broker)
        http = await _serve(stack, app, ports)
        https = await _serve_https(stack, app, ports, door)
        broker.files_url = f"http://{host}" if http == HTTP else f"http://{host}:{http}"
        https_url = f"https://{host}" if https == HTTPS else f"https://{host}:{https}"
        notice = "" if KEYS_POSSIBLE else WHY_NO_KEYS
        url, tls_url = f"mqtt://{host}:{plain}", f"mqtts://{host}:{secure}"
        yield DeviceSide(broker, url, tls_url, broker.files_url, https_url, notice)


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
        hint = _(f"End what has it, or set {name} to another port.")
        raise PortTakenError(error.message, hint, port=port, free=0) from error
    except ServeError as error:
        if port and port < PRIVILEGED and "rights" in error.message:
            hint = _(
                f"Ports below {PRIVILEGED} need root or CAP_NET_BIND_SERVICE; on Linux also "
                f"`sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`. Or set {name} to another port."
            )
            raise ServeError(error.message, hint) from error
        raise


def _web(broker: Broker) -> ASGIApp:
    """Return the application of firmware files, registration and MQTT over WebSocket.

    Host headers are not looked at: the Python SDK sends a part of the path in them. The addresses of files
    are signed, registration asks for the product's secret, and MQTT for the device's.
    Source: docs/reference/device-side.md section 4, OTA.
    """
    from starlette.applications import Starlette

    from devkit.cloud.devices.mqtt.websocket import websocket_routes
    from devkit.cloud.http.device_logs import log_routes
    from devkit.cloud.http.downloads import download_routes
    from devkit.cloud.http.registration import registration_routes

    emulator = broker.emulator
    return Starlette(
        routes=[
            *download_routes(emulator),
            *registration_routes(emulator),
            *log_routes(emulator),
            *broker.files.routes(),
            *websocket_routes(broker),
        ]
    )


async def _serve(stack: contextlib.AsyncExitStack, app: ASGIApp, ports: DevicePorts) -> int:
    from devkit.web.serving import serving

    listener = _bound(ports.host, ports.http, "mqtt_http_port")
    port = int(listener.getsockname()[1])
    await stack.enter_async_context(serving(app, listener, max_frame=LARGEST_PACKET))
    return port


async def _serve_https(
    stack: contextlib.AsyncExitStack, app: ASGIApp, ports: DevicePorts, door: TlsDoor
) -> int:
    """Serve the same with the authority's certificate."""
    from devkit.web.serving import speaking

    speak = speaking(app, max_frame=LARGEST_PACKET)

    def opening() -> TlsOpening:
        return TlsOpening(door, lambda proof: speak(), prove=False)

    return await _listen(stack, ports.host, ports.https, "mqtt_https_port", opening)
