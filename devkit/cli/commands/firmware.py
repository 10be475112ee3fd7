"""devkit firmware: check real firmware against what the platform asks of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options

if TYPE_CHECKING:
    from devkit.app.firmware_bench import FirmwareBench
    from devkit.app.firmware_checks import FirmwareOutcome
    from devkit.settings import Settings

GRACE_S = 0.5


@click.group("firmware", short_help="Check real firmware.")
def command() -> None:
    """Check real firmware, as the cloud that it connects to."""


@command.command("check", short_help="Be the cloud of a device under test, and run checks on it.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
@setting_options("product_id", "device_name", "model", "host", "mqtt_port", "mqtt_tls_port", "mqtt_http_port")
@option("only", multiple=True, help="Run this check alone; repeatable.")
@option("junit", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write JUnit XML here.")
@option("wait", type=click.FloatRange(1), default=60, show_default=True, help="Seconds until it connects.")
@option("patience", type=click.FloatRange(0.1), default=5, show_default=True, help="Seconds for an answer.")
def check(
    settings: Settings,
    program: tuple[str, ...],
    only: tuple[str, ...],
    junit: Path | None,
    wait: float,
    patience: float,
) -> None:
    """Wait for a device, or start PROGRAM as one, and check it; exit code 1 when a rule is broken.

    PROGRAM, after --, finds where and who in DEVICE_HOST, DEVICE_PORT, DEVICE_PRODUCT_ID, DEVICE_NAME and
    DEVICE_SECRET.
    """
    outcomes = asyncio.run(_check(settings, program, only, wait, patience))
    if junit is not None:
        from devkit.private_files import write_private

        write_private(junit, junit_xml(outcomes).encode("utf-8", "replace"))
    failed = [outcome for outcome in outcomes if outcome.findings]
    skipped = sum(bool(outcome.skipped) for outcome in outcomes)
    good = len(outcomes) - len(failed) - skipped
    click.echo(f"{good} checks went well, {len(failed)} failed, {skipped} were skipped.")
    sys.exit(1 if failed else 0)


async def _check(
    settings: Settings, program: Sequence[str], only: Sequence[str], wait: float, patience: float
) -> list[FirmwareOutcome]:
    from devkit.app.firmware_bench import open_bench
    from devkit.app.firmware_checks import run_checks
    from devkit.cli.output import printable
    from devkit.errors import TransportTimeoutError

    outcomes: list[FirmwareOutcome] = []
    async with open_bench(settings, patience) as bench:
        click.echo(f"Waiting for {bench.device_id} at {bench.side.url}")
        click.echo(f"  DeviceSecret {bench.secret}")
        async with _started(program, bench):
            if not await bench.until(lambda: bench.connected, wait):
                told = [link.words for link in bench.links("refused")]
                hint = printable(told[-1]) if told else "Nothing has tried: see devkit device guide."
                raise TransportTimeoutError(f"No device has connected within {wait:g} s.", hint)
            async for outcome in run_checks(bench, only):
                outcomes.append(outcome)
                click.echo(printable(outcome_text(outcome)))
    return outcomes


@contextlib.asynccontextmanager
async def _started(program: Sequence[str], bench: FirmwareBench) -> AsyncIterator[None]:
    """Run the firmware while the checks last, if it is a program; what it has started ends with it."""
    if not program:
        yield
        return
    product_id, _, name = bench.device_id.partition("/")
    host, _, port = bench.side.url.removeprefix("mqtt://").rpartition(":")
    given = {"DEVICE_HOST": host, "DEVICE_PORT": port, "DEVICE_PRODUCT_ID": product_id}
    given |= {"DEVICE_NAME": name, "DEVICE_SECRET": bench.secret}
    running = await asyncio.create_subprocess_exec(
        *program, env={**os.environ, **given}, start_new_session=True
    )
    try:
        yield
    finally:
        await _end(running)


async def _end(running: asyncio.subprocess.Process) -> None:
    """End a program and its children, also those that do not listen."""
    _signal(running, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(running.wait(), GRACE_S)
    _signal(running, getattr(signal, "SIGKILL", signal.SIGTERM))
    await running.wait()


def _signal(running: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(running.pid, number)
        elif running.returncode is None:
            running.terminate()


def outcome_text(outcome: FirmwareOutcome) -> str:
    """Return a check and its findings for the terminal."""
    check = outcome.check
    if outcome.skipped:
        return f"- {check.name}: skipped, {outcome.skipped}"
    if not outcome.findings:
        return f"✓ {check.name}: {check.rule}"
    lines = [f"✗ {check.name}: {check.rule}"]
    for finding in outcome.findings:
        place = f"  ({finding.topic} {finding.payload})" if finding.topic else ""
        lines.append(f"  {finding.text}{place}"[:400])
    return "\n".join([*lines, f"  Cure: {check.cure}", f"  See {check.source}"])


def junit_xml(outcomes: Sequence[FirmwareOutcome]) -> str:
    """Return the outcomes as a JUnit report."""
    from xml.etree import ElementTree

    from devkit.cli.output import printable
    from devkit.redaction import redact

    failures = sum(bool(outcome.findings) for outcome in outcomes)
    skips = sum(bool(outcome.skipped) for outcome in outcomes)
    counts = {"tests": str(len(outcomes)), "failures": str(failures), "skipped": str(skips)}
    suite = ElementTree.Element("testsuite", {"name": "devkit firmware check", **counts})
    for outcome in outcomes:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": "firmware", "name": outcome.check.name}
        )
        if outcome.skipped:
            ElementTree.SubElement(case, "skipped", {"message": outcome.skipped})
        if outcome.findings:
            message = {"message": outcome.findings[0].text}
            ElementTree.SubElement(case, "failure", message).text = redact(outcome_text(outcome))
    made = ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
    return f"{printable(made)}\n"  # XML has no way to say control characters
