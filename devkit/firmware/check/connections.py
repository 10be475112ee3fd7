"""Checks of the connection: log-in, keepalive, and what happens after a cut."""

from __future__ import annotations

import itertools

from devkit.cloud.devices.mqtt.login import LoginRefusedError
from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.finding import DOWN, Findings, FirmwareFinding, SkippedError, finding
from devkit.firmware.check.properties import UP, check_subscriptions, method_of, params_of, same, writable
from devkit.firmware.check.samples import good_values
from devkit.json_types import JSON
from devkit.language import _

LONGEST_KEEPALIVE = 690
RECONNECT_SECONDS = 30.0
STORM_SECONDS, STORM_ATTEMPTS, SHORTEST_GAP_S = 3.0, 3, 0.5
QUIET_KEEPALIVE = 10
UNAVAILABLE = 3


async def check_log_in(bench: FirmwareBench) -> Findings:
    """Look at attempts before the first that succeeded."""
    first = bench.links("connected")[0]
    return [FirmwareFinding(item.words) for item in bench.links("refused", until=bench.seen.index(first))]


async def check_keepalive(bench: FirmwareBench) -> Findings:
    """Look at the keepalive that it announces."""
    seconds = bench.broker.body(bench.device_id).connection.keepalive
    if 0 < seconds <= LONGEST_KEEPALIVE:
        return []
    return [FirmwareFinding(_(f"Its keepalive is {seconds} s."))]


async def check_dead_cloud(bench: FirmwareBench) -> Findings:
    """Stop answering on an open connection; only a short keepalive is waited for."""
    connection = bench.broker.body(bench.device_id).connection
    if not 0 < connection.keepalive <= QUIET_KEEPALIVE:
        raise SkippedError(
            _(
                f"its keepalive is {connection.keepalive} s; "
                f"build it with {QUIET_KEEPALIVE} s or less for this"
            )
        )
    bench.mute(connection)
    since = bench.mark()
    if await bench.until(lambda: bool(bench.links("connected", since)), 4 * connection.keepalive):
        return []
    bench.broker.leave(bench.device_id, _("The check ended the connection."))
    text = _(f"PINGRESP did not come, and after {4 * connection.keepalive} s it had not connected anew.")
    return [FirmwareFinding(text)]


async def check_reconnect(bench: FirmwareBench) -> Findings:
    """Cut the connection."""
    bench.cut()
    if not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
        return [FirmwareFinding(_(f"It did not connect again within {RECONNECT_SECONDS:g} s."))]
    return await check_subscriptions(bench)


async def check_offline_control(bench: FirmwareBench) -> Findings:
    """Cut the connection with a control that is not confirmed."""
    prop = writable(bench)
    since = bench.mark()
    value = next(
        (item for item in good_values(prop.define, bench.chance) if not same(item, bench.reported(prop.id))),
        None,
    )
    if value is None:
        raise SkippedError(_(f"{prop.id} has one value alone"))
    bench.cut()
    wanted: dict[str, JSON] = {prop.id: value}
    bench.broker.wanted[bench.device_id] = dict(wanted)
    if not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
        return [FirmwareFinding(_(f"It did not connect again within {RECONNECT_SECONDS:g} s."))]
    if not await bench.until(lambda: any(method_of(item) == "get_status" for item in bench.packets(since))):
        return [finding(bench, _("After connecting again it did not ask get_status for what it missed."), UP)]
    answer: JSON = {"method": "get_status_reply", "data": {"control": wanted}}
    found = []
    if not await bench.until(
        lambda: any(same(params_of(item).get(prop.id), value) for item in bench.packets(since))
    ):
        found.append(
            finding(bench, _(f"It did not apply and report {prop.id} of get_status_reply."), DOWN, answer)
        )
    if not await bench.until(
        lambda: any(method_of(item) == "clear_control" for item in bench.packets(since))
    ):
        found.append(finding(bench, _("It did not send clear_control after get_status_reply."), DOWN, answer))
    return found


async def check_storm(bench: FirmwareBench) -> Findings:
    """Refuse the device for a while, and look how soon it tries again."""
    attempts: list[float] = []

    def refuse(*_ignored: object) -> str:
        attempts.append(bench.now())
        bench.note()
        raise LoginRefusedError(UNAVAILABLE, _("The check refuses it for a while."))

    with bench.refusing(refuse):
        bench.cut()
        await bench.until(lambda: len(attempts) >= STORM_ATTEMPTS, STORM_SECONDS)
    gaps = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    found: Findings = []
    if gaps and min(gaps) < SHORTEST_GAP_S:
        text = _(f"Refused with CONNACK {UNAVAILABLE}, it tried again after {min(gaps) * 1000:.0f} ms.")
        found.append(FirmwareFinding(text))
    if not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
        text = _(f"Refused for {STORM_SECONDS:g} s, it did not come back within {RECONNECT_SECONDS:g} s.")
        found.append(FirmwareFinding(text))
    return found
