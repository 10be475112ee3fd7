"""Checks of upgrades: what has to be refused, what a cut does, and one to the end."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.firmware.check.bench import FirmwareBench
from devkit.firmware.check.connections import RECONNECT_SECONDS
from devkit.firmware.check.finding import Findings, FirmwareFinding, SkippedError, finding
from devkit.firmware.check.properties import alive, method_of
from devkit.json_types import JSON
from devkit.language import _
from devkit.model.firmware import md5_of

UP, DOWN = "$ota/report", "$ota/update"
FIELDS = ("state", "percent", "result_code")
ENDS = ("done", "fail")
LOADING = ("downloading", "burning", "updating", "done")
WRONG_MD5 = "0" * 32


@dataclass(frozen=True)
class UpgradeStep:
    """A step of an upgrade that the device told of."""

    state: str
    percent: str
    code: str
    payload: JSON


async def _need(bench: FirmwareBench) -> None:
    if not await bench.listens(DOWN):
        raise SkippedError(_("it is not subscribed to $ota/update"))
    if not bench.image:
        raise SkippedError(
            _("a board is offered no invented firmware; name one with --image and --image-version")
        )


def _steps(bench: FirmwareBench, since: int) -> list[UpgradeStep]:
    found = []
    for packet in bench.packets(since):
        report = packet.payload.get("report") if isinstance(packet.payload, dict) else None
        progress = report.get("progress") if isinstance(report, dict) else None
        if packet.topic.startswith(UP) and isinstance(progress, dict):
            state, percent, code = (str(progress.get(name, "")) for name in FIELDS)
            found.append(UpgradeStep(state, percent, code, packet.payload))
    return found


def _versions(bench: FirmwareBench, since: int) -> list[str]:
    told = [item for item in bench.packets(since) if item.topic.startswith(UP)]
    told = [item for item in told if method_of(item) == "report_version"]
    reports = [item.payload.get("report") for item in told if isinstance(item.payload, dict)]
    return [str(report.get("version")) for report in reports if isinstance(report, dict)]


async def check_version(bench: FirmwareBench) -> Findings:
    """Look whether it told its version after it had connected."""
    if not await bench.listens(DOWN):
        raise SkippedError(_("it is not subscribed to $ota/update"))
    if await bench.until(lambda: bool(_versions(bench, 0))):
        return []
    return [finding(bench, _(f"It did not send report_version within {bench.patience_s:g} s."), UP)]


def _offer(bench: FirmwareBench, version: str, *, md5: str = "", url: str = "") -> JSON:
    message: dict[str, JSON] = {
        "type": "update_firmware",
        "version": version,
        "url": url or bench.image_url(),
        "md5sum": md5 or md5_of(bench.image),
        "file_size": len(bench.image),
    }
    bench.say(DOWN, message)
    return message


async def check_same_version(bench: FirmwareBench) -> Findings:
    """Offer the version that it has."""
    await _need(bench)
    versions = _versions(bench, 0)
    if not versions:
        raise SkippedError(_("it has not told its version"))
    since = bench.mark()
    message = _offer(bench, versions[-1])
    await bench.until(lambda: any(item.state in LOADING for item in _steps(bench, since)), bench.quiet_s)
    if any(item.state in LOADING for item in _steps(bench, since)):
        await _end(bench, since)
        return [
            finding(
                bench, _(f"Offered the version {versions[-1]}, which it has, it installed it."), DOWN, message
            )
        ]
    return []


async def _end(bench: FirmwareBench, since: int) -> UpgradeStep | None:
    """Wait until an upgrade ends, or a while after the last step; return the last step."""
    while True:
        count = len(_steps(bench, since))
        if any(item.state in ENDS for item in _steps(bench, since)):
            break
        if not await bench.until(lambda count=count: len(_steps(bench, since)) > count, bench.load_s):  # type: ignore[misc]
            break
    steps = _steps(bench, since)
    return next((item for item in steps if item.state in ENDS), steps[-1] if steps else None)


async def _must_fail(bench: FirmwareBench, what: str, codes: tuple[str, ...], **offer: str) -> Findings:
    await _need(bench)
    since = bench.mark()
    message = _offer(bench, bench.image_version, **offer)
    last = await _end(bench, since)
    if last is None:
        return [finding(bench, _(f"It told nothing of {what}."), DOWN, message)]
    if last.state != "fail":
        return [
            finding(
                bench, _(f"{what} ended with {last.state}, not with fail.").capitalize(), UP, last.payload
            )
        ]
    if last.code not in codes:
        text = _(f"It fails {what} with result_code {last.code!r}, not {' or '.join(codes)}.")
        return [finding(bench, text, UP, last.payload)]
    return []


async def check_wrong_md5(bench: FirmwareBench) -> Findings:
    """Announce another MD5."""
    return await _must_fail(bench, _("a firmware with a wrong MD5"), ("-4",), md5=WRONG_MD5)


async def check_missing(bench: FirmwareBench) -> Findings:
    """Offer an address where there is nothing."""
    url = bench.image_url().partition("?")[0].replace(".bin", "-none.bin")
    return await _must_fail(bench, _("a firmware that is not there"), ("-2", "-3", "-1"), url=url)


async def check_cut(bench: FirmwareBench) -> Findings:
    """Cut the first download in the middle: it goes on from there, or begins anew, or fails."""
    await _need(bench)
    since = bench.mark()
    # With a wrong MD5, so that nothing is installed whatever it does.
    bench.emulator.faults.cut_downloads = 1
    message = _offer(bench, bench.image_version, md5=WRONG_MD5)
    last = await _end(bench, since)
    bench.emulator.faults.cut_downloads = 0
    if last is None:
        return [finding(bench, _("It told nothing of a download that was cut."), DOWN, message)]
    if last.state == "done":
        return [finding(bench, _("A download that was cut ended with done."), UP, last.payload)]
    if last.state != "fail":
        return [finding(bench, _(f"After a download that was cut it stays {last.state}."), UP, last.payload)]
    return await alive(bench, _("a download that was cut"))


async def check_upgrade(bench: FirmwareBench) -> Findings:
    """Offer a firmware and follow it to the end, the new version included."""
    await _need(bench)
    since = bench.mark()
    message = _offer(bench, bench.image_version)
    last = await _end(bench, since)
    if last is None:
        return [finding(bench, _("It told nothing of the firmware that it was offered."), DOWN, message)]
    if last.state != "done":
        return [finding(bench, _(f"The upgrade ended with {last.state}, not with done."), UP, last.payload)]
    found: Findings = []
    percents = [int(item.percent) for item in _steps(bench, since) if item.percent.isdigit()]
    if percents != sorted(percents):
        found.append(finding(bench, _(f"Its percents go back: {percents}."), UP, last.payload))
    if not await bench.until(lambda: bench.image_version in _versions(bench, since), RECONNECT_SECONDS):
        told = _versions(bench, since)
        shown = _(f"; it tells {told[-1]}") if told else ""
        text = _(f"After done it did not report the version {bench.image_version}{shown}.")
        found.append(FirmwareFinding(text, f"{UP}/{bench.device_id}"))
    return found
