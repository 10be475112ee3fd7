"""What firmware has to do, as a table of checks: each with its rule, where that is said, and the cure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from devkit.errors import CloudApiError, SettingsError
from devkit.firmware.check import actions, connections, properties, upgrades, watching
from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.connections import LONGEST_KEEPALIVE, RECONNECT_SECONDS
from devkit.firmware.check.finding import (
    Findings,
    FirmwareCheck,
    FirmwareFinding,
    FirmwareOutcome,
    SkippedError,
)
from devkit.language import _, marked

PROVOKING = frozenset({"burst", "bounds", "garbage", "silence", "inputs", "storm"})
GONE = FirmwareFinding(f"The device is not connected, and did not come back within {RECONNECT_SECONDS:g} s.")
_LISTEN = marked("Look at method first: only control and action are for the device to answer.")
_OTA = marked(
    "Compare length and MD5 of what was downloaded before it is installed, and report fail with the code."
)

CHECKS: tuple[FirmwareCheck, ...] = (
    FirmwareCheck(
        "log-in", "The first attempt to connect succeeds.", 1,
        "Sign clientId;appid;connid;expiry with the base64-decoded DeviceSecret.", connections.check_log_in,
    ),
    FirmwareCheck(
        "subscriptions", "It subscribes to what the cloud tells it after connecting.", 5,
        "Subscribe each time that it has connected: subscriptions are not kept.",
        properties.check_subscriptions,
    ),
    FirmwareCheck(
        "get-status", "After subscribing it asks get_status, with a clientToken.", 5,
        "Send get_status on $thing/up/property once SUBACK has come.", properties.check_status,
    ),
    FirmwareCheck(
        "keepalive", f"The keepalive is 1 to {LONGEST_KEEPALIVE} s.", 1,
        "Set it to 240 s, or shorter behind routers that forget connections.", connections.check_keepalive,
    ),
    FirmwareCheck(
        "properties", "A control is answered with its token and code 0, and the new value is reported.", 5,
        "Send control_reply with the clientToken of the control, then report.", properties.check_properties,
    ),
    FirmwareCheck(
        "together", "A control with several properties is done as a whole.", 4,
        "Go through all params of a control; report all of them.", properties.check_together,
    ),
    FirmwareCheck(
        "burst", "Controls in a row are each answered with their own clientToken.", 4,
        "Keep the token with the control it belongs to, not in one variable.", properties.check_burst,
    ),
    FirmwareCheck(
        "bounds", "It does not report values outside the thing model, and goes on.", 4,
        "Check a value before it is used; answer with a code other than 0, or keep to the limit.",
        properties.check_bounds,
    ),
    FirmwareCheck(
        "garbage", "Messages that are none do not stop it.", 4,
        "Ignore what is not a JSON object with a known method.", properties.check_garbage,
    ),
    FirmwareCheck("silence", "An answer gets no answer.", 4, _LISTEN, properties.check_silence),
    FirmwareCheck(
        "actions", "An action is answered with its token, code 0 and every output.", 4,
        "Send action_reply with clientToken, code and response.", actions.check_actions,
    ),
    FirmwareCheck(
        "inputs", "An action that is unknown or lacks inputs is not answered with code 0.", 4,
        "Look for actionId and every input first; answer with another code.", actions.check_inputs,
    ),
    FirmwareCheck(
        "gateway", "A gateway brings its sub-devices online and answers for them.", 4,
        "Send online for each, subscribe to its topics, and pass controls on.", watching.check_gateway,
    ),
    FirmwareCheck(
        "receipts", "Messages of QoS 1 are acknowledged.", 3,
        "Send PUBACK, or subscribe with QoS 0.", watching.check_receipts,
    ),
    FirmwareCheck(
        "pace", f"Left alone, it sends at most {watching.MOST_A_SECOND} messages a second.", 4,
        "Report what has changed, not in every turn of the loop.", watching.check_pace,
    ),
    FirmwareCheck(
        "dead-cloud", "A connection on which PINGRESP does not come is made anew.", 1,
        "Close the connection after two PINGREQ without an answer.", connections.check_dead_cloud,
    ),
    FirmwareCheck(
        "reconnect", f"After a cut it connects within {RECONNECT_SECONDS:g} s and subscribes again.", 1,
        "Connect anew after 1 to 2 s, and subscribe in the callback of the connection.",
        connections.check_reconnect,
    ),
    FirmwareCheck(
        "offline-control", "What it missed is applied, reported and cleared.", 5,
        "Ask get_status after connecting, apply data.control, report, send clear_control.",
        connections.check_offline_control,
    ),
    FirmwareCheck(
        "storm", f"Refused, it waits at least {connections.SHORTEST_GAP_S:g} s, and comes back.", 1,
        "Wait 1 to 2 s, twice as long after each failure.", connections.check_storm,
    ),
    FirmwareCheck(
        "version", "After connecting it tells its version.", 4,
        "Send report_version on $ota/report.", upgrades.check_version,
    ),
    FirmwareCheck(
        "same-version", "The version that it has is not installed again.", 4,
        "Compare version of update_firmware with the running one.", upgrades.check_same_version,
    ),
    FirmwareCheck(
        "wrong-md5", "A firmware with a wrong MD5 fails with -4.", 4, _OTA,
        upgrades.check_wrong_md5,
    ),
    FirmwareCheck(
        "missing-file", "A firmware that cannot be downloaded fails.", 4, _OTA, upgrades.check_missing
    ),
    FirmwareCheck(
        "cut-download", "A download that is cut is finished or fails, and is not installed in part.", 4, _OTA,
        upgrades.check_cut,
    ),
    FirmwareCheck(
        "upgrade", "A firmware is installed: downloading, done, and the new version.", 4,
        "Report progress and done with QoS 1, restart, and send report_version.", upgrades.check_upgrade,
    ),
    FirmwareCheck(
        "events", "Events fit the thing model.", 4,
        "Send eventId, type and every param as in the thing model.", actions.check_events,
    ),
    FirmwareCheck(
        "read-only", "What only the device can set is reported.", 4,
        "Report read-only properties after connecting, too.", watching.check_read_only,
    ),
    FirmwareCheck(
        "time", "It asks for the time as the cloud understands it.", 4,
        "Subscribe to $sys/operation/result first.", watching.check_time,
    ),
    FirmwareCheck(
        "registration", "Dynamic registration succeeds.", 2,
        "Sign as the reference shows, with the product's secret as text.", watching.check_registration,
    ),
    FirmwareCheck(
        "nothing-refused", "All that it sends fits the thing model and its own topics.", 3,
        "Send numbers in their ranges, 0 and 1 for booleans, and use the topics of this device.",
        watching.check_nothing_refused,
    ),
)  # fmt: skip


async def run_checks(bench: FirmwareBench, only: Collection[str] = ()) -> AsyncIterator[FirmwareOutcome]:
    """Yield the outcome of each check, in the order of the table.

    Errors: SettingsError for a name that is none.
    """
    unknown = set(only) - {check.name for check in CHECKS}
    if unknown:
        known = ", ".join(check.name for check in CHECKS)
        raise SettingsError(_(f"There is no check {min(unknown)!r}."), _(f"Checks are {known}."))
    gone = False
    for check in CHECKS:
        if only and check.name not in only:
            continue
        if gone and not bench.connected:
            yield FirmwareOutcome(check, skipped=_("the device is not connected any more"))
            continue
        outcome = await _outcome(bench, check)
        gone = outcome.findings == [GONE]
        yield outcome


async def _outcome(bench: FirmwareBench, check: FirmwareCheck) -> FirmwareOutcome:
    ends, skipped, since = len(bench.ends), "", bench.mark()
    found: Findings = []
    try:
        if not await bench.until(lambda: bench.connected, RECONNECT_SECONDS):
            return FirmwareOutcome(check, [GONE])
        await bench.settle()
        found = await check.run(bench)
    except CloudApiError as error:
        found = [FirmwareFinding(_(f"The emulator refused: {error.message}"))]
    except SkippedError as reason:
        skipped = str(reason)
    if check.name in PROVOKING:
        bench.provoked.append(range(since, bench.mark()))
    for code in bench.ends[ends:]:
        found.append(FirmwareFinding(_(f"The program ended with {code}; it was started again.")))
    return FirmwareOutcome(check, found, "" if found else skipped)
