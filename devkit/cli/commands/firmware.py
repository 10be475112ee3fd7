"""devkit firmware: check real firmware against what the platform asks of it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.language import _

if TYPE_CHECKING:
    import asyncio

    from devkit.cli.running import Stop
    from devkit.firmware.check.bench import FirmwareBench
    from devkit.firmware.check.finding import FirmwareOutcome
    from devkit.settings import Settings

PRODUCT_SECRET, HTTP = "DEVICE_PRODUCT_SECRET", "DEVICE_HTTP"
MOST_STARTS = 10
GRACE_S = 0.5
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("firmware")
def command() -> None:
    """Check real firmware, as the cloud that it connects to."""


@command.command("check", short_help="Be the cloud of a device under test, and run checks on it.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
@setting_options(
    "product_id", "device_name", "model", "gateway", "host", "mqtt_port", "mqtt_tls_port", "mqtt_http_port"
)
@option("only", multiple=True, help="Run this check alone; repeatable.")
@option("image", type=FILE, default=None, help="Firmware to offer a board, which it may install.")
@option("image_version", default="", help="Version of --image, another than the board has.")
@option("junit", type=FILE, default=None, help="Write JUnit XML here.")
@option("html", type=FILE, default=None, help="Write a page here.")
@option("seed", type=click.IntRange(0), default=None, help="Try the values of an earlier run again.")
@option("wait", type=click.FloatRange(1), default=60, show_default=True, help="Seconds until it connects.")
@option("patience", type=click.FloatRange(0.1), default=5, show_default=True, help="Seconds for an answer.")
def check(
    settings: Settings,
    program: tuple[str, ...],
    only: tuple[str, ...],
    image: Path | None,
    image_version: str,
    junit: Path | None,
    html: Path | None,
    seed: int | None,
    wait: float,
    patience: float,
) -> None:
    """Wait for a device, or start PROGRAM as one, and check it; exit code 1 when a rule is broken.

    PROGRAM, after --, finds where and who in DEVICE_HOST, DEVICE_PORT, DEVICE_PRODUCT_ID, DEVICE_NAME and
    DEVICE_SECRET, and for registration DEVICE_PRODUCT_SECRET and DEVICE_HTTP. It is offered an invented
    firmware; a board only that of --image.
    """
    from devkit.cli.firmware_report import html_page, junit_xml
    from devkit.cli.running import run_until_stopped
    from devkit.errors import SettingsError
    from devkit.firmware.check.bench import open_bench
    from devkit.private_files import write_private

    for name, file in (("junit", junit), ("html", html)):
        if file is not None and not file.parent.is_dir():
            raise SettingsError(_(f"{name}: there is no folder {file.parent}."), _("Make it first."))
    chosen = random.randrange(10**6) if seed is None else seed  # noqa: S311  values to try
    data, version = _offered(image, image_version, invented=bool(program))

    device_id = ""
    outcomes: list[FirmwareOutcome] = []

    async def run(_stop: Stop) -> None:
        nonlocal device_id
        async with open_bench(settings, patience, image=data, version=version, seed=chosen) as bench:
            device_id = bench.device_id
            outcomes.extend(await _check(bench, program, only, wait))

    if code := run_until_stopped(run):
        sys.exit(code)
    if junit is not None:
        write_private(junit, junit_xml(outcomes).encode("utf-8", "replace"))
    if html is not None:
        write_private(html, html_page(outcomes, device_id, chosen).encode("utf-8", "replace"))
    failed = [outcome for outcome in outcomes if outcome.findings]
    skipped = sum(bool(outcome.skipped) for outcome in outcomes)
    good = len(outcomes) - len(failed) - skipped
    click.echo(_(f"{good} checks went well, {len(failed)} failed, {skipped} were skipped (seed {chosen})."))
    sys.exit(1 if failed else 0)


def _offered(image: Path | None, version: str, *, invented: bool) -> tuple[bytes, str]:
    """Return the firmware to offer and its version.

    Errors: SettingsError for an image without a version, or that cannot be read.
    """
    from devkit.errors import SettingsError
    from devkit.firmware.check.bench import INVENTED_BYTES, INVENTED_VERSION

    if image is None:
        return (b"devkit firmware check\n" * INVENTED_BYTES)[
            :INVENTED_BYTES
        ] if invented else b"", INVENTED_VERSION
    if not version:
        raise SettingsError(_(f"{image} has no version."), _("Name it with --image-version."))
    try:
        return image.read_bytes(), version
    except OSError as error:
        raise SettingsError(_(f"image: {image} cannot be read: {error.strerror}.")) from error


async def _check(
    bench: FirmwareBench, program: Sequence[str], only: Sequence[str], wait: float
) -> list[FirmwareOutcome]:
    from devkit.cli.firmware_report import outcome_text
    from devkit.cli.output import printable
    from devkit.errors import TransportError, TransportTimeoutError
    from devkit.firmware.check.table import run_checks

    outcomes: list[FirmwareOutcome] = []
    click.echo(_(f"Waiting for {bench.device_id} at {bench.side.url}"))
    click.echo(f"  DeviceSecret {bench.identity.secret}")
    async with _started(program, bench):
        await bench.until(lambda: bench.connected or bool(bench.ends), wait)
        if not bench.connected:
            told = [link.words for link in bench.links("refused")]
            hint = printable(told[-1]) if told else _("Nothing has tried: see devkit device guide.")
            if bench.ends:
                raise TransportError(
                    _(f"The program ended with {bench.ends[0]} and had not connected."), hint
                )
            raise TransportTimeoutError(_(f"No device has connected within {wait:g} s."), hint)
        async for outcome in run_checks(bench, only):
            outcomes.append(outcome)
            click.echo(printable(outcome_text(outcome)))
    return outcomes


@contextlib.asynccontextmanager
async def _started(program: Sequence[str], bench: FirmwareBench) -> AsyncIterator[None]:
    """Run the firmware while the checks last, if it is a program; what it has started ends with it."""
    import asyncio

    from devkit.errors import SettingsError
    from devkit.firmware.identity import DeviceServer, environment

    if not program:
        yield
        return
    host, _rest, port = bench.side.url.removeprefix("mqtt://").rpartition(":")
    given = environment(DeviceServer(host, int(port)), bench.identity)
    given |= {PRODUCT_SECRET: bench.product_secret, HTTP: bench.side.files_url}

    running: list[asyncio.subprocess.Process] = []
    starts: list[asyncio.Future[None]] = []

    async def start() -> None:
        try:
            running.append(
                await asyncio.create_subprocess_exec(
                    *program, env={**os.environ, **given}, start_new_session=True
                )
            )
        except OSError as error:
            raise SettingsError(_(f"{program[0]} cannot be started: {error.strerror}.")) from error

    async def begin() -> None:
        """Start it, whole even when this is cancelled: asyncio would end it, and leave its children."""
        starts.append(asyncio.ensure_future(start()))
        await asyncio.shield(starts[-1])

    async def keep() -> None:
        """Start it anew when it ends by itself."""
        for _start in range(MOST_STARTS):
            bench.ends.append(await running[-1].wait())
            bench.note()
            if not bench.links("connected"):
                return
            await begin()

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(_end_last, running, starts)
        await begin()
        stack.callback(asyncio.ensure_future(keep()).cancel)
        yield


async def _end_last(
    running: Sequence[asyncio.subprocess.Process], starts: Sequence[asyncio.Future[None]]
) -> None:
    """End the program that runs, and one that is on its way."""
    import asyncio

    await asyncio.gather(*starts[-1:], return_exceptions=True)
    for last in running[-1:]:
        await _end(last)


async def _end(running: asyncio.subprocess.Process) -> None:
    """End a program and its children, also those that do not listen."""
    import asyncio

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
