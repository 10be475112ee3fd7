"""Measure Bluetooth: sign-in of a standard device, notifications, firmware, and a crowd of peripherals.

Run with `python -m bench.ble [--rounds 200] [--kib 256] [--json]`. The client is the platform's own adapter
under Node; each figure stands beside the round trip of the same link, measured in the same run. Firmware goes
over a link of 5 ms a write: an instant one measures the adapter's own work, not the link.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from typing import Any

from bench.bluetooth import LINK_MS, OTA_SHARE, PACKET_BYTES, PACKETS, firmware_line, run, sending_marks
from devkit.ble import Advertising, DevicesFound, Peripheral, Radio, Timings, VirtualCentral
from devkit.ble.llsync import OtaPlan
from devkit.ble.llsync.codes import INFO, Info
from devkit.ble.profiles.light import LLSyncLight
from tests.contract.ble.node_client import FakeCloud, NodeClient, install, open_client
from tests.helpers.llsync import MAC, NAME, PRODUCT, model

USER, PSK, SERVICE = "100000000001", "1a28167f", "0000FFE0-65D0-4E20-B56A-E493541BA4E2"
CROWD, INTERVAL_MS, CROWD_S = 50, 100, 5
BARE_ROUNDS = 5
CROWD_SHARE = 0.15


def light() -> tuple[LLSyncLight, FakeCloud]:
    plan = OtaPlan(packets=PACKETS, packet_bytes=PACKET_BYTES, reboot_s=1)
    device, cloud = LLSyncLight(model(), PRODUCT, NAME, user_id=USER, address=MAC, ota=plan), FakeCloud()
    device.llsync_mtu, device.restart_ms = 247, 0
    cloud.configs["ble_psk_device_ket"] = PSK
    return device, cloud


async def sign_in(client: NodeClient) -> float:
    """Search, connect and authenticate; return the milliseconds."""
    start = time.perf_counter()
    info = await client.run("search", deviceName=NAME, productId=PRODUCT, serviceId=SERVICE)
    await client.run("connect", **info)
    await client.run("authenticate", deviceName=NAME)
    return (time.perf_counter() - start) * 1000


async def sign_ins(count: int) -> list[float]:
    """Return the times of fresh clients."""
    times = []
    for _ in range(count):
        device, cloud = light()
        radio = Radio()
        radio.add(device)
        async with open_client("h5", radio, cloud, USER) as client:
            times.append(await sign_in(client))
    return times


async def round_trip(client: NodeClient, rounds: int) -> float:
    """Return the milliseconds of a write as large as a firmware packet, with no adapter around it."""
    place = {"deviceId": MAC, "serviceId": SERVICE, "characteristicId": INFO}
    params = {**place, "value": f"{Info.IOS:02X}" + "00" * (PACKET_BYTES - 1)}
    times: list[float] = [
        await client.run("bareWrites", count=rounds, params=params) for _ in range(BARE_ROUNDS)
    ]
    return statistics.median(times)


async def notifications(client: NodeClient, device: LLSyncLight, rounds: int) -> float:
    """Return the median milliseconds from a device's report to the news that the panel's callback ran."""
    times = []
    for number in range(rounds):
        before = len(client.events)
        start = time.perf_counter()
        device.report({"brightness": number})
        await client.until(lambda before=before: len(client.events) > before)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def firmware(client: NodeClient, device: LLSyncLight, cloud: FakeCloud, kib: int) -> tuple[float, int]:
    """Upgrade; return the seconds of sending, and how many round trips it needs."""
    cloud.firmware = ("2.0.0", bytes(range(256)) * 4 * kib)
    marks = sending_marks(device.ota.receiver)
    await client.run("ota", limit=300)
    writes = math.ceil(len(cloud.firmware[1]) / (PACKET_BYTES - 3))
    return marks[-1] - marks[0], writes + math.ceil(writes / PACKETS)


async def crowd() -> tuple[float, int]:
    """Return the share of a core that a search among many costs, and how many packets it heard."""
    radio = Radio()
    for number in range(CROWD // 2):
        peripheral = Peripheral()
        peripheral.advertising = Advertising(INTERVAL_MS, ["FFF0"], bytes(8))
        radio.add(peripheral)
        radio.add(LLSyncLight(model(), PRODUCT, f"lamp{number}", user_id=USER))
    central = VirtualCentral(radio)
    heard = 0

    def count(event: object) -> None:
        nonlocal heard
        heard += len(event.devices) if isinstance(event, DevicesFound) else 0

    central.subscribe(count)
    await central.open()
    cpu, wall = time.process_time(), time.perf_counter()
    await central.start_discovery(allow_duplicates=True)
    await asyncio.sleep(CROWD_S)
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    await central.aclose()
    await radio.aclose()
    return share, heard


async def measure(rounds: int, kib: int) -> dict[str, Any]:
    device, cloud = light()
    radio = Radio()
    radio.add(device)
    async with open_client("h5", radio, cloud, USER) as client:
        await sign_in(client)
        notified = await notifications(client, device, rounds)
        idle = await idle_step(client, rounds)
        radio.timings = Timings(request_ms=LINK_MS)
        trip = await round_trip(client, rounds // BARE_ROUNDS)
        seconds, trips = await firmware(client, device, cloud, kib)
    share, heard = await crowd()
    signed = statistics.median(await sign_ins(5))
    return {
        "sign_in_ms": round(signed, 1),
        "link_round_trip_ms": round(trip, 3),
        "harness_round_trip_ms": round(idle, 3),
        "notification_ms": round(notified, 3),
        "ota_kib": kib,
        "ota_s": round(seconds, 2),
        "ota_share_of_link": round(trips * trip / 1000 / seconds, 2),
        "crowd_share_of_core": round(share, 3),
        "crowd_packets": heard,
    }


async def idle_step(client: NodeClient, rounds: int) -> float:
    """Return the median milliseconds of a step that does nothing: one round trip from Python."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        await client.run("idle")
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def lines(result: dict[str, Any]) -> list[str]:
    return [
        (
            f"notification to callback       {result['notification_ms']} ms, from Python and back; "
            f"an empty step takes {result['harness_round_trip_ms']} ms"
        ),
        firmware_line(
            result,
            f"what a round trip of {result['link_round_trip_ms']} ms allows (at least {OTA_SHARE:.0%})",
        ),
        (
            f"{CROWD} peripherals at 10 Hz        {result['crowd_share_of_core']:.1%} of a core, "
            f"{result['crowd_packets']} packets in {CROWD_S} s (at most {CROWD_SHARE:.0%})"
        ),
    ]


if __name__ == "__main__":
    install()
    run(__doc__, measure, lines, rounds=200)
